"""The platform saying no: an error code, its text, and the request id every such text carries."""

import secrets
import time
from typing import Any


class Refused(Exception):
    """An API call the platform turns down. ``more`` goes beside errcode and errmsg."""

    def __init__(self, errcode: int, reason: str, **more: Any) -> None:
        super().__init__(f"{errcode}: {reason}")
        self.errcode = errcode
        self.reason = reason
        self.more = more

    def said(self) -> str:
        """The errmsg, with what this platform adds to every one."""
        return f"{self.reason} rid: {_request_id()}"


def body(refused: Refused) -> dict[str, Any]:
    """The JSON the caller gets."""
    return {"errcode": refused.errcode, "errmsg": refused.said(), **refused.more}


def _request_id() -> str:
    return f"{int(time.time()):x}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
