"""One order, two orders: English counts as it should, in the console and on members' pages."""

import re
from typing import Any

import pytest
from babel.messages.pofile import read_po
from flask_babel import gettext, lazy_gettext

from app.console import languages, plurals
from app.domain import english
from app.domain.loyalty.standing import tier_words
from app.domain.loyalty.standing.periods import Period
from app.domain.loyalty.standing.tier_terms import Condition, Measure
from tests.console_desk import Desk
from tests.world import World

# After a place stands a word in the plural, or a verb that the number rules.
COUNTS = re.compile(r"%\(\w+\)s%{0,2} (?:[a-z]+ )?(?:[a-z]+s|are|were|have)\b")
COUNT_NOTHING = (
    *(
        "%(n)s is on",
        "%(n)s is on the",
        "%(at)s; the",
        "%(p)s): some",
        "%(name)s has",
        "%(who)s is",
        "%(name)s it is",
    ),
    *("%(word)s now", "%(word)s is", "%(number)s is", "%(name)s brings", "%(name)s was"),
    *("%(who)s takes", "%(who)s stands", "%(n)s has", "%(sku)s begins"),
)


def test_every_count_in_the_english_words_agrees_with_its_number() -> None:
    with (languages.TRANSLATIONS / "en/LC_MESSAGES/messages.po").open("rb") as source:
        written = [str(message.string) for message in read_po(source) if message.id]
    bare = [
        said
        for said in written
        for found in COUNTS.finditer(said)
        if not said[found.start() :].startswith(COUNT_NOTHING)
    ]
    assert bare == []


@pytest.mark.parametrize(
    ("said", "places", "heard"),
    [
        ("%(n)s {order|orders}", {"n": 1}, "1 order"),
        ("%(n)s {order|orders}", {"n": "1"}, "1 order"),
        ("%(n)s {order|orders}", {"n": 0}, "0 orders"),
        ("%(n)s {order|orders}", {"n": 21}, "21 orders"),
        ("%(a)s {day|days} of %(b)s {month|months}", {"a": 1, "b": 2}, "1 day of 2 months"),
        ("%(n)s {is|are} meant, %(n)s {time|times}", {"n": 1}, "1 is meant, 1 time"),
        ("%(name)s, nothing | to choose", {"name": "{a|b}"}, "{a|b}, nothing | to choose"),
    ],
)
def test_what_stands_in_braces_goes_by_the_number_before_it(
    said: str, places: dict[str, Any], heard: str
) -> None:
    assert plurals.agreed(said, places) % places == heard


def test_pages_and_what_is_said_in_python_agree(world: World, desk: Desk) -> None:
    desk.post("/language", {"language": "en", "next": "/console/"})
    app = desk.client.application
    with app.test_request_context("/console/", headers={"Cookie": "siyu_language=en"}):
        assert gettext("%(n)s 天", n=1) == "1 day"
        assert str(lazy_gettext("%(n)s 天", n=2)) == "2 days"
        page = app.jinja_env.from_string('{{ _("%(n)s 天", n=n) }} {{ _("天气") }}')
        assert page.render(n=1) == "1 day 天气"
        assert page.render(n="<b>") == "&lt;b&gt; days 天气"


def test_members_are_told_of_one_day_as_of_two() -> None:
    once = Condition(measure=Measure.ORDERS, at_least=1, over=Period(kind="months", count=1))
    assert tier_words.condition(once)[1] == "1 order in the last 1 month"
    assert english.counted(2000, "point") == "2,000 points"
    ordinals = [english.ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 111)]
    assert ordinals == ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "111th"]
