"""Plurals: English counts as it should, "1 order" and "2 orders".

In the English words ``{one|more}`` depends on the number that stands last before it:
``%(orders)s {order|orders} of %(n)s {buyer|buyers}``. gettext's own plurals know one number a
message, and many of ours have two or three; Chinese has no plurals, so its words carry none.
"""

import re
from collections.abc import Mapping

from flask import Flask
from flask_babel import Domain, get_translations
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

_CHOICE = re.compile(r"%\((?P<place>\w+)\)s|\{(?P<one>[^{}|]*)\|(?P<more>[^{}|]*)\}")


class AgreeingDomain(Domain):
    """As Flask-Babel's, for what is said in Python."""

    def gettext(self, string: str, **variables: object) -> str:
        said = str(self.get_translations().ugettext(string))
        return agreed(said, variables) % variables if variables else said


def init_app(app: Flask) -> None:
    app.extensions["babel"].instance.domain_instance = AgreeingDomain()
    app.jinja_env.globals.update(gettext=_in_template, _=_in_template)


def agreed(said: str, variables: Mapping[str, object]) -> str:
    """The words with the right one of each choice, its places still to be filled."""
    is_one = False

    def chosen(found: re.Match[str]) -> str:
        nonlocal is_one
        place = found["place"]
        if place is None:
            return found["one"] if is_one else found["more"]
        is_one = str(variables.get(place)).strip() == "1"
        return found[0]

    return _CHOICE.sub(chosen, said) if "|" in said else said


@pass_context
def _in_template(context: Context, string: str, **variables: object) -> str:
    said = agreed(str(get_translations().ugettext(string)), variables)
    return (Markup(said) if context.eval_ctx.autoescape else said) % variables  # nosec: our words
