"""The API for the mini-program and for the shops' systems: `/api/v1`, JSON in and out, described by
`/api/openapi.json`.

A door like the others: what a member does here is kept in the inbox and handled by the worker; the
answer tells what came of it. Everything it refuses, it refuses in one shape (``refusals``).
"""

from apiflask import APIFlask

from app.api import (
    benefits,
    cash_points,
    coupons,
    docs,
    earning_rules,
    handovers,
    invites,
    item_codes,
    live_streams,
    login,
    lotteries,
    members,
    order_claims,
    orders,
    refusals,
    rewards,
    sign_ins,
    statements,
)
from app.rates import Rates
from app.wiring import Siyu


def init_app(app: APIFlask, siyu: Siyu) -> None:
    """Adds the API to the app, after all other doors: it keeps them out of its description."""
    app.extensions["siyu_rates"] = Rates(siyu.redis)
    of_members = (login, members, earning_rules, sign_ins, order_claims, coupons)
    spending = (rewards, handovers, lotteries, cash_points)
    for part in (*of_members, *spending, invites, statements, orders, live_streams, item_codes):
        app.register_blueprint(part.blueprint, url_prefix="/api/v1")
    app.register_blueprint(benefits.blueprint, url_prefix="/api/v1")
    refusals.init_app(app)
    docs.init_app(app)
