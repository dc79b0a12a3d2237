"""What earns points in chat and in the mini-program alike: signing in and answering quizzes."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty import points, quizzes, sign_ins
from app.domain.loyalty.earning import earnings, kinds, rules
from app.domain.loyalty.quizzes import Answered, Quiz
from app.domain.loyalty.sign_ins import SignedIn, SignIn
from app.handlers.scene import Scene, earn, earn_own, happen


@dataclass(frozen=True, slots=True)
class SignInOutcome:
    """``signed_in`` is None when she had signed in that day already."""

    signed_in: SignedIn | None
    streak_days: int
    points: int
    bonus_points: int
    balance: int


@dataclass(frozen=True, slots=True)
class SignInDay:
    """What a day's sign-in has brought, and the event that made it."""

    event_id: int | None
    streak_days: int
    points: int
    bonus_points: int
    balance: int


def sign_in(session: Session, scene: Scene, now: datetime) -> SignInOutcome:
    """Signs the member in on the business day on which she asked for it, and pays for it."""
    member_id, on = scene.member.id, scene.programme.business_day(scene.event.happened_at)
    rewarded = rules.streak_days(session, on)
    signed_in = sign_ins.sign_in(session, member_id, scene.event.id, on, rewarded, now)
    earned = bonus = 0
    if signed_in is not None:
        happen(session, scene, "signed_in", now=now)
        earned = earn(session, scene, kinds.SIGN_IN, _day_key(member_id, on), now)
        if signed_in.bonus_days is not None:
            days = signed_in.bonus_days
            key = _streak_key(member_id, days, on)
            bonus = earn(session, scene, kinds.STREAK, key, now, measure=days)
    streak = signed_in.streak_days if signed_in else sign_ins.streak_days(session, member_id, on)
    balance = points.balance_of(session, member_id).points
    return SignInOutcome(signed_in, streak, earned, bonus, balance)


def sign_in_of(session: Session, member_id: int, on: date) -> SignInDay | None:
    """The member's sign-in of a business day, by whichever door; None when there is none."""
    row = session.scalar(
        sa.select(SignIn).where(SignIn.member_id == member_id, SignIn.signed_in_on == on)
    )
    if row is None:
        return None
    return SignInDay(
        event_id=row.event_id,
        streak_days=sign_ins.streak_days(session, member_id, on),
        points=earnings.earned_by(session, _day_key(member_id, on)),
        bonus_points=earnings.earned_by(session, _streak_key(member_id, row.bonus_days or 0, on)),
        balance=points.balance_of(session, member_id).points,
    )


def answer_quiz(session: Session, scene: Scene, quiz: Quiz, option: str, now: datetime) -> Answered:
    """Takes the member's answer; a right first one earns the quiz's points, once."""
    member_id = scene.member.id
    answered = quizzes.answer(session, quiz, member_id, option, scene.event.id, now)
    if answered.counts:
        happen(session, scene, "answered", quiz=quiz.id, now=now)
    if answered.counts and answered.is_right:
        rule = f"quiz:{quiz.id}"
        key = f"{rule}:{member_id}"
        about: dict[str, Any] = {"key": key, "rule": rule, "rule_version": None}
        earned = earn_own(session, scene, kinds.QUIZ, quiz.points, **about, now=now)
        return replace(answered, points=earned)
    return answered


def _day_key(member_id: int, on: date) -> str:
    return f"signin:{member_id}:{on}"


def _streak_key(member_id: int, days: int, on: date) -> str:
    return f"streak:{member_id}:{days}:{on}"
