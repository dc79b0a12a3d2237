"""中文 first, English by a switch that a cookie remembers.

The source strings are Chinese. How the English counts is in ``plurals``. After changing some:
    pybabel extract -F app/console/translations/babel.cfg -k lazy_gettext -o /tmp/console.pot .
    pybabel update -N --no-wrap -i /tmp/console.pot -d app/console/translations -l en
"""

from pathlib import Path

from flask import Flask, request
from flask_babel import Babel

from app.console import plurals

LANGUAGES = ("zh", "en")
COOKIE = "siyu_language"
TRANSLATIONS = Path(__file__).parent / "translations"


def init_app(app: Flask) -> None:
    Babel(
        app,
        default_locale="zh",
        locale_selector=language,
        default_translation_directories=str(TRANSLATIONS),
    )
    plurals.init_app(app)
    app.jinja_env.filters["in_language"] = in_language


def language() -> str:
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def in_language(said: object) -> str:
    """Of something that is said in both languages (``zh``, ``en``), the operator's."""
    return str(getattr(said, language()))
