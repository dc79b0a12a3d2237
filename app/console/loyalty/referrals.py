"""Referrals 推荐: the terms, who brings the most, and what became of each invitation."""

from flask import abort, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.console.fields.bounds import WholeField
from app.console.frame import PAGE, Answer, console, go, operator_id, page, siyu
from app.domain.loyalty.referrals import referrals as invitations
from app.domain.loyalty.referrals import terms, trees
from app.domain.loyalty.referrals.referrals import Refusal
from app.domain.loyalty.referrals.terms import STAYS_DAYS_MAX, ReferralTerms, Terms
from app.domain.loyalty.spending import coupons
from app.domain.people import members, operators
from app.domain.people.members import Member

NONE = 0
POINTS = (InputRequired(), NumberRange(0, 1_000_000))
MANY = (Optional(), NumberRange(1, 1_000_000))


class TermsForm(FlaskForm):
    stays_days = WholeField(
        _l("好友要留下几天"), [InputRequired(), NumberRange(0, STAYS_DAYS_MAX)], default=7
    )
    needs_order = BooleanField(_l("并且下过单"))
    inviter_points = WholeField(_l("推荐人得多少积分"), POINTS, default=0)
    friend_points = WholeField(_l("好友得多少积分"), POINTS, default=0)
    inviter_coupon = SelectField(_l("推荐人得的优惠券"), coerce=int)
    friend_coupon = SelectField(_l("好友得的优惠券"), coerce=int)
    month_max = WholeField(_l("每位推荐人每月最多几位"), MANY, description=_l("空着表示不限"))
    koc_from = WholeField(_l("留下几位好友算 KOC"), MANY, description=_l("空着表示不给标签"))
    koc_tag = StringField(_l("KOC 的标签"), [DataRequired(), Length(max=40)], default="KOC")


@console.route("/referrals", methods=["GET", "POST"])
def referrals() -> Answer:
    with siyu().database.reading() as session:
        held = terms.present(session)
        form = TermsForm(obj=held, data=_coupons_of(held))
        offered = [(NONE, _("没有")), *((one.id, one.name) for one in coupons.on_offer(session))]
        form.inviter_coupon.choices = form.friend_coupon.choices = offered
        if form.validate_on_submit():
            _change(form)
            flash(_("已保存，对以后来的好友生效。"))
            return go("referrals")
        return page(
            "loyalty/referrals.html",
            form=form,
            terms=held,
            bringers=trees.bringers(session, PAGE),
            newest=_told(session),
        )


@console.get("/members/<int:member_id>/referrals")
def member_referrals(member_id: int) -> Answer:
    """Whom she has brought, whom these have brought, and so on."""
    with siyu().database.reading() as session:
        known = session.get(Member, member_id) or abort(404)
        member = members.get(session, known.id)
        above = [members.get(session, one) for one in invitations.brought_by(session, member)]
        tree = trees.below(session, member)
        return page("loyalty/member_referrals.html", member=member, above=above, tree=tree)


@console.app_template_filter()
def referral_in_words(state: str) -> str:
    words = {
        "stayed": _("已留下"),
        "waiting": _("等待中"),
        "refused": _("未达成"),
        Refusal.HERSELF: _("推荐了自己"),
        Refusal.RING: _("互相推荐"),
        Refusal.INVITED_ALREADY: _("已被别人推荐"),
        Refusal.LEFT: _("已经离开"),
        Refusal.NOT_SIGNED_UP: _("没有注册"),
        Refusal.NO_ORDER: _("没有下单"),
        Refusal.ONE_PERSON: _("是同一个人"),
        Refusal.MEMBER_BEFORE: _("被邀请前已是会员"),
        Refusal.MONTH_FULL: _("推荐人当月已满"),
    }
    return words[state]


def _change(form: TermsForm) -> None:
    made = Terms(
        stays_days=form.stays_days.data,
        needs_order=form.needs_order.data,
        inviter_points=form.inviter_points.data,
        friend_points=form.friend_points.data,
        inviter_coupon_id=form.inviter_coupon.data or None,
        friend_coupon_id=form.friend_coupon.data or None,
        month_max=form.month_max.data,
        koc_from=form.koc_from.data,
        koc_tag=form.koc_tag.data.strip(),
    )
    with siyu().database.writing() as session:
        now = siyu().clock()
        kept = terms.change(session, made, operator_id(), now)
        details = {"version": kept.version, "inviter_points": kept.inviter_points}
        details |= {"friend_points": kept.friend_points, "stays_days": kept.stays_days}
        operators.record(session, operator_id(), "referral.terms", "referrals", details, now)


def _coupons_of(held: ReferralTerms | None) -> dict[str, int]:
    if held is None:
        return {}
    return {
        "inviter_coupon": held.inviter_coupon_id or NONE,
        "friend_coupon": held.friend_coupon_id or NONE,
    }


def _told(session: Session) -> list[tuple[invitations.Referral, Member, Member]]:
    return [
        (one, members.get(session, one.inviter_id), members.get(session, one.friend_id))
        for one in invitations.newest(session, PAGE)
    ]
