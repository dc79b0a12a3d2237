"""Every table there is: importing this makes them all known to each other and to migrations."""

from app import inbox, lanes, outbox
from app.db import Base
from app.domain.insight import corp_tags, forms, keywords, mirrored_tags, radar, tags
from app.domain.loyalty import (
    coupons,
    earning,
    entries,
    lots,
    orders,
    points,
    quizzes,
    sign_ins,
    tiers,
)
from app.domain.outreach import (
    approvals,
    broadcasts,
    content_uses,
    enrolments,
    group_welcomes,
    halts,
    journey_marks,
    limits,
    manners,
    mass_messages,
    mass_months,
    materials,
    media,
    menus,
    message_templates,
    moments,
    plan_clocks,
    plans,
    staff_messages,
    subscribe_grants,
    todos,
    touches,
    winner_rules,
)
from app.domain.people import (
    api_sessions,
    archives,
    channels,
    consents,
    contacts,
    customer_groups,
    groups,
    kf_accounts,
    live_codes,
    members,
    operators,
    partner_keys,
    staff,
    ways_in,
)
from app.sending import call_rates, reports

MODULES = (
    *(api_sessions, channels, consents, groups, kf_accounts, live_codes, members, operators),
    *(archives, contacts, customer_groups, partner_keys, staff, ways_in),
    *(coupons, earning, entries, lots, orders, points, quizzes, sign_ins, tiers),
    *(corp_tags, forms, keywords, mirrored_tags, radar, tags),
    *(mass_messages, mass_months, message_templates, reports, subscribe_grants),
    *(approvals, enrolments, journey_marks, plan_clocks, winner_rules),
    *(group_welcomes, limits, media, menus, moments, plans, staff_messages, todos),
    *(broadcasts, halts, manners, touches),
    *(content_uses, materials),
    *(call_rates, inbox, lanes, outbox),
)
metadata = Base.metadata
