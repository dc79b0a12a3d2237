"""What the tests of spending start from: members with points, rewards, a lottery."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.domain.loyalty import points
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.spending import lotteries, rewards
from app.domain.loyalty.spending.lotteries import Lottery
from app.domain.loyalty.spending.prizes import Offered
from app.domain.loyalty.spending.rewards import Reward
from app.domain.people.members import Member
from app.domain.vault import Vault

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
VAULT = Vault(b"april-april-april")
CAUSE = Cause("test")
PLAIN: dict[str, Any] = {
    "intro": "",
    "coupon_id": None,
    "lottery_id": None,
    "points": 100,
    "money_fen": 0,
    "stock": None,
    "per_member": None,
    "per_month": None,
    "tier_ids": [],
    "windows": [],
    "opens_at": None,
    "closes_at": None,
}
CALM: dict[str, Any] = {
    "intro": "",
    "points": 10,
    "free_per_day": 0,
    "per_day": None,
    "per_member": None,
    "tier_ids": [],
    "windows": [],
    "begins_at": None,
    "ends_at": None,
}
THANKS = Offered("谢谢参与", 500_000, is_consolation=True)
PRIZES = (Offered("一等奖", 100_000, stock=2), Offered("十积分", 400_000, points=10), THANKS)


def a_reward(session: Session, kind: str = "goods", **terms: Any) -> Reward:
    reward = rewards.draft(session, kind=kind, now=NOW, **(PLAIN | {"name": "帆布袋"} | terms))
    session.commit()
    return reward


def a_lottery(session: Session, prizes: Any = PRIZES, **terms: Any) -> Lottery:
    """One that is open."""
    lottery = lotteries.draft(session, prizes, now=NOW, **(CALM | {"name": "转盘"} | terms))
    lotteries.open_to_all(session, lottery, VAULT, NOW)
    session.commit()
    return lottery


def rich_members(session: Session, count: int, has: int = 1_000) -> list[int]:
    """Members with so many points each."""
    made = [Member(nickname=f"会员{number}", created_at=NOW) for number in range(count)]
    session.add_all(made)
    session.flush()
    for member in made:
        points.award(session, member.id, has, key=f"test:{member.id}", cause=CAUSE, now=NOW)
    session.commit()
    return [member.id for member in made]
