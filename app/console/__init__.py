"""The console: where operators see why everything happened, and change the rules.

Pages are made on the server, one module a page; htmx exchanges parts of them. They live in rooms
as in the menu beside every page (``sidebar``); what several rooms need is here, what pages say of
codes and causes in ``saying``, and how a form is read in ``fields``. Everything but the log-in asks
for an operator, and every change for a token of her own (``frame.guard``).
"""

from datetime import timedelta

from flask import Flask
from flask_login import LoginManager
from flask_wtf import CSRFProtect

from app.console import errors, exports, front, languages, sessions
from app.console.automation import (
    approvals,
    experiments,
    plan,
    plan_editor,
    plan_gallery,
    plan_preview,
    plan_versions,
    plans,
    rehearsals,
    rule_precision,
    rule_previews,
    rule_suggestions,
    rule_trials,
    rules,
)
from app.console.content import (
    articles,
    form_answers,
    form_rows,
    forms,
    materials,
    media,
    quizzes,
    radar,
    radar_reading,
)
from app.console.frame import console
from app.console.loyalty import (
    benefits,
    blind_boxes,
    cards,
    cash_points,
    coupons,
    earning,
    earning_rules,
    item_codes,
    ledger,
    lotteries,
    orders,
    redemptions,
    referrals,
    rewards,
    tiers,
)
from app.console.people import (
    corrections,
    given_tiers,
    imports,
    member,
    member_figures,
    member_manners,
    member_plans,
    member_points,
    member_standing,
    members,
    merges_by_hand,
    platform_view,
    products,
    segment_editor,
    segment_snapshots,
    segments,
    twins,
    why,
)
from app.console.platforms import (
    channels,
    group_welcomes,
    groups,
    kf,
    live_code_terms,
    live_codes,
    live_codes_batch,
    menu_words,
    menus,
    mini_codes,
    mirrored_tags,
    qr_codes,
    rosters,
    ways_in,
    wecom,
)
from app.console.running import (
    audit,
    limit_words,
    limits,
    operators,
    partner_keys,
    pipeline,
    todos,
)
from app.console.saying import figure_words, plan_words, stories, way_words, words
from app.console.sending import (
    broadcast_editor,
    broadcast_recipients,
    broadcast_turns,
    broadcast_words,
    broadcasts,
    halts,
    manners,
    mass,
    message_templates,
    moments,
    quota_plans,
    staff_messages,
)
from app.wiring import Siyu

LOGGED_IN_FOR = timedelta(hours=12)


def init_app(app: Flask, siyu: Siyu) -> None:
    """Adds the console to the app."""
    app.config.update(
        PERMANENT_SESSION_LIFETIME=LOGGED_IN_FOR,
        SESSION_COOKIE_SECURE=siyu.settings.public_base_url.startswith("https://"),
        WTF_CSRF_CHECK_DEFAULT=False,  # platforms and the mini-program come without; see guard
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a page may stay open over lunch
    )
    CSRFProtect(app)
    logins = LoginManager(app)
    logins.user_loader(sessions.operator_of)
    languages.init_app(app)
    app.register_blueprint(console)
