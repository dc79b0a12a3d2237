"""Every table there is: importing this makes them all known to each other and to migrations."""

from app import inbox, lanes, outbox
from app.db import Base
from app.domain import imports
from app.domain.insight import (
    articles,
    corp_tags,
    figure_changes,
    figure_rules,
    figure_tags,
    figurings,
    form_submissions,
    forms,
    keyword_hits,
    keyword_parts,
    keyword_previews,
    keywords,
    member_figures,
    mirrored_tags,
    products,
    radar,
    radar_readers,
    radar_sums,
    radar_thresholds,
    radar_views,
    segments,
    synonyms,
    tag_exclusions,
    tags,
)
from app.domain.loyalty import (
    balances,
    corrections,
    entries,
    holds,
    lots,
    orders,
    points,
    quizzes,
    seals,
    sign_ins,
    verifications,
)
from app.domain.loyalty.earning import claims, earnings
from app.domain.loyalty.earning import rules as earning_rules
from app.domain.loyalty.item_codes import batches, pieces
from app.domain.loyalty.referrals import referrals, terms
from app.domain.loyalty.spending import (
    blind_boxes,
    cash_points,
    cash_terms,
    coupons,
    draws,
    lotteries,
    prizes,
    redemptions,
    refusals,
    reward_codes,
    rewards,
)
from app.domain.loyalty.standing import (
    benefits,
    membership_cards,
    memberships,
    standings,
    tier_schemes,
    tiers,
)
from app.domain.outreach import (
    approvals,
    broadcasts,
    group_welcomes,
    halts,
    manners,
    mass_messages,
    menus,
    message_templates,
    moments,
    staff_messages,
    todos,
    touches,
)
from app.domain.outreach.allowances import limits, mass_months, subscribe_grants
from app.domain.outreach.journeys import enrolments, journey_marks, plan_clocks, plans, winner_rules
from app.domain.outreach.live_codes import live_code_terms, rosters
from app.domain.outreach.materials import content_uses, materials, media, spoken_materials
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
    merges,
    operators,
    partner_keys,
    staff,
    ways_in,
)
from app.sending import call_rates, reports

MODULES = (
    *(api_sessions, channels, consents, groups, kf_accounts, live_codes, members, operators),
    *(archives, merges, contacts, customer_groups, partner_keys, staff, ways_in),
    *(balances, batches, claims, corrections, earning_rules, earnings, holds, pieces),
    *(coupons, entries, lots, orders, points, quizzes, sign_ins, tiers),
    *(seals, verifications),
    *(referrals, terms),
    *(benefits, membership_cards, memberships, standings, tier_schemes),
    *(balances, holds),
    *(cash_points, cash_terms),
    *(blind_boxes, draws, lotteries, prizes, redemptions, refusals, reward_codes, rewards),
    *(keyword_hits, keyword_parts, keyword_previews, synonyms, tag_exclusions),
    *(articles, form_submissions, radar_readers, radar_sums, radar_thresholds, radar_views),
    *(corp_tags, forms, keywords, mirrored_tags, radar, segments, tags),
    *(figure_changes, figure_rules, figure_tags, figurings, member_figures, products),
    *(mass_messages, mass_months, message_templates, reports, subscribe_grants),
    *(approvals, enrolments, journey_marks, plan_clocks, winner_rules),
    *(group_welcomes, limits, media, menus, moments, plans, staff_messages, todos),
    *(broadcasts, live_code_terms, halts, manners, rosters, touches),
    *(content_uses, materials, spoken_materials),
    *(call_rates, imports, inbox, lanes, outbox),
)
metadata = Base.metadata
