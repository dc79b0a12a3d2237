"""WeChat mini-programs (小程序). What the trunk needs is named here."""

from bots.accounts import Account
from bots.mini_program.client import Client, CodeRefused, Session
from bots.wire import PlatformUnavailable

__all__ = ["Account", "Client", "CodeRefused", "PlatformUnavailable", "Session"]
