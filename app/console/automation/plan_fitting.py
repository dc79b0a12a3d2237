"""A template's plan as this house can have it: of the tiers that there are, without the ways that
its account has not, and with words for everybody on the ways that say the same to all."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app import personal
from app.domain.loyalty.standing import tiers
from app.domain.people.channels import Channel
from app.sending import routes, ways
from app.sending.ways import Way
from sop import routes as sop_routes
from sop import wording
from sop.reading import Reader

Written = Mapping[str, Any]


def fitted(session: Session, channel: Channel, definition: Written) -> dict[str, Any]:
    """What the account still cannot say stays as it is, for the checks to complain of."""
    made: dict[str, Any] = _fitted(session, channel, definition["audience"], definition)
    return made


def _fitted(session: Session, channel: Channel, audience: str, written: Any) -> Any:
    if isinstance(written, Mapping):
        if "when" in written and "message" in written:
            return _step(session, channel, audience, written)
        if isinstance(written.get("tier"), list):
            return {"tier": _known(session, written["tier"]) or written["tier"]}
        return {name: _fitted(session, channel, audience, value) for name, value in written.items()}
    if isinstance(written, list):
        return [_fitted(session, channel, audience, one) for one in written]
    return written


def _known(session: Session, keys: Sequence[str]) -> list[str]:
    return [tier.key for tier in tiers.all_of(session) if tier.key in keys]


def _step(session: Session, channel: Channel, audience: str, step: Written) -> dict[str, Any]:
    read = sop_routes.read(Reader(), "route", step.get("route") or [], audience, ())
    resolved = routes.resolve(session, read, channel, audience).ways
    if not read:
        (usual,) = resolved
        return {**step, "message": _for_all(usual, step["message"]) or step["message"]}
    kept = list(_kept(resolved, step))
    without = {name: value for name, value in step.items() if name != "route"}
    return without | ({"route": kept} if kept else {})


def _kept(resolved: Sequence[Way], step: Written) -> Iterator[Any]:
    for way, written in zip(resolved, step["route"], strict=True):
        words = _for_all(way, step["message"])
        if way.problem or words is None:
            continue
        name = written if isinstance(written, str) else written["way"]
        yield written if words == step["message"] else {"way": name, "message": words}


def _for_all(way: Way, message: Written) -> Written | None:
    """The message as this way can say it: to all alike, with the words that stand in where nothing
    is known. None where there are no such words."""
    content = message["content"]
    if way.name not in ways.GATHERED:
        return message
    if message["kind"] != "text":
        return None
    if personal.is_same_for_all(content):
        return message
    try:
        words = wording.render(content["text"], {}, personal.OTHERWISE)
    except wording.NothingToFill:
        return None
    return {"kind": "text", "content": {"text": wording.escaped(words)}}
