"""WeChat mini-programs (小程序). What the trunk needs is named here."""

from bots.accounts import Account
from bots.mini_program.client import Client, CodeRefused, Session
from bots.mini_program.ways_in import LINK_DAYS_MAX
from bots.wire import PlatformUnavailable

__all__ = ["LINK_DAYS_MAX", "Account", "Client", "CodeRefused", "PlatformUnavailable", "Session"]
