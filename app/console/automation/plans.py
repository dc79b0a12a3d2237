"""Plans: the list, and what their states allow."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.console.frame import Answer, console, page, siyu
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plans import Plan
from app.domain.people import channels


@console.get("/plans")
def plans() -> Answer:
    with siyu().database.reading() as session:
        return page(
            "automation/plans.html",
            plans=session.scalars(sa.select(Plan).order_by(Plan.id.desc())).all(),
            channels={channel.id: channel for channel in channels.all_of(session)},
            enrolled=_enrolled(session),
            troubles={name.partition("/")[0] for name in siyu().troubles.known()},
        )


def _enrolled(session: Session) -> dict[int, tuple[int, int]]:
    """By plan: how many are in it now, and how many there have been."""
    rows = session.execute(
        sa.select(
            Enrolment.plan_id, sa.func.count() - sa.func.count(Enrolment.ended_at), sa.func.count()
        ).group_by(Enrolment.plan_id)
    )
    return {plan_id: (inside, ever) for plan_id, inside, ever in rows}
