"""Outcomes: what a door of the API answers once it has kept what happened."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from app import awaiting
from app.api.refusals import RefusedRequest
from app.api.shapes import SCHEMAS, Accepted
from app.wiring import Siyu

LATER_DESCRIBED = {
    "description": "已收到，马上生效 · kept, and done in a moment",
    "content": {"application/json": {"schema": {"$ref": f"{SCHEMAS}{Accepted.__name__}"}}},
}
LATER = Accepted(
    zh="已收到，马上就好，请稍后查询", en="it is kept and will be done in a moment: ask again"
)


def keep(siyu: Siyu, put: Callable[[Session], int | None]) -> bool:
    """Commits what ``put`` puts into the inbox and wakes its lane. Returns whether it is new."""
    with siyu.waking() as session:
        return put(session) is not None


def handled(siyu: Siyu, key: str) -> int | None:
    """The id of the event of this key once it is handled; None when that takes too long. Raises
    RefusedRequest when it has been set aside."""
    try:
        return awaiting.handled(siyu, key)
    except awaiting.SetAside:
        raise RefusedRequest("not_handled") from None
