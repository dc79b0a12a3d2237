"""Sources: where what has happened to members is written down, for the happenings of a rule.

Each source says whose it is, when it was, and the columns by which a rule may narrow it; both doors
read it, the one that compiles and the one that loads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.domain.insight.form_submissions import FormAnswer, FormSubmission
from app.domain.insight.forms import Form
from app.domain.insight.radar import RadarLink
from app.domain.loyalty.orders import Order, OrderLine, OrderRefund
from app.domain.loyalty.quizzes import QuizAnswer
from app.domain.loyalty.sign_ins import SignIn
from app.domain.loyalty.spending.coupons import MemberCoupon
from app.inbox import MESSAGES, InboxEvent
from app.outbox import OutboxMessage, State

_SOMEBODYS_LINK = sa.cast(RadarLink.id, sa.String) == InboxEvent.fields["LinkId"].as_string()


@dataclass(frozen=True, slots=True)
class Source:
    """``told`` are columns that a rule compares with what it wants; ``number`` names a row where
    more belongs to it in another table."""

    member_id: Any
    at: Any
    from_: Any
    where: tuple[sa.ColumnElement[bool], ...] = ()
    told: Mapping[str, Any] = field(default_factory=dict)
    number: Any = None

    def of_member(self, member_id: Any) -> sa.ColumnElement[bool]:
        return sa.and_(self.member_id == member_id, self.at.is_not(None), *self.where)

    def narrowed(self, asked: Mapping[str, Any]) -> sa.ColumnElement[bool]:
        """What of it a rule means; ``asked`` as in ``rules.Happened.narrowed``."""
        return sa.and_(sa.true(), *(self._narrowing(name, asked) for name in asked))

    def _narrowing(self, name: str, asked: Mapping[str, Any]) -> sa.ColumnElement[bool]:
        match name:
            case "least_fen":
                return sa.and_(Order.amount_fen >= asked[name])
            case "sku":
                return sa.exists().where(
                    OrderLine.order_id == Order.id, OrderLine.sku == asked[name]
                )
            case "answer":
                return sa.exists().where(
                    FormAnswer.submission_id == FormSubmission.id,
                    FormAnswer.question == asked["question"],
                    FormAnswer.value == asked[name],
                )
            case "question":
                return sa.true()  # asked with its answer
            case _:
                return sa.and_(self.told[name] == asked[name])


SOURCES: Mapping[str, Source] = {
    "chatted": Source(
        InboxEvent.member_id,
        InboxEvent.happened_at,
        InboxEvent,
        (InboxEvent.kind.in_(MESSAGES),),
        {"where": sa.case((InboxEvent.room.is_(None), "private"), else_="group")},
    ),
    "signed_in": Source(SignIn.member_id, SignIn.signed_in_at, SignIn),
    "ordered": Source(
        Order.member_id,
        Order.paid_at,
        Order,
        told={"source": Order.source, "fen": Order.amount_fen},
        number=Order.id,
    ),
    "refunded": Source(
        Order.member_id,
        OrderRefund.refunded_at,
        sa.join(OrderRefund, Order, Order.id == OrderRefund.order_id),
        told={"source": Order.source},
    ),
    "radar_opened": Source(
        InboxEvent.member_id,
        InboxEvent.happened_at,
        sa.join(InboxEvent, RadarLink, _SOMEBODYS_LINK),
        (InboxEvent.kind == "radar_opened",),
        {"link": RadarLink.key},
    ),
    "form_submitted": Source(
        FormSubmission.member_id,
        FormSubmission.submitted_at,
        sa.join(FormSubmission, Form, Form.id == FormSubmission.form_id),
        told={"form": Form.key},
        number=FormSubmission.id,
    ),
    "quiz_answered": Source(
        QuizAnswer.member_id,
        QuizAnswer.answered_at,
        QuizAnswer,
        told={"quiz": QuizAnswer.quiz_id, "right": QuizAnswer.is_right},
    ),
    "coupon_received": Source(
        MemberCoupon.member_id,
        MemberCoupon.issued_at,
        MemberCoupon,
        told={"coupon": MemberCoupon.coupon_id},
    ),
    "coupon_used": Source(
        MemberCoupon.member_id,
        MemberCoupon.used_at,
        MemberCoupon,
        told={"coupon": MemberCoupon.coupon_id},
    ),
    "told": Source(
        OutboxMessage.member_id,
        OutboxMessage.settled_at,
        OutboxMessage,
        (OutboxMessage.state.in_([State.ACCEPTED, State.DELIVERED]),),
        {"plan": OutboxMessage.plan_id, "broadcast": OutboxMessage.broadcast_id},
    ),
}
