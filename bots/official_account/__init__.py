"""WeChat official accounts (公众号): ``wechat_callbacks`` hears, ``client`` speaks,
``passive_replies`` answers a callback on the spot.

What the trunk needs is named here, so that it finds the whole platform in one place.
"""

from bots.accounts import Account, BadCredentials
from bots.official_account.client import Client
from bots.wechat_callbacks import hear, verify

__all__ = ["Account", "BadCredentials", "Client", "hear", "verify"]
