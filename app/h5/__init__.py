"""The pages members open in WeChat: for now, radar links."""

from flask import Flask

from app.h5 import radar_links


def init_app(app: Flask) -> None:
    app.register_blueprint(radar_links.blueprint)
