"""What the demo shop's members can have for their points, their orders and their loyalty."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.domain.loyalty.item_codes import batches
from app.domain.loyalty.referrals import terms as referral_terms
from app.domain.loyalty.spending import (
    blind_boxes,
    cash_terms,
    coupons,
    lotteries,
    reward_codes,
    rewards,
)
from app.domain.loyalty.spending.coupons import Coupon
from app.domain.loyalty.spending.lotteries import Lottery
from app.domain.loyalty.spending.prizes import Offered
from app.domain.loyalty.spending.rewards import Reward
from app.domain.loyalty.spending.windows import Window
from app.domain.loyalty.standing import benefits, membership_cards, tiers
from app.domain.loyalty.standing.benefit_terms import Benefits
from app.domain.vault import Vault

WRITTEN = Path(__file__).parent / "loyalty.json"


@dataclass(slots=True)
class _Made:
    """What the others refer to, by the keys in the file."""

    coupons: dict[str, Coupon] = field(default_factory=dict)
    rewards: dict[str, Reward] = field(default_factory=dict)
    lotteries: dict[str, Lottery] = field(default_factory=dict)


def furnish(session: Session, vault: Vault, now: datetime) -> None:
    """The shop has its tiers already."""
    world, made = json.loads(WRITTEN.read_text()), _Made()
    for told in world["coupons"]:
        key = told.pop("key")
        made.coupons[key] = coupons.draft(session, now=now, **told)
    for told in world["rewards"]:
        _add_reward(session, told, made, now)
    for told in world["lotteries"]:
        _add_lottery(session, told, made, vault, now)
    _add_reward(session, world["box_reward"], made, now)
    _add_blind_box(session, world["blind_box"], made, now)
    _add_benefits(session, world, made, now)
    cash_terms.change(session, now=now, **world["cash_points"])
    codes = _with_coupons(world["item_codes"], made)
    size = codes.pop("size")
    batches.make(session, batches.Terms(**codes), size, vault, now)
    invited = referral_terms.Terms(**_with_coupons(world["referrals"], made))
    referral_terms.change(session, invited, None, now)


def _add_reward(session: Session, told: dict[str, Any], made: _Made, now: datetime) -> None:
    key, codes = told.pop("key"), told.pop("codes", [])
    windows = [Window.of(one).as_json() for one in told.pop("windows", [])]
    usual: dict[str, Any] = {"money_fen": 0, "tier_ids": []}
    lottery = made.lotteries.get(told.pop("lottery", ""))
    terms = usual | _with_coupons(told, made) | {"lottery_id": lottery.id if lottery else None}
    made.rewards[key] = rewards.draft(session, windows=windows, now=now, **terms)
    reward_codes.upload(session, made.rewards[key].id, codes, now)


def _add_lottery(
    session: Session, told: dict[str, Any], made: _Made, vault: Vault, now: datetime
) -> None:
    key, prizes = told.pop("key"), told.pop("prizes")
    for prize in prizes:
        if reward := made.rewards.get(prize.pop("reward", "")):
            prize["reward_id"] = reward.id
    offered = [Offered(**prize) for prize in prizes]
    drafted = lotteries.draft(session, offered, tier_ids=[], windows=[], now=now, **told)
    lotteries.open_to_all(session, drafted, vault, now)
    made.lotteries[key] = drafted


def _add_blind_box(session: Session, told: dict[str, Any], made: _Made, now: datetime) -> None:
    lottery, lasts = made.lotteries[told.pop("lottery")], timedelta(days=told.pop("days"))
    span = {"begins_at": now, "ends_at": now + lasts}
    blind_boxes.make(session, lottery_id=lottery.id, now=now, **span, **told)


def _add_benefits(session: Session, world: dict[str, Any], made: _Made, now: datetime) -> None:
    known = tiers.by_key(session)
    for key, told in world["benefits"].items():
        holder = benefits.of_tier(known[key].id)
        benefits.change(session, holder, _benefits(told, made), None, now)
    card = membership_cards.add(session, now=now, **world["card"])
    of_card = _benefits(world["card_benefits"], made)
    benefits.change(session, benefits.of_card(card.id), of_card, None, now)


def _benefits(told: dict[str, Any], made: _Made) -> Benefits:
    given = tuple(made.coupons[key].id for key in told.pop("coupons", []))
    return Benefits(coupon_ids=given, **_with_coupons(told, made))


def _with_coupons(told: dict[str, Any], made: _Made) -> dict[str, Any]:
    """A coupon that is named by its key becomes its id: ``friend_coupon`` to ``friend_coupon_id``,
    and so on."""
    named = {key: made.coupons[told[key]].id for key in told if key.endswith("coupon")}
    rest = {key: value for key, value in told.items() if key not in named}
    return rest | {f"{key}_id": coupon_id for key, coupon_id in named.items()}
