"""Members for whom anything may be true that a segment can ask, at random: with all that a shop
knows of them, much of it missing, and moments that lie just on the edges of windows."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Base
from app.domain.insight.form_submissions import FormAnswer, FormSubmission
from app.domain.insight.forms import Form
from app.domain.insight.member_figures import MemberFigures
from app.domain.insight.radar import RadarLink
from app.domain.insight.tags import MemberTag, Tag
from app.domain.loyalty.entries import PointsEntry
from app.domain.loyalty.lots import Lot
from app.domain.loyalty.orders import Order, OrderLine, OrderRefund
from app.domain.loyalty.points import Balance
from app.domain.loyalty.quizzes import Quiz, QuizAnswer
from app.domain.loyalty.sign_ins import SignIn
from app.domain.loyalty.spending.coupons import Coupon, MemberCoupon
from app.domain.loyalty.standing.tiers import Tier
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plans import Plan
from app.domain.people.channels import Channel
from app.domain.people.groups import Group, GroupMember
from app.domain.people.live_codes import LiveCode
from app.domain.people.members import Identity, Member
from app.inbox import InboxEvent
from app.outbox import OutboxMessage

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
WINDOWS = (1, 7, 30, 365)  # days
NICKNAMES = (
    "",
    "小雨",
    "April",
    "aPRIL 四月",
    "É柳",
    "éLISE",
    "100%_真",
    "İstanbul",
    "👩‍🦰 Lin",
    "ß",
)
ZONES = ("Asia/Shanghai", "Europe/Paris")
TAGS = ("油性发质", "敏感肌", "VIP", "vip")
TIERS = ("basic", "silver", "gold")
CHANNELS = ("shop-oa", "shop-mini")
SHOPS, SKUS = ("youzan", "tmall"), ("shampoo-01", "mask-02")
ANSWERS = (("q1", "油性"), ("q1", "干性"), ("q2", "干性"))
NUMBERS = (1, 2)  # of groups, plans, quizzes, coupons and the like: there are two of each
SEGMENTS, STAGES, CLUSTERS = ("champions", "lost"), ("new", "silent"), ("甲", "乙")
_EDGES = (timedelta(), timedelta(microseconds=1), -timedelta(microseconds=1), timedelta(hours=5))


def furnish(session: Session) -> None:
    """Two of everything that a rule can name."""
    at = {"created_at": NOW}
    for number, key in enumerate(CHANNELS, 1):
        of_channel = {"name": key, "appid": key, "original_id": "", "api_base_url": ""}
        of_channel |= {"kind": "official_account", "sealed_secrets": b"", "settings": {}}
        _put(session, Channel, id=number, key=key, **of_channel, **at)
    for number, key in enumerate(TIERS, 1):
        _put(session, Tier, id=number, key=key, name=key, name_en=key, growth_min=number)
    for number, name in enumerate(TAGS, 1):
        _put(session, Tag, id=number, name=name, dimension="attribute", **at)
    for number in NUMBERS:
        key = f"key-{number}"
        _put(session, LiveCode, id=number, channel_id=1, scene=key, name=key, **at)
        _put(session, Group, id=number, channel_id=1, external_id=key, **at)
        _put(session, RadarLink, id=number, key=key, title=key, url="https://a.example", **at)
        of_form = {"title": key, "intro": "", "questions": [], "repeatable": True}
        _put(session, Form, id=number, key=key, **of_form, **at)
        of_quiz = {"question": "?", "options": {}, "right_option": "A", "points": 1}
        _put(session, Quiz, id=number, channel_id=1, scope=f"channel:{number}", **of_quiz, **at)
        _put(session, Coupon, id=number, name=key, kind="fixed", amount_fen=100, **at)
        of_plan = {"audience": "member", "trigger": "manual", "state_changed_at": NOW}
        _put(session, Plan, id=number, name=key, channel_id=1, **of_plan, **at)


def make(session: Session, chance: random.Random, first_id: int, count: int) -> None:
    """So many members from this id on."""
    crowd = _Crowd(chance, itertools.count(first_id * 1000))
    for member_id in range(first_id, first_id + count):
        crowd.member(member_id)
    for model, rows in crowd.rows.items():
        session.execute(sa.insert(model), rows)


def _put(session: Session, model: type[Base], **values: Any) -> None:
    session.add(model(**values))
    session.flush()


@dataclass(slots=True)
class _Crowd:
    """Members made by ``chance``, and the rows that belong to them, written table by table."""

    chance: random.Random
    numbers: Iterator[int]
    rows: dict[type[Base], list[dict[str, Any]]] = field(default_factory=dict)

    def member(self, member_id: int) -> None:
        self.herself(member_id)
        self.standing(member_id)
        for one in (self.order, self.submission, self.coupon, self.message, self.event, self.lot):
            for _ in range(self.chance.randint(0, 3)):
                one(member_id)

    def herself(self, member_id: int) -> None:
        maybe, pick = self.maybe, self.chance.choice
        born_on = date(1990, self.chance.randint(1, 12), 28)
        is_absorbed = self.rows.get(Member) and self.chance.random() < 0.1
        self.put(
            Member,
            id=member_id,
            nickname=pick(NICKNAMES),
            birthday_on=maybe(born_on),
            unionid=maybe(f"u{member_id}"),
            sealed_phone=maybe(b"p"),
            sealed_email=maybe(b"e"),
            tier_id=maybe(self.chance.randint(1, len(TIERS))),
            live_code_id=maybe(pick(NUMBERS)),
            created_at=NOW,
            joined_at=maybe(self.at()),
            left_at=maybe(self.at()),
            signed_up_at=maybe(self.at()),
            last_seen_at=maybe(self.at()),
            opted_out_at=maybe(self.at()),
            zone=maybe(pick(ZONES)),
            same_as_id=self.rows[Member][0]["id"] if is_absorbed else None,
        )

    def standing(self, member_id: int) -> None:
        """What she has at most one of: a relation to each channel, tag, group, plan and quiz."""
        hers = {"member_id": member_id}
        for number in NUMBERS:
            if self.maybe(1):
                left_at = self.maybe(self.at())
                at = {"joined_at": self.at(), "left_at": left_at}
                self.put(GroupMember, group_id=number, **at, **hers)
            if self.maybe(1):
                answer = {"option": "A", "is_right": bool(self.maybe(1)), "answered_at": self.at()}
                self.put(QuizAnswer, quiz_id=number, **answer, **hers)
            if self.maybe(1):
                followed = {"followed_at": self.maybe(self.at()), "unfollowed_at": self.maybe(NOW)}
                name = f"{member_id}/{number}"
                of = {"external_id": name, "created_at": NOW}
                self.put(Identity, channel_id=number, **of, **followed, **hers)
            self.enrolled(member_id, number)
        for number in range(1, len(TAGS) + 1):
            if self.maybe(1):
                given = {"rule": "r", "given_at": self.at(), "removed_at": self.maybe(NOW)}
                self.put(MemberTag, tag_id=number, **given, **hers)
        if self.maybe(1):
            points = self.chance.choice((0, 1, 99, 100, 500))
            self.put(Balance, points=points, arrears=0, growth=0, **hers)
        if self.maybe(1):
            self.figures(member_id)

    def enrolled(self, member_id: int, plan_id: int) -> None:
        for time in range(self.chance.randint(0, 2)):
            reason = self.maybe(self.chance.choice(("finished", "goal", "ended")))
            self.put(
                Enrolment,
                plan_id=plan_id,
                version=1,
                subject=f"member:{member_id}/{time}",
                member_id=member_id,
                enrolled_at=NOW,
                held_out_at=self.maybe(NOW),
                goal_at=self.maybe(NOW),
                ended_at=NOW if reason else None,
                end_reason=reason,
            )

    def figures(self, member_id: int) -> None:
        maybe, pick, whole = self.maybe, self.chance.choice, self.chance.randint
        self.put(
            MemberFigures,
            member_id=member_id,
            orders=whole(0, 3),
            spent_fen=pick((0, 19900, 20000)),
            recency_days=maybe(whole(0, 40)),
            r_score=maybe(whole(1, 5)),
            f_score=maybe(whole(1, 5)),
            m_score=maybe(whole(1, 5)),
            rfm_segment=maybe(pick(SEGMENTS)),
            stage=pick(STAGES),
            active_hour=maybe(whole(0, 23)),
            cluster=maybe(pick(CLUSTERS)),
            expected_orders_year=maybe(pick((0.1, 0.3, 1.5))),
            alive_chance=maybe(pick((0.1, 0.3, 0.5, 1.0))),
            figured_at=NOW,
        )

    def order(self, member_id: int) -> None:
        number, at = next(self.numbers), self.at()
        fen = self.chance.choice((9900, 19900, 20000))
        of = {"source": self.chance.choice(SHOPS), "order_no": str(number), "created_at": NOW}
        self.put(Order, id=number, member_id=member_id, amount_fen=fen, paid_at=at, **of)
        for place, sku in enumerate(self.chance.sample(SKUS, self.chance.randint(0, 2))):
            line = {"sku": sku, "name": sku, "quantity": 1, "amount_fen": 1}
            self.put(OrderLine, order_id=number, number=place, **line)
        if self.maybe(1):
            back = {"amount_fen": 1, "refunded_at": self.at()}
            self.put(OrderRefund, order_id=number, refund_no="1", **back)

    def submission(self, member_id: int) -> None:
        number, form_id = next(self.numbers), self.chance.choice(NUMBERS)
        of = {"key": str(number), "form_id": form_id, "submitted_at": self.at()}
        self.put(FormSubmission, id=number, member_id=member_id, **of)
        for question, value in self.chance.sample(ANSWERS, self.chance.randint(0, 3)):
            answer = {"form_id": form_id, "question": question, "value": value}
            self.put(FormAnswer, submission_id=number, **answer)

    def coupon(self, member_id: int) -> None:
        name, used_at = str(next(self.numbers)), self.maybe(self.at())
        of = {"code": name, "key": name, "rule": "r", "issued_at": self.at(), "used_at": used_at}
        self.put(MemberCoupon, coupon_id=self.chance.choice(NUMBERS), member_id=member_id, **of)

    def message(self, member_id: int) -> None:
        state = self.chance.choice(("accepted", "delivered", "planned", "failed"))
        of = {"plan_id": self.maybe(self.chance.choice(NUMBERS)), "broadcast_id": self.maybe(1)}
        of |= {"key": str(next(self.numbers)), "pipe": "broadcasts", "lane": 0, "channel_id": 1}
        said = {"recipient": "x", "kind": "text", "content": {}, "purpose": "", "rule": "r"}
        at = {"created_at": NOW, "due_at": NOW, "settled_at": self.maybe(self.at())}
        self.put(OutboxMessage, member_id=member_id, state=state, **of, **said, **at)

    def event(self, member_id: int) -> None:
        """She writes, in private or in a group; opens a link; or does what is neither."""
        kind = self.chance.choice(("text", "image", "radar_opened", "event.scan"))
        fields = {"LinkId": str(self.chance.choice(NUMBERS))} if kind == "radar_opened" else {}
        name, room = str(next(self.numbers)), self.maybe("room")
        of = {"key": name, "fingerprint": name, "sender": "x", "received_at": NOW, "lane": 0}
        of |= {"handled_at": NOW, "room": room, "happened_at": self.at()}
        self.put(InboxEvent, member_id=member_id, kind=kind, fields=fields, **of)
        if self.maybe(1):
            signed_in_at = self.at()
            day = {"signed_in_on": date(2020, 1, 1) + timedelta(int(name) % 9999)}
            self.put(SignIn, member_id=member_id, signed_in_at=signed_in_at, **day)

    def lot(self, member_id: int) -> None:
        number, amount = next(self.numbers), self.chance.choice((1, 50, 100))
        entry = {"key": str(number), "kind": "award", "amount": amount, "rule": "r"}
        self.put(PointsEntry, id=number, member_id=member_id, booked_at=NOW, **entry)
        expires_at = self.maybe(NOW + (NOW - self.at()))
        left = {"amount": amount, "remaining": self.chance.choice((0, amount))}
        of = {"opened_at": NOW, "expires_at": expires_at, **left}
        self.put(Lot, entry_id=number, member_id=member_id, **of)

    def at(self) -> datetime:
        """Often just on the edge of a window, now and then in the future."""
        days = self.chance.choice((0, *WINDOWS, -1))
        return NOW - timedelta(days=days) + self.chance.choice(_EDGES)

    def maybe(self, value: Any) -> Any:
        return value if self.chance.random() < 0.6 else None

    def put(self, model: type[Base], **values: Any) -> None:
        self.rows.setdefault(model, []).append(values)
