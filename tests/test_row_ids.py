"""Numbers in addresses and forms that no column can hold are not there, whoever asks for them."""

import re
from collections.abc import Iterator

import pytest
from werkzeug.routing import Rule

from app import row_ids
from tests.console_desk import Desk
from tests.world import World

TOO_LARGE, LARGEST = "99999999999999999999", str(row_ids.ID_MAX)


def rules(world: World, *, numbered: bool) -> Iterator[Rule]:
    for rule in world.client.application.url_map.iter_rules():
        if ("<int" in rule.rule) == numbered and not rule.rule.startswith("/callback/"):
            yield rule


def address(rule: Rule, number: str) -> str:
    first = re.sub(r"<any\((\w+)[^)]*\):\w+>", r"\1", rule.rule)
    return re.sub(r"<(?:(\w+)[^:>]*:)?\w+>", lambda it: number if it[1] == "int" else "x", first)


@pytest.mark.parametrize("number", [TOO_LARGE, LARGEST])
def test_no_page_breaks_on_a_number_that_is_no_row(world: World, desk: Desk, number: str) -> None:
    asked = [(rule, it) for rule in rules(world, numbered=True) for it in rule.methods or ()]
    assert len({rule.rule for rule, _method in asked}) > 150
    how = {"GET": {}, "POST": {"data": {"csrf_token": desk.token("/rules")}}}
    for rule, method in asked:
        if method in how:
            answer = desk.client.open(address(rule, number), method=method, **how[method])
            assert answer.status_code < 500, f"{method} {rule.rule}"
            if number == TOO_LARGE:
                assert answer.status_code in (404, 405), f"{method} {rule.rule}"
                assert answer.is_json == rule.rule.startswith("/api/"), "people are told in words"


@pytest.mark.parametrize("number", [TOO_LARGE, LARGEST, f"-{TOO_LARGE}"])
def test_no_list_breaks_on_a_number_that_is_no_row(world: World, desk: Desk, number: str) -> None:
    names = ("before", "after", "tag", "tier", "reward", "member", "plan", "broadcast", "since_s")
    asked = dict.fromkeys((*names, "from", "to", "done", "channel"), number)
    for rule in rules(world, numbered=False):
        if "GET" in (rule.methods or ()) and "<" not in rule.rule:
            answer = desk.client.get(rule.rule, query_string=asked)
            assert answer.status_code < 500, rule.rule


def test_what_is_no_number_is_no_id() -> None:
    assert [row_ids.read_or_none(it) for it in ("7", "", "x", "七", "-1", TOO_LARGE)] == [
        7,
        *[None] * 5,
    ]
    with pytest.raises(ValueError, match=TOO_LARGE):
        row_ids.read(TOO_LARGE)
