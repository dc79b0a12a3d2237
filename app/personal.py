"""Personal words: a text's placeholders filled with what is true of this member now."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.domain.insight import forms, radar
from app.domain.loyalty import lots, points, quizzes, sign_ins, tiers
from app.domain.loyalty.quizzes import Quiz
from app.domain.outreach import limit_table, limits
from app.domain.people.groups import Group
from app.domain.people.members import Member
from app.programme import Programme
from sop import wording

RADAR_PREFIX, FORM_PREFIX, QUIZ_PREFIX = "radar:", "form:", "quiz:"
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
    return FOR_MEMBERS | links | _open_quizzes(session)


def known_for_groups(session: Session) -> frozenset[str]:
    return FOR_GROUPS | _open_quizzes(session)


def content_for_member(
    session: Session,
    content: Mapping[str, Any],
    member: Member,
    programme: Programme,
    now: datetime,
    own: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The content with every text in it filled; ``own`` are the values that this message alone
    has for her, see ``contents.AsSent``."""
    wanted = {name for text in texts_of(content) for name in wording.placeholders(text)}
    values = dict(own or {})
    for name in wanted - values.keys():
        values[name] = _value(session, name, member, programme, now)
    return _filled(content, values)


def content_for_group(session: Session, content: Mapping[str, Any], group: Group) -> dict[str, Any]:
    wanted = {name for text in texts_of(content) for name in wording.placeholders(text)}
    asked = {name: _quiz(session, name) for name in wanted if name.startswith(QUIZ_PREFIX)}
    return _filled(content, {"group_name": group.name, **asked})


def _value(session: Session, name: str, member: Member, programme: Programme, now: datetime) -> str:
    if name.startswith(RADAR_PREFIX):
        link = radar.by_key(session, name.removeprefix(RADAR_PREFIX))
        return programme.radar_url(link.id, member.id) if link else ""
    if name.startswith(FORM_PREFIX):
        form = forms.by_key(session, name.removeprefix(FORM_PREFIX))
        return programme.form_url(form.key, form.id, member.id) if form else ""
    if name.startswith(QUIZ_PREFIX):
        return _quiz(session, name)
    if name == "opt_out":
        return programme.opt_out_url(member.id)
    if name == "points":
        return str(points.balance_of(session, member.id).points)
    if name == "tier":
        tier = tiers.of(session, member)
        return tier.name if tier else ""
    if name == "streak":
        return str(sign_ins.streak_days(session, member.id, programme.business_day(now)))
    if name == "points_expiring":
        return _expiring(session, member.id, now)
    if name == "birthday":
        return _month_and_day(member.birthday_on)
    return member.nickname


def _open_quizzes(session: Session) -> set[str]:
    return {f"{QUIZ_PREFIX}{quiz.id}" for quiz in quizzes.open_ones(session)}


def _quiz(session: Session, name: str) -> str:
    """The question, as long as it can be answered."""
    quiz = session.get(Quiz, int(name.removeprefix(QUIZ_PREFIX)))
    return quizzes.as_text(quiz) if quiz is not None and quiz.is_open else ""


def _expiring(session: Session, member_id: int, now: datetime) -> str:
    """What lapses within the days for which members are warned."""
    ahead = timedelta(days=limits.value(session, limit_table.POINTS_WARNING_DAYS))
    lapsing = lots.lapsing(session, [member_id], now, now + ahead)
    return str(lapsing[member_id]) if member_id in lapsing else ""


def _month_and_day(on: date | None) -> str:
    return f"{on.month}月{on.day}日" if on else ""


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
