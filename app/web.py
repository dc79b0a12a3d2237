"""The web app: its doors, put together. Each door is a blueprint of its own."""

import structlog
from apiflask import APIFlask
from flask import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from werkzeug.routing import IntegerConverter

from app import api, commands, console, h5, row_ids, start, webhook
from app.gauges import HouseGauges
from app.wiring import Siyu

_log = structlog.get_logger(__name__)


class _Number(IntegerConverter):
    """``<int:…>`` in an address: where no column can hold the number, there is nothing."""

    regex = rf"\d{{1,{row_ids.DIGITS_MAX}}}"


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
    app.url_map.converters["int"] = _Number
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
            session.execute(text("SELECT 1"))  # in trouble: 503, see below
        return Response("ok", mimetype="text/plain")

    @app.errorhandler(OperationalError)
    def unavailable(error: OperationalError) -> tuple[Response, int]:
        """The database is away or busy: whoever asked should ask again."""
        _log.error("database trouble", error=str(error.orig))
        return Response("unavailable", mimetype="text/plain"), 503

    registry = CollectorRegistry()
    registry.register(HouseGauges(siyu.database))

    @app.get("/metrics")
    @app.doc(hide=True)
    def metrics() -> Response:
        return Response(generate_latest(registry) + generate_latest(), mimetype=CONTENT_TYPE_LATEST)
