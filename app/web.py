"""The web app: its doors, put together. Each door is a blueprint of its own."""

from apiflask import APIFlask
from flask import Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from app import api, commands, console, h5, start, webhook
from app.wiring import Siyu


def create_app(siyu: Siyu, *, serving: bool = True) -> APIFlask:
    """The app for a wired house. ``serving``: refuse to start when the house is not in order."""
    if serving:
        start.ready(siyu)
    app = APIFlask("app", title="Siyu", version="1", spec_path="/api/openapi.json", docs_path=None)
    app.config.update(
        SECRET_KEY=siyu.settings.secret(),
        MAX_CONTENT_LENGTH=1024 * 1024,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.extensions["siyu"] = siyu
    webhook.add_to(app, siyu)
    console.init_app(app, siyu)
    h5.init_app(app)
    api.init_app(app, siyu)
    _add_health(app, siyu)
    commands.add_to(app, siyu)
    return app


def _add_health(app: APIFlask, siyu: Siyu) -> None:
    @app.get("/healthz")
    @app.doc(hide=True)
    def healthz() -> Response:
        """The process is alive."""
        return Response("ok", mimetype="text/plain")

    @app.get("/readyz")
    @app.doc(hide=True)
    def readyz() -> Response:
        """The database answers, so callbacks can be kept."""
        with siyu.database.reading() as session:
            session.execute(text("SELECT 1"))
        return Response("ok", mimetype="text/plain")

    @app.get("/metrics")
    @app.doc(hide=True)
    def metrics() -> Response:
        return Response(generate_latest(), mimetype=CONTENT_TYPE_LATEST)
