"""The front page: today in figures, the last fortnight in two charts."""

from flask_babel import gettext as _

from app.broadcasting import figures as broadcast_figures
from app.console.frame import Answer, console, operator_id, page, siyu
from app.console.people import figures
from app.console.people.figures import Days
from app.console.running import pipeline
from app.domain.loyalty import corrections


@console.get("/")
def front() -> Answer:
    programme = siyu().programme
    on = programme.business_day(siyu().clock())
    with siyu().database.reading() as session:
        today = figures.today(session, programme.zone, on)
        days = figures.last_days(session, programme.zone, on)
        unknown_codes = pipeline.unclassified(session)
        broken = broadcast_figures.discrepancies(session)
        to_decide = corrections.count_waiting_for(session, operator_id())
    return page(
        "front.html",
        broken=broken,
        to_decide=to_decide,
        unclassified=unknown_codes,
        on=on,
        today=today,
        charts=_charts(days),
    )


def _charts(days: Days) -> dict[str, object]:
    """What console.js draws."""
    names = [f"{day:%m-%d}" for day in days.days]
    return {
        "messages": {
            "days": names,
            "lines": [
                {"name": _("收到的消息"), "values": days.heard},
                {"name": _("发出的消息"), "values": days.said},
            ],
        },
        "members": {
            "days": names,
            "bars": [{"name": _("新会员"), "values": days.new_members}],
        },
    }
