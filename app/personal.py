"""Personal words: a text's placeholders filled with what is true of this member now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.domain.insight import forms, radar
from app.domain.loyalty import lots, points, quizzes, sign_ins
from app.domain.loyalty.quizzes import Quiz
from app.domain.loyalty.standing import tiers
from app.domain.outreach.allowances import limit_table, limits
from app.domain.people import ways_in
from app.domain.people.groups import Group
from app.domain.people.members import Member
from app.programme import Programme
from sop import wording

RADAR_PREFIX, FORM_PREFIX, QUIZ_PREFIX = "radar:", "form:", "quiz:"
GROUP_LINK_PREFIX = "group_link:"
FOR_MEMBERS = frozenset(
    {"nickname", "points", "points_expiring", "tier", "streak", "birthday", "opt_out"}
)
FOR_GROUPS = frozenset({"group_name"})
# what stands in where nothing is known and the text has no words of its own for that
OTHERWISE = {"nickname": "亲", "tier": "普通", "group_name": "社群"}


def check(session: Session, text: str) -> None:
    """Whether a text can be said to any member whatsoever: what some lack has words to use
    instead. Raises wording.UnknownPlaceholder for what could never be filled, a radar link or
    a form that does not exist among it."""
    wording.check(text, known_for_members(session))


def known_for_members(session: Session) -> frozenset[str]:
    """Every placeholder that can be filled for a member."""
    links = {f"{RADAR_PREFIX}{link.key}" for link in radar.all_of(session)}
    links |= {f"{FORM_PREFIX}{form.key}" for form in forms.all_of(session)}
    return FOR_MEMBERS | links | _for_all(session)


def known_for_groups(session: Session) -> frozenset[str]:
    return FOR_GROUPS | _for_all(session)


@dataclass(frozen=True, slots=True)
class Unfilled:
    """What is to be said to a member; ``own`` are the values that this message alone has for her,
    see ``contents.AsSent``."""

    content: Mapping[str, Any]
    member: Member
    own: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filled:
    """A content with its texts filled; or as it was, with the name of a ``hole`` for which there
    is neither a value nor a word instead."""

    content: dict[str, Any]
    hole: str | None = None


def content_for_member(
    session: Session,
    content: Mapping[str, Any],
    member: Member,
    programme: Programme,
    now: datetime,
    own: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The content with every text in it filled. Raises wording.NothingToFill."""
    values = _values(session, _names_in([content]), [member], programme, now)
    return _filled(content, {**values[member.id], **(own or {})})


def contents_for_members(
    session: Session, said: Sequence[Unfilled], programme: Programme, now: datetime
) -> list[Filled]:
    """Each content filled for its member, with a query for every kind of value, however many
    members there are."""
    names = _names_in(one.content for one in said)
    people = list({one.member.id: one.member for one in said}.values())
    values = _values(session, names, people, programme, now)
    return [_filled_or_not(one.content, {**values[one.member.id], **one.own}) for one in said]


def content_for_group(session: Session, content: Mapping[str, Any], group: Group) -> dict[str, Any]:
    """Raises wording.NothingToFill."""
    return _filled(content, _values_of_group(session, content, group))


def filled_for_group(session: Session, content: Mapping[str, Any], group: Group) -> Filled:
    return _filled_or_not(content, _values_of_group(session, content, group))


def _values_of_group(
    session: Session, content: Mapping[str, Any], group: Group
) -> Mapping[str, str]:
    asked = {
        name: _SAME_FOR_ALL[kind](session, key)
        for name in _names_in([content])
        for kind, _, key in [name.partition(":")]
        if kind in _SAME_FOR_ALL
    }
    return {"group_name": group.name, **asked}


def _names_in(contents: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    texts = {text for content in contents for text in texts_of(content)}
    return frozenset(name for text in texts for name in wording.placeholders(text))


def _values(
    session: Session,
    names: frozenset[str],
    people: Sequence[Member],
    programme: Programme,
    now: datetime,
) -> Mapping[int, Mapping[str, str]]:
    """By member, what is to be filled in for each name."""
    values: dict[int, dict[str, str]] = {member.id: {} for member in people}
    for name in names:
        for member_id, value in _of_all(session, name, people, programme, now).items():
            values[member_id][name] = value
    return values


def _of_all(
    session: Session, name: str, people: Sequence[Member], programme: Programme, now: datetime
) -> Mapping[int, str]:
    ids = [member.id for member in people]
    kind, _, key = name.partition(":")
    if kind in _LINKS:
        return _LINKS[kind](session, key, ids, programme)
    if kind in _SAME_FOR_ALL:
        return dict.fromkeys(ids, _SAME_FOR_ALL[kind](session, key))
    if name == "opt_out":
        return {of: programme.opt_out_url(of) for of in ids}
    if name == "points":
        balances = points.balances_of(session, ids)
        return {of: str(balances.get(of, 0)) for of in ids}
    if name == "tier":
        names = {tier.id: tier.name for tier in tiers.all_of(session)}
        return {member.id: names.get(member.tier_id or 0, "") for member in people}
    if name == "streak":
        days = sign_ins.streaks(session, ids, programme.business_day(now))
        return {of: str(days.get(of, 0)) for of in ids}
    if name == "points_expiring":
        return _expiring(session, ids, now)
    if name == "birthday":
        return {member.id: _month_and_day(member.birthday_on) for member in people}
    return {member.id: member.nickname for member in people} if name == "nickname" else {}


def _radar(
    session: Session, key: str, member_ids: Sequence[int], programme: Programme
) -> Mapping[int, str]:
    link = radar.by_key(session, key)
    return {of: programme.radar_url(link.id, of) for of in member_ids} if link else {}


def _form(
    session: Session, key: str, member_ids: Sequence[int], programme: Programme
) -> Mapping[int, str]:
    form = forms.by_key(session, key)
    return {of: programme.form_url(form.key, form.id, of) for of in member_ids} if form else {}


_LINKS = {"radar": _radar, "form": _form}


def _filled_or_not(content: Mapping[str, Any], values: Mapping[str, str]) -> Filled:
    try:
        return Filled(_filled(content, values))
    except wording.NothingToFill as nothing:
        return Filled(dict(content), nothing.name)


def _for_all(session: Session) -> set[str]:
    """What is filled with the same for everybody."""
    asked = {f"{QUIZ_PREFIX}{quiz.id}" for quiz in quizzes.open_ones(session)}
    return asked | {f"{GROUP_LINK_PREFIX}{group.id}" for group in ways_in.led_into(session)}


def _quiz(session: Session, number: str) -> str:
    """The question, as long as it can be answered."""
    quiz = session.get(Quiz, int(number)) if number.isdecimal() else None
    return quizzes.as_text(quiz) if quiz is not None and quiz.is_open else ""


def _group_link(session: Session, number: str) -> str:
    """Where one can join the group, as long as there is a way into it."""
    group = session.get(Group, int(number)) if number.isdecimal() else None
    if group is None or group.dismissed_at is not None:
        return ""
    way_in = ways_in.into(session, group)
    return way_in.qr_url if way_in is not None else ""


_SAME_FOR_ALL = {"quiz": _quiz, "group_link": _group_link}


def _expiring(session: Session, member_ids: Sequence[int], now: datetime) -> Mapping[int, str]:
    """What lapses within the days for which members are warned."""
    ahead = timedelta(days=limits.value(session, limit_table.POINTS_WARNING_DAYS))
    lapsing = lots.lapsing(session, member_ids, now, now + ahead)
    return {member_id: str(points) for member_id, points in lapsing.items()}


def _month_and_day(on: date | None) -> str:
    return f"{on.month}月{on.day}日" if on else ""


def is_same_for_all(content: Mapping[str, Any]) -> bool:
    """Whether there is nothing in it to be filled."""
    return not any(wording.placeholders(text) for text in texts_of(content))


def texts_of(content: Mapping[str, Any]) -> list[str]:
    """Every text of a message, those that fill a template among them."""
    return [text for value in content.values() for text in _texts_in(value)]


def _texts_in(value: Any) -> list[str]:
    """What fills a template comes as a list of texts, or by the names of its fields."""
    if isinstance(value, Mapping):
        return texts_of(value)
    return [each for each in (value if isinstance(value, list) else [value]) if type(each) is str]


def _filled(content: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    return {name: _rendered(value, values) for name, value in content.items()}


def _rendered(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return _filled(value, values)
    if isinstance(value, list):
        return [_rendered(each, values) for each in value]
    return wording.render(value, values, OTHERWISE) if isinstance(value, str) else value
