"""How our pages leave the house: rendered, or leading on; with headers that keep what stands in
their addresses between her and us, and let nothing run but scripts of our own."""

from flask import Response, current_app, make_response, redirect, render_template

from app.wiring import Siyu

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # a token in the address stays between her and us
    "X-Robots-Tag": "noindex",
}
PAGE_HEADERS = HEADERS | {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
}


def siyu() -> Siyu:
    house: Siyu = current_app.extensions["siyu"]
    return house


def page(template: str, status: int = 200, **values: object) -> Response:
    response = make_response(render_template(f"h5/{template}", **values), status)
    response.headers.update(PAGE_HEADERS)
    return response


def led_to(address: str, status: int = 302) -> Response:
    response = make_response(redirect(address, status))
    response.headers.update(HEADERS)
    return response
