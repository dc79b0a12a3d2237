"""The pages members open in WeChat: radar links, and the member centre behind a login."""

from flask import Flask

from app.h5 import coupons, forms, logins, members, opt_outs, radar_links


def init_app(app: Flask) -> None:
    for part in (radar_links, logins, members, opt_outs, coupons, forms):
        app.register_blueprint(part.blueprint)
