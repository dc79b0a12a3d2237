"""Products: how long each lasts, when members are reminded, and which are bought together."""

from flask import abort, flash, request
from flask_babel import gettext as _

from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.insight import products as known
from app.domain.insight.products import Product
from app.domain.people import operators

PRODUCTS, PAIRS, DAYS_MAX = 200, 50, 3650


@console.get("/products")
def products() -> Answer:
    with siyu().database.reading() as session:
        shown = known.most_ordered(session, PRODUCTS)
        pairs = known.pairs_together(session, PAIRS)
        skus = {sku for one in pairs for sku in (one.first_sku, one.second_sku)}
        return page(
            "people/products.html", products=shown, pairs=pairs, names=known.names(session, skus)
        )


@console.post("/products/<int:product_id>")
def set_interval(product_id: int) -> Answer:
    try:
        days, remind = (_days(request.form.get(name, "")) for name in ("days", "remind"))
    except ValueError:
        flash(_("天数要是 1 到 3650 的整数，或者留空。"), "danger")
        return go("products")
    now = siyu().clock()
    with siyu().database.writing() as session:
        product = session.get(Product, product_id) or abort(404)
        known.set_interval(session, product.sku, days, remind, now)
        told = {"days": days, "remind_days": remind}
        operators.record(session, operator_id(), "product.interval", product.sku, told, now)
    flash(_("已保存。"))
    return go("products")


def _days(written: str) -> int | None:
    """None for a blank. Raises ValueError."""
    if not written.strip():
        return None
    days = int(written)
    if not 1 <= days <= DAYS_MAX:
        raise ValueError(days)
    return days
