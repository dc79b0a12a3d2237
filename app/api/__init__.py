"""The API for the mini-program and for the shops' systems: `/api/v1`, JSON in and out, described by
`/api/openapi.json`.

A door like the others: what a member does here is kept in the inbox and handled by the worker; the
answer tells what came of it. Everything it refuses, it refuses in one shape (``refusals``).
"""

from apiflask import APIFlask

from app.api import coupons, docs, login, members, orders, refusals, sign_ins
from app.api.rates import Rates
from app.wiring import Siyu


def init_app(app: APIFlask, siyu: Siyu) -> None:
    """Adds the API to the app, after all other doors: it keeps them out of its description."""
    app.extensions["siyu_rates"] = Rates(siyu.redis)
    for part in (login, members, sign_ins, orders, coupons):
        app.register_blueprint(part.blueprint, url_prefix="/api/v1")
    refusals.init_app(app)
    docs.init_app(app)
