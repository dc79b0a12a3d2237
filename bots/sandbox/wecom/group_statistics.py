"""Counts of customer groups by owner and by day (page 获取「群聊数据统计」数据): they are counted,
not made up."""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment, moment_from
from bots.sandbox.wecom import fields, group_lists, groups, limits

BEIJING = timezone(timedelta(hours=8))
DAY = timedelta(days=1)
LATEST_S = 2**33
GROUPS_OF = (
    "SELECT count(*) AS chat_total, coalesce(sum(made_at >= ?1), 0) AS new_chat_cnt"
    " FROM wecom_groups WHERE account = ?3 AND made_at < ?2 AND dismissed_at IS NULL"
    " AND owner IN (SELECT value FROM json_each(?4))"
)
MEMBERS_OF = (
    "SELECT count(*) AS member_total, coalesce(sum(m.joined_at >= ?1), 0) AS new_member_cnt"
    " FROM wecom_group_members m JOIN wecom_groups g USING (account, chat_id)"
    " WHERE account = ?3 AND m.joined_at < ?2 AND g.dismissed_at IS NULL"
    " AND g.owner IN (SELECT value FROM json_each(?4))"
)
SAID_IN = (
    "SELECT count(*) AS msg_total, count(DISTINCT s.room) AS chat_has_msg,"
    " count(DISTINCT s.sender) AS member_has_msg FROM said s JOIN wecom_groups g"
    " ON g.account = s.account AND g.chat_id = s.room WHERE s.account = ?3 AND s.at >= ?1"
    " AND s.at < ?2 AND s.kind IN ('text', 'image', 'staff_text')"
    " AND g.owner IN (SELECT value FROM json_each(?4))"
)


def by_owner(call: Call, account: Account) -> dict[str, Any]:
    """POST groupchat/statistic. Raises Refused 40058."""
    body = call.body()
    begins, ends = _span(call, body)
    limit = fields.number(body, "limit", 1, limits.GROUPS_PAGE_MAX, default=500)
    offset = fields.number(body, "offset", 0, LATEST_S)
    owners = _owners(call, account, body)
    shown = [
        {"owner": owner, "data": _counts(call, account, [owner], begins, ends)}
        for owner in owners[offset : offset + limit]
    ]
    return {"total": len(owners), "next_offset": offset + len(shown), "items": shown}


def by_day(call: Call, account: Account) -> dict[str, Any]:
    """POST groupchat/statistic_group_by_day. Raises Refused 40058."""
    body = call.body()
    day, ends = _span(call, body)
    owners = _owners(call, account, body)
    shown = []
    while day < ends:
        data = _counts(call, account, owners, day, day + DAY)
        shown.append({"stat_time": int(day.timestamp()), "data": data})
        day += DAY
    return {"items": shown}


def _span(call: Call, body: fields.Body) -> tuple[datetime, datetime]:
    """From the beginning of the first day to the end of the last, both in Beijing."""
    first = _day(fields.number(body, "day_begin_time", 1, LATEST_S, needed=True))
    given = fields.number(body, "day_end_time", 1, LATEST_S, default=int(first.timestamp()))
    ends = _day(given) + DAY
    if not DAY <= ends - first <= limits.STATISTIC_DAYS_MAX * DAY:
        raise Refused(40058, "invalid Request Parameter, at most 30 days")
    if call.now - first > limits.STATISTIC_DAYS_BACK * DAY:
        raise Refused(40058, "invalid Request Parameter, more than 180 days ago")
    return first, ends


def _day(seconds: int) -> datetime:
    at = moment_from("1970-01-01") + timedelta(seconds=seconds)
    return at.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)


def _owners(call: Call, account: Account, body: fields.Body) -> list[str]:
    groups.begin(call.db, call.sandbox.directory, account, call.now)
    asked = group_lists.owners_in(account, body)
    if asked:
        return asked
    rows = call.db.execute(
        "SELECT owner FROM wecom_groups WHERE account = ? GROUP BY owner ORDER BY min(number)",
        (account.key,),
    )
    return [row["owner"] for row in rows]


def _counts(
    call: Call, account: Account, owners: Sequence[str], begins: datetime, ends: datetime
) -> dict[str, int]:
    listed = "[" + ", ".join(f'"{owner}"' for owner in owners) + "]"
    asked = (moment(begins), moment(ends), account.key, listed)
    counted: dict[str, int] = {}
    for query in (GROUPS_OF, MEMBERS_OF, SAID_IN):
        counted |= dict(call.db.execute(query, asked).fetchone())
    names = (
        "new_chat_cnt chat_total chat_has_msg new_member_cnt member_total member_has_msg msg_total"
    )
    return {name: counted[name] for name in names.split()}
