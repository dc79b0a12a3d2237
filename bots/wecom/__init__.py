"""WeCom (企业微信): ``callbacks`` hears, ``client`` speaks, in ways that other modules bring.

What the trunk needs is named here, so that it finds the whole platform in one place.
"""

from bots.accounts import Account, BadCredentials
from bots.wecom.callbacks import hear, verify
from bots.wecom.client import Client
from bots.wecom.live_codes import BadWayIn, Made, WayIn
from bots.wecom.ways import Refused

__all__ = [
    "Account",
    "BadCredentials",
    "BadWayIn",
    "Client",
    "Made",
    "Refused",
    "WayIn",
    "hear",
    "verify",
]
