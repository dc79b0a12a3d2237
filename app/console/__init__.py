"""The console: where operators see why everything happened, and change the rules.

Pages are made on the server, one module a page; htmx exchanges parts of them. Everything but the
log-in asks for an operator, and every change for a token of her own (``frame.guard``).
"""

from datetime import timedelta

from flask import Flask
from flask_login import LoginManager
from flask_wtf import CSRFProtect

from app.console import (
    approvals,
    audit,
    broadcast_editor,
    broadcast_recipients,
    broadcast_words,
    broadcasts,
    channels,
    coupons,
    earning,
    errors,
    experiments,
    forms,
    front,
    group_welcomes,
    groups,
    halts,
    kf,
    languages,
    limit_words,
    limits,
    live_codes,
    manners,
    mass,
    materials,
    media,
    member,
    member_manners,
    member_plans,
    members,
    menu_words,
    menus,
    message_templates,
    mini_codes,
    mirrored_tags,
    moments,
    operators,
    orders,
    partner_keys,
    pipeline,
    plan,
    plan_editor,
    plan_gallery,
    plan_preview,
    plan_versions,
    plan_words,
    plans,
    platform_view,
    qr_codes,
    quizzes,
    quota_plans,
    radar,
    rehearsals,
    rule_trials,
    rules,
    sessions,
    staff_messages,
    stories,
    todos,
    way_words,
    ways_in,
    wecom,
    why,
    words,
)
from app.console.frame import console
from app.wiring import Siyu

PAGES = (
    *(sessions, front, media, members, member, rules, rule_trials, plans, plan_editor, plan),
    *(materials, plan_gallery, quizzes, channels, groups, live_codes, qr_codes, mini_codes),
    *(radar, quota_plans, earning, limits, approvals),
    *(radar, earning, limits, approvals),
    *(plan_preview, plan_versions, member_plans),
    *(pipeline, staff_messages, moments, group_welcomes, kf, mirrored_tags),
    *(platform_view, operators, audit, manners, member_manners, halts),
    *(forms, orders, coupons, partner_keys, todos),
    *(words, stories, plan_words, way_words, limit_words, menu_words, errors),
    *(ways_in, wecom, mass, message_templates, menus, rehearsals, why, experiments),
    *(broadcasts, broadcast_editor, broadcast_recipients, broadcast_words),
)
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
