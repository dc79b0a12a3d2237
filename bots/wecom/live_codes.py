"""Ways in: the QR codes by which somebody becomes a contact of staff, or joins a customer group.

Official documentation: "Contact me management", "Join group chat management". An operator waits
for these, so they raise instead of answering; to lead a code to those of its staff who are on duty
is put and sent like everything else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bots.messages import Answer, Outgoing
from bots.wecom import ways
from bots.wecom.api import WeComApi
from bots.wecom.ways import Way

STATE_MAX = 30
REMARK_MAX = 30
STAFF_MAX = 100
GROUPS_MAX = 5
LED = "way_in_led"
_OF_SEVERAL = 2  # staff: one of a single member of staff could never be led to another
_BY_QR = 2


class BadWayIn(ValueError):
    """What no code of WeCom can be; the text says why."""


@dataclass(frozen=True, slots=True)
class WayIn:
    """``state`` comes back with whoever comes. It leads to ``userids``, or into ``chat_ids``."""

    state: str
    remark: str
    userids: Sequence[str] = ()
    chat_ids: Sequence[str] = ()
    skip_verify: bool = True

    @property
    def leads_to_groups(self) -> bool:
        return bool(self.chat_ids)


@dataclass(frozen=True, slots=True)
class Made:
    """``qr_url`` is the address of a picture of the code."""

    config_id: str
    qr_url: str


def add(api: WeComApi, way_in: WayIn) -> Made:
    """Raises BadWayIn and Refused."""
    _check(way_in)
    if way_in.leads_to_groups:
        reply = ways.ask(api, f"{_GROUP}/add_join_way", _join_way(way_in))
        config_id = str(reply["config_id"])
        return Made(config_id, _join_qr(api, config_id))
    reply = ways.ask(api, "externalcontact/add_contact_way", _contact_way(way_in))
    return Made(str(reply["config_id"]), str(reply.get("qr_code") or ""))


def update(api: WeComApi, made: Made, way_in: WayIn) -> None:
    """The same code leads elsewhere from now on. Raises BadWayIn and Refused."""
    _check(way_in)
    which = {"config_id": made.config_id}
    if way_in.leads_to_groups:
        ways.ask(api, f"{_GROUP}/update_join_way", which | _join_way(way_in))
    else:
        body = _contact_way(way_in)
        changeable = {name: body[name] for name in ("remark", "skip_verify", "state", "user")}
        ways.ask(api, "externalcontact/update_contact_way", which | changeable)


def delete(api: WeComApi, made: Made, leads_to_groups: bool) -> None:
    """The code leads nowhere any more. Raises Refused."""
    path = f"{_GROUP}/del_join_way" if leads_to_groups else "externalcontact/del_contact_way"
    ways.ask(api, path, {"config_id": made.config_id})


def lead(api: WeComApi, outgoing: Outgoing) -> Answer:
    """The code ``through`` leads to the staff in ``userids`` from now on, and to nobody else."""
    told = outgoing.content
    way_in = WayIn(
        state=str(told["state"]),
        remark=str(told["remark"]),
        userids=tuple(told["userids"]),
        skip_verify=bool(told["skip_verify"]),
    )
    try:
        update(api, Made(outgoing.through, ""), way_in)
    except BadWayIn as bad:
        return ways.refused(str(bad))
    return ways.told({"ConfigId": outgoing.through})


WAYS: Mapping[str, Way] = {LED: Way(lead, is_repeatable=True)}

_GROUP = "externalcontact/groupchat"


def _check(way_in: WayIn) -> None:
    if not 1 <= len(way_in.state) <= STATE_MAX:
        raise BadWayIn("state_too_long")
    if bool(way_in.userids) == way_in.leads_to_groups:
        raise BadWayIn("either_staff_or_groups")
    if len(way_in.userids) > STAFF_MAX or len(way_in.chat_ids) > GROUPS_MAX:
        raise BadWayIn("too_many")


def _contact_way(way_in: WayIn) -> dict[str, Any]:
    return {
        "type": _OF_SEVERAL,
        "scene": _BY_QR,
        "remark": way_in.remark[:REMARK_MAX],
        "skip_verify": way_in.skip_verify,
        "state": way_in.state,
        "user": list(way_in.userids),
    }


def _join_way(way_in: WayIn) -> dict[str, Any]:
    return {
        "scene": _BY_QR,
        "remark": way_in.remark[:REMARK_MAX],
        "auto_create_room": 0,
        "chat_id_list": list(way_in.chat_ids),
        "state": way_in.state,
    }


def _join_qr(api: WeComApi, config_id: str) -> str:
    reply = ways.ask(api, f"{_GROUP}/get_join_way", {"config_id": config_id})
    return str((reply.get("join_way") or {}).get("qr_code") or "")
