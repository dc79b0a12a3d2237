"""Benefits: a shop's system asks what a member has a right to, before it tells her a price."""

from apiflask import APIBlueprint
from sqlalchemy.orm import Session

from app.api import partners, refusals
from app.api.callers import siyu
from app.api.orders import names_of
from app.api.shapes import Tier, Wording
from app.api.standing_shapes import BenefitsAsked, BenefitsHeld, Price
from app.domain.loyalty import orders
from app.domain.loyalty.orders import Buyer
from app.domain.loyalty.standing import benefits, memberships
from app.domain.loyalty.standing.benefit_terms import SINGLE, best
from app.domain.loyalty.standing.membership_cards import MembershipCard
from app.domain.people.members import Member
from app.reviewing import ends

blueprint = APIBlueprint("api_benefits", __name__, tag="partners")


@blueprint.post("/benefits")
@blueprint.auth_required(partners.bearer)
@blueprint.input(BenefitsAsked)
@blueprint.output(BenefitsHeld)
@blueprint.doc(
    operation_id="ask_benefits",
    responses=refusals.named("bad_request", "not_logged_in", "too_large", "fields", "too_many"),
)
def ask_benefits(json_data: BenefitsAsked) -> BenefitsHeld:
    """会员权益 · Benefits

    只查询，不改变什么；不认识的人没有权益。Nothing is changed; who is unknown has none.
    """
    partners.partner()
    with siyu().database.reading() as session:
        member = orders.buyer(session, Buyer(**names_of(session, json_data.member)))
        if member is None:
            return _of_nobody()
        return _of(session, member)


def _of(session: Session, member: Member) -> BenefitsHeld:
    now = siyu().clock()
    tier = ends.tier_of(session, member, siyu().programme, now)
    held = benefits.of_member(session, member.id, tier.id if tier else None, now)
    her = best([it.terms for it in held])
    names = benefits.names_in(session, held)
    running = memberships.running(session, member.id, now)
    skus = [session.get_one(MembershipCard, it.card_id).sku for it in running]
    return BenefitsHeld(
        member_known=True,
        tier=Tier(key=tier.key, name=tier.name, name_en=tier.name_en) if tier else None,
        cards=list(dict.fromkeys(skus)),
        off_percent=her.off_percent,
        points_factor=her.points_factor,
        priority_shipping=her.priority_shipping,
        own_agent=her.own_agent,
        member_prices=[Price(sku=it.sku, price_fen=it.price_fen) for it in her.member_prices],
        words=[Wording(zh=zh, en=en) for zh, en in benefits.words(held, names)],
    )


def _of_nobody() -> BenefitsHeld:
    return BenefitsHeld(
        member_known=False,
        tier=None,
        cards=[],
        off_percent=0,
        points_factor=SINGLE,
        priority_shipping=False,
        own_agent=False,
        member_prices=[],
        words=[],
    )
