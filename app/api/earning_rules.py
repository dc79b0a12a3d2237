"""Ways to earn points 积分规则, in words, for whoever wants to know."""

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from app.api import refusals
from app.api.callers import address, count_request, siyu
from app.domain.loyalty.earning import rules, wordings
from app.domain.loyalty.earning.worth import Ruling
from app.domain.loyalty.standing import tiers
from app.rates import Rate

PER_ADDRESS = Rate("earning-rules", 120)
blueprint = APIBlueprint("api_earning_rules", __name__, tag="members")


class WayToEarn(BaseModel):
    key: str
    kind: str = Field(description="哪种行为或加倍 · what is done, or what makes it worth more")
    points: int = Field(description="0 表示见说明 · 0: see the words")
    zh: str
    en: str


class WaysToEarn(BaseModel):
    """怎样得积分 · how points are earned."""

    rules: list[WayToEarn]


@blueprint.get("/earning-rules")
@blueprint.output(WaysToEarn)
@blueprint.doc(operation_id="earning_rules", responses=refusals.named("too_many"))
def earning_rules() -> WaysToEarn:
    """怎样得积分 · Ways to earn

    今天有效的规则，用中英文说明。The rules that hold today, in words.
    """
    house = siyu()
    count_request(PER_ADDRESS, address())
    today = house.programme.business_day(house.clock())
    with house.database.reading() as session:
        called = wordings.names_of(tiers.all_of(session))
        return WaysToEarn(rules=[_way(one, called) for one in rules.offered(session, today)])


def _way(ruling: Ruling, tier_names: wordings.Names) -> WayToEarn:
    said = wordings.of_rule(ruling, tier_names)
    return WayToEarn(key=ruling.key, kind=ruling.kind, points=ruling.points, zh=said.zh, en=said.en)
