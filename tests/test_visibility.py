"""Conditional questions: what is asked, and that the page and the server never differ about it."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from app.domain.insight import answering, questions, visibility
from app.domain.insight.visibility import OPERATIONS, ShownIf

SCRIPT = Path(answering.__file__).parents[2] / "h5" / "static" / "visibility.js"
WORDS = ("油", "干", "10", "9.5", "-3", "007", "1e3", " 油 ", "", "油\n干", "　干", "１０", "😀")


def asked(given: dict[str, list[str]], *conditions: tuple[str, ShownIf | None]) -> list[str]:
    return visibility.asked(conditions, given)


@pytest.mark.parametrize(
    ("operation", "values", "given", "is_asked"),
    [
        ("is_any", ("油", "干"), ["干"], True),
        ("is_any", ("油",), ["干"], False),
        ("is_none", ("油",), ["干"], True),
        ("is_none", ("油",), [], False),
        ("contains", ("痘",), ["长了痘痘"], True),
        ("at_least", ("18",), ["18"], True),
        ("at_least", ("18",), ["17.9"], False),
        ("at_least", ("18",), ["十八"], False),
        ("at_most", ("6",), ["6"], True),
        ("answered", (), [" "], False),
        ("answered", (), ["x"], True),
    ],
)
def test_a_question_is_asked_when_its_condition_is_met(
    operation: str, values: tuple[str, ...], given: list[str], is_asked: bool
):
    wanted = ShownIf("q1", operation, values)
    found = asked({"q1": given}, ("q1", None), ("q2", wanted))
    assert found == (["q1", "q2"] if is_asked else ["q1"])


def test_what_hangs_on_a_question_that_is_not_asked_is_not_asked_either():
    chain = (("q1", None), ("q2", ShownIf("q1", "is_any", ("油",))))
    last = ("q3", ShownIf("q2", "answered"))
    given = {"q1": ["干"], "q2": ["左"], "q3": ["x"]}
    assert asked(given, *chain, last) == ["q1"]
    assert asked(given | {"q1": ["油"]}, *chain, last) == ["q1", "q2", "q3"]


def test_what_was_not_asked_is_neither_missed_nor_kept():
    form = questions.parse(
        [
            {"key": "q1", "kind": "single", "label": "?", "options": ["油", "干"]},
            {
                "key": "q2",
                "kind": "text",
                "label": "?",
                "required": True,
                "shown_if": {"question": "q1", "operation": "is_any", "values": ["油"]},
            },
        ]
    )
    assert answering.read(form, {"q1": ["干"], "q2": ["x"]}) == {"q1": ["干"]}
    with pytest.raises(answering.BadAnswers):
        answering.read(form, {"q1": ["油"]})


@pytest.mark.parametrize(
    "wanted",
    [
        {"question": "q2", "operation": "answered", "values": []},
        {"question": "q9", "operation": "answered", "values": []},
        {"question": "q1", "operation": "like", "values": ["a"]},
        {"question": "q1", "operation": "is_any", "values": []},
        {"question": "q1", "operation": "at_least", "values": ["many"]},
        {"question": "q1", "operation": "answered", "values": ["a"]},
    ],
)
def test_a_condition_is_of_an_earlier_question_and_names_what_it_wants(wanted: dict[str, Any]):
    rows = [{"key": f"q{n}", "kind": "text", "label": "?"} for n in (1, 2)]
    rows[1]["shown_if"] = wanted
    with pytest.raises(questions.BadQuestions) as bad:
        questions.parse(rows)
    assert bad.value.problems == {"q2": "bad_condition"}


def a_case(chance: random.Random) -> dict[str, Any]:
    """A form of some questions, each perhaps hanging on one before it, and some answers."""
    keys = [f"q{number}" for number in range(1, chance.randint(2, 9))]
    rules: list[dict[str, Any]] = []
    for at, key in enumerate(keys):
        wanted = None
        if at and chance.random() < 0.8:
            values = chance.sample(WORDS, chance.randint(1, 3))
            wanted = {
                "question": chance.choice(keys[:at]),
                "operation": chance.choice(OPERATIONS),
                "values": [one for one in values if one],
            }
        rules.append({"key": key, "shown_if": wanted})
    given = {
        key: chance.sample(WORDS, chance.randint(0, 3)) for key in keys if chance.random() < 0.9
    }
    return {"rules": rules, "given": given}


def test_page_and_server_agree_on_every_form_and_every_answer(browser: Browser):
    chance = random.Random(20261102)
    cases = [a_case(chance) for _ in range(5_000)]
    page = browser.new_page()
    page.add_script_tag(path=SCRIPT)
    found = page.evaluate(
        "cases => cases.map(({rules, given}) => askedQuestions(rules, given))", cases
    )
    page.close()
    for case, by_page in zip(cases, found, strict=True):
        conditions = [
            (
                one["key"],
                wanted
                and ShownIf(wanted["question"], wanted["operation"], tuple(wanted["values"])),
            )
            for one in case["rules"]
            for wanted in [one["shown_if"]]
        ]
        assert visibility.asked(conditions, case["given"]) == by_page, json.dumps(case)
    assert len({len(one) for one in found}) > 5, "some are long, some are short"
