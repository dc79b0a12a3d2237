"""What a live code's form says beside its tag and welcome: whose it is, when and how often it is
good, what acts in its stead, and where it leads on; its figures; and posters to print."""

import io
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import segno
from flask import Response, abort
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.console.frame import Answer, console, page, siyu
from app.console.platforms.live_code_fields import LiveCodeForm
from app.domain.outreach.journeys import plans
from app.domain.outreach.journeys.plans import State
from app.domain.outreach.live_codes import live_code_terms as terms
from app.domain.people import live_codes, ways_in
from app.domain.people.channels import Channel
from app.domain.people.live_codes import LiveCode
from sop.times.when_fields import BadSchedule

DAYS_SHOWN = 30
_SPAN = re.compile(r"([1-7](?:[-,，、][1-7])*)\s+(\d\d:\d\d)\s*[-–~到至]\s*(\d\d:\d\d)")


class BadTerms(Exception):
    """A field of the form cannot be kept as it is written."""

    def __init__(self, field: str, text: str):
        super().__init__(text)
        self.field, self.text = field, text

    def show(self, form: LiveCodeForm) -> None:
        form[self.field].errors = [self.text]


def offer(session: Session, form: LiveCodeForm, code_id: int | None) -> None:
    """What the form's lists offer."""
    others = [code for code in live_codes.all_of(session) if code.id != code_id]
    running = plans.in_state(session, State.RUNNING, State.PAUSED)
    form.fallback.choices = [(0, _("没有")), *((code.id, code.name) for code in others)]
    members = [(plan.id, plan.name) for plan in running if plan.audience == "member"]
    form.plan.choices = [(0, _("没有")), *members]
    groups = [(group.id, group.name or group.external_id) for group in ways_in.led_into(session)]
    form.group.choices = [(0, _("没有")), *groups]


def written(session: Session, code_id: int) -> dict[str, Any]:
    """The terms as the form's fields."""
    held = terms.of(session, code_id)
    if held is None:
        return {}
    return {
        "store": held.store,
        "staff_userid": held.staff_userid,
        "hours": written_hours(held.hours),
        "members_max": held.members_max,
        "members_max_a_day": held.members_max_a_day,
        "fallback": held.fallback_id or 0,
        "plan": held.plan_id or 0,
        "group": held.group_id or 0,
    }


def keep(session: Session, code_id: int, form: LiveCodeForm) -> None:
    """Raises BadTerms."""
    try:
        terms.change(
            session,
            code_id,
            store=(form.store.data or "").strip(),
            staff_userid=(form.staff_userid.data or "").strip(),
            hours=read_hours(form.hours.data or ""),
            members_max=form.members_max.data,
            members_max_a_day=form.members_max_a_day.data,
            fallback_id=form.fallback.data or None,
            plan_id=form.plan.data or None,
            group_id=form.group.data or None,
        )
    except terms.CodesGoRound:
        raise BadTerms("fallback", _("那个码的备用又回到这个码，会绕圈。")) from None
    except BadSchedule as problem:
        raise BadTerms("hours", str(problem)) from None


def read_hours(text: str) -> list[dict[str, Any]]:
    """Hours as ``sop.times.opening_hours`` writes them, a span a line. Raises BadTerms."""
    return [_span(line) for line in text.splitlines() if line.strip()]


def written_hours(hours: Sequence[Mapping[str, Any]]) -> str:
    """The same as an operator writes them."""
    return "\n".join(_line(span) for span in hours)


def listed(session: Session, store: str) -> dict[str, Any]:
    """The codes of a store, or all, with whose they are and what they brought."""
    by_code = {one.live_code_id: one for one in session.query(terms.LiveCodeTerms)}
    shown = [
        code
        for code in live_codes.all_of(session)
        if not store or (code.id in by_code and by_code[code.id].store == store)
    ]
    stores = sorted({one.store for one in by_code.values() if one.store})
    figures = terms.figures(session)
    return {
        "codes": shown,
        "terms": by_code,
        "stores": stores,
        "store": store,
        "by_store": _summed(by_code, figures, "store"),
        "by_staff": _summed(by_code, figures, "staff_userid"),
        "figures": figures,
    }


@console.get("/live-codes/<int:code_id>/figures")
def live_code_figures(code_id: int) -> Answer:
    today = siyu().programme.business_day(siyu().clock())
    since = today - timedelta(days=DAYS_SHOWN - 1)
    with siyu().database.reading() as session:
        code = session.get(LiveCode, code_id) or abort(404)
        taken, stayed = terms.figures(session).get(code_id, (0, 0))
        days = terms.days(session, code_id, since)
        every = [since + timedelta(days=number) for number in range(DAYS_SHOWN)]
        chart = {
            "days": [f"{on:%m-%d}" for on in every],
            "bars": [{"name": _("带来的会员"), "values": [days.get(on, 0) for on in every]}],
        }
        return page(
            "platforms/live_code_figures.html",
            code=code,
            scans=terms.scans(session, code_id),
            taken=taken,
            stayed=stayed,
            charts={"live_code": chart},
            passed_on=[
                (_why(why), session.get(LiveCode, through) if through else None, count)
                for why, through, count in terms.passed_on(session, code_id)
            ],
        )


@console.get("/live-codes/<int:code_id>/poster")
def live_code_poster(code_id: int) -> Answer:
    """A sheet to print: the code, whose it is, and what it is for."""
    with siyu().database.reading() as session:
        code, url = _printable(session, code_id)
        held = terms.of(session, code_id)
        channel = session.get_one(Channel, code.channel_id)
        image = segno.make_qr(url, error="h").svg_data_uri(scale=12, border=2)
        return page(
            "platforms/live_code_poster.html", code=code, terms=held, channel=channel, image=image
        )


@console.get("/live-codes/<int:code_id>/large.png")
def live_code_png(code_id: int) -> Response:
    """For designers: large, with the strongest error correction."""
    with siyu().database.reading() as session:
        _code, url = _printable(session, code_id)
    image = io.BytesIO()
    segno.make_qr(url, error="h").save(image, kind="png", scale=24, border=4)
    answer = Response(image.getvalue(), mimetype="image/png")
    answer.headers["Content-Disposition"] = f'attachment; filename="live-code-{code_id}.png"'
    return answer


def _printable(session: Session, code_id: int) -> tuple[LiveCode, str]:
    code = session.get(LiveCode, code_id) or abort(404)
    made = ways_in.of_code(session, code_id)
    url = made.qr_url if made is not None else code.url
    if not url or code.link_expires_at is not None:
        abort(404)
    return code, url


def _span(line: str) -> dict[str, Any]:
    found = _SPAN.fullmatch(line.strip())
    if found is None:
        raise BadTerms("hours", _("看不懂这一行：%(line)s", line=line))
    days, begins, ends = found.groups()
    return {"weekdays": _weekdays(days), "from": begins, "to": ends}


def _weekdays(written_days: str) -> list[int]:
    days: list[int] = []
    for part in re.split("[,，、]", written_days):
        first, *rest = (int(day) for day in part.split("-"))
        last = rest[-1] if rest else first
        days += range(first, last + 1) if first <= last else [*range(first, 8), *range(1, last + 1)]
    return sorted(set(days))


def _line(span: Mapping[str, Any]) -> str:
    days = ",".join(str(day) for day in span["weekdays"])
    return f"{days} {span['from']}-{span['to']}"


def _summed(
    by_code: Mapping[int, terms.LiveCodeTerms],
    figures: Mapping[int, tuple[int, int]],
    name: str,
) -> Sequence[tuple[str, int, int]]:
    sums: dict[str, tuple[int, int]] = {}
    for code_id, held in by_code.items():
        whose = str(getattr(held, name))
        if whose:
            (came, stayed), (more, of_them) = sums.get(whose, (0, 0)), figures.get(code_id, (0, 0))
            sums[whose] = came + more, stayed + of_them
    return [(whose, *sums[whose]) for whose in sorted(sums)]


def _why(reason: str) -> str:
    words = {
        terms.HOURS: _("不在有效时段"),
        terms.FULL_TODAY: _("今天已满"),
        terms.FULL: _("已满"),
    }
    return words[reason]
