"""Plan clocks: up to when the clock has been looked at for a plan that it starts, so that two
schedulers look once, and a downtime is known when it is over."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.outreach.journeys.plans import Plan


class PlanClock(Base):
    """``put_off_until``: what was missed waits for this moment."""

    __tablename__ = "plan_clocks"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    plan_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("plans.id"), unique=True)
    looked_at: Mapped[datetime]
    put_off_until: Mapped[datetime | None]


def locked(session: Session, plan: Plan) -> PlanClock:
    """The plan's clock, which begins when the plan began to run. Whoever else asks for it waits
    until the transaction ends."""
    values = {"plan_id": plan.id, "looked_at": plan.state_changed_at}
    wanted = (
        sa.select(PlanClock)
        .where(PlanClock.plan_id == plan.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    clock = session.scalar(wanted)
    if clock is None:
        insert_once(session, PlanClock, values, unique=["plan_id"])
        clock = session.scalars(wanted).one()
    return clock
