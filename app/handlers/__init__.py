"""What the programme does about everything that happens, on one screen.

Each kind of event has its handlers, which run in this order in one transaction: tags, points,
answers and the "handled" mark appear together or not at all. A kind that is not listed is kept and
counted, and nothing else. Two kinds of events are set aside at once, since trying again cannot
help: those that could not be read, and those that claim to come from the future.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app import inbox
from app.domain.people.channels import Kind
from app.handlers import (
    chat,
    comings,
    conversations,
    delivery_reports,
    direct_reports,
    doors,
    figures,
    followers,
    forms,
    happenings,
    identities,
    keyword_tags,
    mirror_events,
    notices,
    opt_outs,
    plan_acts,
    radar,
    reports,
    scene,
    wecom,
)
from app.handlers.loyalty import (
    cash_points,
    coupons,
    earning,
    gifts,
    item_codes,
    lotteries,
    memberships,
    order_claims,
    order_effects,
    orders,
    redemptions,
    referrals,
    tier_reviews,
)
from app.handlers.scene import AccountScene, Scene
from app.handlers.wecom import archive, group_welcomes, kf, moments, smart_bot, staff_messages
from app.handlers.word_rules import Words
from app.inbox import InboxEvent
from app.programme import Programme

Handler = Callable[[Session, Scene, datetime], None]
AccountHandler = Callable[[Session, AccountScene, datetime], None]
ShopHandler = Callable[[Session, InboxEvent, datetime], None]

HANDLERS: dict[str, Sequence[Handler]] = {
    "text": (
        comings.be_here,
        chat.open_window,
        keyword_tags.hear,
        notices.tell_staff,
        earning.speak_in_group,
        chat.answer,
        identities.ask_once,
        tier_reviews.look_at_interaction,
    ),
    "image": (comings.be_here, chat.open_window, identities.ask_once),
    "voice": (
        *(comings.be_here, chat.open_window, keyword_tags.hear, notices.tell_staff),
        identities.ask_once,
    ),
    "video": (comings.be_here, chat.open_window, identities.ask_once),
    "shortvideo": (comings.be_here, chat.open_window, identities.ask_once),
    "location": (comings.be_here, chat.open_window, identities.ask_once),
    "link": (comings.be_here, chat.open_window, identities.ask_once),
    "file": (comings.be_here, chat.open_window, identities.ask_once),
    "miniprogram": (comings.be_here, chat.open_window, identities.ask_once),
    "business_card": (comings.be_here, chat.open_window, identities.ask_once),
    "miniprogrampage": (comings.be_here, chat.open_window, identities.ask_once),
    "event.subscribe": (
        *(comings.open_window, comings.join, comings.tag_by_live_code),
        *(order_effects.attach, identities.ask_once),
    ),
    "event.unsubscribe": (comings.leave,),
    "event.scan": (comings.open_window, comings.tag_by_live_code),
    **dict.fromkeys(
        ("event.click", "event.scancode_push", "event.scancode_waitmsg"),
        (comings.open_window, chat.answer_menu),
    ),
    "archive.text": (archive.overhear,),
    "archive.agree": (archive.agree,),
    "archive.disagree": (archive.disagree,),
    "archive.revoke": (archive.forget,),
    "event.kf.enter_session": (kf.enter, identities.ask_once),
    "event.kf.msg_send_fail": (kf.note_failure,),
    "event.kf.user_recall_msg": (kf.forget_recalled,),
    **conversations.HANDLERS,
    "event.user_enter_tempsession": (comings.open_window,),
    "event.join": (comings.join_group,),
    "event.leave": (comings.leave_group,),
    **wecom.HANDLERS,
    "invited": (identities.recognise, referrals.accept),
    "referral_due": (referrals.decide,),  # see app.clockwork.referrals
    "referral_stayed": (referrals.reward_inviter,),
    "signed_up": (
        *(identities.recognise, doors.sign_up, earning.complete_profile),
        order_effects.attach,
    ),
    "profile": (identities.recognise, order_effects.attach),
    "merge_asked": (identities.be_made_one,),
    "merge_taken_back": (identities.be_made_two,),
    "sign_in": (doors.sign_in, tier_reviews.look_at_interaction),
    "radar_opened": (radar.open_link, radar.weigh),
    "radar_read": (radar.weigh, tier_reviews.look_at_interaction),
    "radar_shared": (radar.weigh, earning.share),
    "follower": (
        *(followers.be_known, identities.recognise, order_effects.attach),
        followers.compare_tags,
    ),
    "mirror_due": (mirror_events.send,),
    "tag_expired": (mirror_events.tell_of_expiry,),  # see app.clockwork.tag_expiry
    "platform_tag": (mirror_events.agree,),
    "platform_untag": (mirror_events.agree,),
    "follower_gone": (comings.leave,),
    "h5_login": (identities.recognise, order_effects.attach),
    "event.subscribe_msg_popup_event": (delivery_reports.decide,),
    "event.subscribe_msg_change_event": (delivery_reports.decide,),
    "opted_out": (opt_outs.follow_link,),
    "order_paid": (order_effects.order_paid,),  # written by OF_SHOPS
    "order_refunded": (order_effects.order_refunded,),
    "order_claimed": (order_claims.claim,),
    "live_watched": (earning.watch_live,),
    "order_imported": (order_effects.imported,),  # written by app.imports.orders
    "figures_changed": (figures.hear_of_change,),
    "form_submitted": (forms.keep, earning.complete_profile, tier_reviews.look),
    "coupon_used": (coupons.use,),
    "item_code_claimed": (item_codes.claim,),
    "redeem_asked": (tier_reviews.let_end, redemptions.redeem),
    "redemption_addressed": (redemptions.address,),
    "redemption_cancelled": (redemptions.cancel,),
    "redemption_paid": (redemptions.pay,),
    "redemption_handed_over": (redemptions.hand_over,),
    "redemption_unpaid": (redemptions.let_go,),  # see app.clockwork.unpaid_redemptions
    "draw_asked": (tier_reviews.let_end, lotteries.draw),
    "cash_asked": (cash_points.reserve,),
    "cash_posted": (cash_points.post,),
    "cash_voided": (cash_points.void,),
    "points_expiring": (),  # see app.clockwork.expiry_notices
    "plan_act": (plan_acts.do,),
    "tier_changed": (doors.congratulate, gifts.of_tier),
    "tier_ending": (),  # see app.reviewing.reviews
    "membership_begun": (memberships.welcome,),
    "membership_ending": (),  # see app.clockwork.memberships
    "membership_ended": (),
    "birthday": (tier_reviews.let_end, gifts.of_birthday),
}

# What the accounts of a kind go over every night, see ``app.clockwork.nights``.
NIGHTLY: dict[str, Sequence[AccountHandler]] = {
    Kind.OFFICIAL_ACCOUNT: (followers.list_all,),
    Kind.WECOM: wecom.NIGHTLY,
}


def _go_over(session: Session, account: AccountScene, now: datetime) -> None:
    for step in NIGHTLY[account.channel.kind]:
        step(session, account, now)


# What concerns an account of ours and no member.
OF_ACCOUNTS: dict[str, Sequence[AccountHandler]] = {
    "event.templatesendjobfinish": (delivery_reports.template_ended,),
    "event.masssendjobfinish": (delivery_reports.mass_ended,),
    "event.subscribe_msg_sent_event": (delivery_reports.subscribe_ended,),
    "event.kf_msg_or_event": (kf.ask,),
    "kf_due": (kf.ask,),
    "kf_messages": (kf.read,),
    "event.msgaudit_notify": (archive.ask,),
    "archive_due": (archive.ask,),
    "archive": (archive.read,),
    **conversations.OF_ACCOUNTS,
    "bot.text": (smart_bot.answer,),
    "bot.mixed": (smart_bot.answer,),
    "bot.voice": (smart_bot.answer,),
    "bot.image": (smart_bot.answer,),
    "bot.file": (smart_bot.answer,),
    "bot.video": (smart_bot.answer,),
    "report_due": (reports.say_daily,),
    "night": (_go_over,),
    "mirror_begun": (mirror_events.begin,),
    "platform_tag_named": (mirror_events.be_named,),
    "mirror_holders": (mirror_events.pass_on,),
    "followers": (followers.compare_list,),
    "follower_profiles": (followers.compare_profiles,),
    "followers_listed": (followers.miss,),
    **wecom.OF_ACCOUNTS,
    **staff_messages.OF_ACCOUNTS,
    **moments.OF_ACCOUNTS,
    **group_welcomes.OF_ACCOUNTS,
    "plan_act_for_group": (plan_acts.do_for_group,),
    "report": (direct_reports.settle,),
    "sms_reply": (direct_reports.hear_reply,),
}

# What is known of even when nobody knows whose it is. A member who is found has her handlers too.
OF_SHOPS: dict[str, Sequence[ShopHandler]] = {
    "order_paid": (orders.pay,),
    "order_refunded": (orders.refund,),
    "item_code_scanned": (item_codes.look,),
    "form_submitted_unnamed": (forms.keep_unnamed,),
}

FUTURE_MAX = timedelta(minutes=5)


def handle(
    session: Session, event: InboxEvent, programme: Programme, words: Words, now: datetime
) -> None:
    """Does everything there is to do about one event, and marks it handled."""
    if event.kind == "unreadable":
        inbox.quarantine(event, "the platform signed it, but it cannot be read", now)
        return
    if event.happened_at > event.received_at + FUTURE_MAX:
        inbox.quarantine(event, f"it says it happened in the future: {event.happened_at}", now)
        return
    if event.kind in OF_ACCOUNTS:
        place = scene.of_account(session, event, programme)
        for account_step in OF_ACCOUNTS[event.kind]:
            account_step(session, place, now)
    for shop_step in OF_SHOPS.get(event.kind, ()):
        shop_step(session, event, now)
    is_hers = not (_is_our_own(event) or _is_nobodys(event))
    steps = HANDLERS.get(event.kind) if is_hers else None
    if steps is not None:
        stage = scene.of(session, event, programme, words, now)
        for step in steps:
            step(session, stage, now)
        happenings.tell(session, stage, now)
    if event.quarantined_at is None:
        inbox.mark_handled(event, now)


def _is_our_own(event: InboxEvent) -> bool:
    """A group gateway also reports what we said ourselves."""
    return event.fields.get("is_self") == "true"


def _is_nobodys(event: InboxEvent) -> bool:
    """A shop has told of somebody we do not know."""
    return event.kind in OF_SHOPS and event.member_id is None
