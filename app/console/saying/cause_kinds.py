"""What stands behind causes that bear a number: where its name is, how a page says it, and which
page shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l

from app.domain.insight.forms import Form
from app.domain.insight.keywords import KeywordRule
from app.domain.insight.radar import RadarLink
from app.domain.loyalty.corrections import Correction
from app.domain.loyalty.item_codes.batches import ItemCodeBatch
from app.domain.loyalty.quizzes import Quiz
from app.domain.loyalty.spending.blind_boxes import BlindBoxRule
from app.domain.loyalty.spending.lotteries import Lottery
from app.domain.loyalty.spending.rewards import Reward
from app.domain.loyalty.standing.membership_cards import MembershipCard
from app.domain.loyalty.standing.tiers import Tier
from app.domain.outreach.journeys.plans import Plan
from app.domain.outreach.mass_messages import MassMessage
from app.domain.people.live_codes import LiveCode
from app.domain.people.operators import Operator


@dataclass(frozen=True, slots=True)
class CauseKind:
    """``column`` has the names; ``words`` takes ``name`` or the number ``n``. ``endpoint`` is the
    page, with the number as ``argument`` where it is about one of them."""

    column: Any
    words: Any
    endpoint: str = ""
    argument: str = ""
    name_max: int = 60

    def label(self, number: int, name: str) -> str:
        return str(self.words) % {"name": name[: self.name_max], "n": number}

    def href(self, number: int) -> str | None:
        if not self.endpoint:
            return None
        about: dict[str, Any] = {self.argument: number} if self.argument else {}
        return url_for(f"console.{self.endpoint}", **about)


_LOYALTY = {
    "correction": CauseKind(Correction.reason, _l("人工调整：%(name)s"), "corrections"),
    "quiz": CauseKind(Quiz.question, _l("问答「%(name)s」"), "quiz", "quiz_id", name_max=20),
    "reward": CauseKind(Reward.name, _l("兑换品「%(name)s」"), "reward", "reward_id"),
    "lottery": CauseKind(Lottery.name, _l("抽奖「%(name)s」"), "lottery", "lottery_id"),
    "blind_box": CauseKind(BlindBoxRule.name, _l("满额盲盒「%(name)s」"), "blind_boxes"),
    "item_code": CauseKind(
        ItemCodeBatch.name, _l("一物一码「%(name)s」"), "item_code_batch", "batch_id"
    ),
    "tier_benefit": CauseKind(Tier.name, _l("%(name)s的权益"), "tier_benefits", "tier_id"),
    "card_benefit": CauseKind(
        MembershipCard.name, _l("%(name)s的权益"), "card_benefits", "card_id"
    ),
}
KINDS: Mapping[str, CauseKind] = {
    "keyword": CauseKind(KeywordRule.name, _l("关键词「%(name)s」"), "rule", "rule_id"),
    "live_code": CauseKind(LiveCode.name, _l("活码「%(name)s」"), "live_code", "code_id"),
    "form": CauseKind(Form.title, _l("表单「%(name)s」"), "form", "form_id"),
    "radar": CauseKind(RadarLink.title, _l("雷达「%(name)s」"), "radar_link", "link_id"),
    "plan": CauseKind(Plan.name, _l("计划「%(name)s」"), "plan", "plan_id"),
    "mass": CauseKind(MassMessage.kind, _l("群发 %(n)s"), "mass_message", "message_id"),
    "operator": CauseKind(Operator.name, _l("运营 %(name)s")),
    **_LOYALTY,
}
