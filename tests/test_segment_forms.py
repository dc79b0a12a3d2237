"""Trees of conditions through the console's form: what is written comes back as it was, and what
nobody should send is refused in words."""

import itertools
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.console.fields import amounts
from app.console.people import segment_fields
from app.domain.insight.segments import Segment
from tagging.segments import kinds, reading
from tests import segment_trees
from tests.console_desk import Desk
from tests.form_reading import form_of
from tests.world import World

NEW, FORM = "/segments/new", "/segments/form"
SHARED = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
_numbers = itertools.count(1)
NAMED = {"key": "fuzz", "name": "随便"}
ODD = st.sampled_from(["", " ", "abc", "²", "-1", "1e9", "NaN", "9" * 40, "9" * 5000, "<b>", "字"])
PLACES = st.lists(
    st.sampled_from(["all", "any", "not", "[0]", "[1]", "[9999]", "is", "was", "", "tag", "]["]),
    max_size=70,
).map(lambda parts: ".".join(["rule", *parts]).replace(".[", "["))
IS = st.sampled_from([*kinds.KINDS, *segment_fields.SWITCHES, "", "nothing", "<b>"])


@pytest.fixture
def database_url(postgres_url: str) -> str:
    """Which minds numbers that are too large, and NUL."""
    return postgres_url


def fields_of(written: dict[str, Any], at: str = "rule") -> MultiDict[str, str]:
    """As a browser would send the tree, had an operator put it together."""
    kind = segment_fields.kind_of(written)
    found: list[tuple[str, str]] = [(f"{at}.is", kind), (f"{at}.was", kind)]
    if kind == "not":
        found += fields_of(written["not"], f"{at}.not").items(multi=True)
    elif kind in segment_fields.SWITCHES:
        for number, part in enumerate(written[kind]):
            found += fields_of(part, f"{at}.{kind}[{number}]").items(multi=True)
    else:
        for field in kinds.KINDS[kind]:
            if field.name not in written:
                continue
            value = written[field.name]
            if isinstance(value, list):
                found += [(f"{at}.{field.name}", str(one)) for one in value]
            else:
                said = amounts.as_yuan(value) if segment_fields.is_money(written, field) else value
                said = str(said).lower() if isinstance(said, bool) else said
                found.append((f"{at}.{field.name}", str(said)))
    return MultiDict(found)


def written_by(number: int) -> dict[str, Any]:
    """A tree by chance; money in whole fen, as it always is."""
    return in_whole_fen(segment_trees.tree(random.Random(number)))


def in_whole_fen(written: Any) -> Any:
    if isinstance(written, list):
        return [in_whole_fen(one) for one in written]
    if not isinstance(written, dict):
        return written
    is_money = written.get("figure") in segment_fields.OF_MONEY
    return {
        name: int(value) if is_money and name in ("least", "most") else in_whole_fen(value)
        for name, value in written.items()
    }


@SHARED
@given(number=st.integers(0, 2**32))
def test_a_tree_goes_through_the_page_and_comes_back_as_it_was(desk: Desk, number: int) -> None:
    written = written_by(number)
    sent = fields_of(written)
    assert segment_fields.definition_in(sent) == written
    shown = desk.post(FORM, {**sent.to_dict(flat=False), "change": ""}, page=NEW)
    assert shown.status_code == 200
    back = segment_fields.definition_in(form_of(shown.text))
    assert reading.parse(back) == reading.parse(written)


@SHARED
@given(
    forged=st.dictionaries(PLACES, ODD, max_size=20),
    known=st.dictionaries(
        st.sampled_from(["rule.is", "rule.all[0].is", "rule.all[0].not.is", "rule.any[3].is"]), IS
    ),
    change=st.one_of(PLACES.map("add:{}".format), PLACES.map("remove:{}".format), ODD),
)
def test_nothing_that_is_forged_breaks_a_page(
    desk: Desk, forged: dict[str, str], known: dict[str, str], change: str
) -> None:
    sent = {**NAMED, **forged, **known}
    for path in (NEW, FORM, "/segments/count"):
        answer = desk.post(path, {**sent, "change": change}, page=NEW)
        assert answer.status_code in (200, 303), path


@SHARED
@given(number=st.integers(0, 2**32), odd=ODD, chance=st.randoms(use_true_random=False))
def test_one_field_gone_wrong_is_told_and_the_rest_kept(
    desk: Desk, number: int, odd: str, chance: random.Random
) -> None:
    sent = fields_of(written_by(number))
    leaves = [name for name in sent if not name.endswith((".is", ".was"))]
    if not leaves:
        return
    name = chance.choice(leaves)
    sent.setlist(name, [odd])
    named = {"key": f"fuzz{next(_numbers)}", "name": "随便"}
    answer = desk.post(NEW, named | sent.to_dict(flat=False), page=NEW)
    assert answer.status_code in (200, 303)
    if answer.status_code == 200:
        assert "invalid-feedback" in answer.text
        shown, typed = (segment_fields.definition_in(one) for one in (form_of(answer.text), sent))
        assert segment_fields.kind_of(shown) == segment_fields.kind_of(typed)


def deep(levels: int) -> MultiDict[str, str]:
    written: dict[str, Any] = {"kind": "tag", "tag": "油性发质"}
    for _ in range(levels):
        written = {"all": [written]}
    return fields_of(written)


@pytest.mark.parametrize("levels", [8, 9, 20, 29, 40, 200])
def test_a_tree_that_is_too_deep_is_refused_in_words(world: World, desk: Desk, levels: int) -> None:
    answer = desk.post(NEW, {**NAMED, **deep(levels).to_dict(flat=False)}, page=NEW)
    assert answer.status_code == 200
    assert "invalid-feedback" in answer.text
    assert world.rows(Segment) == []


@pytest.mark.parametrize(("many", "code"), [(21, 200), (61, 200), (5_000, 413), (20_000, 413)])
def test_a_tree_that_is_too_large_is_refused_in_words(
    world: World, desk: Desk, many: int, code: int
) -> None:
    sent = {"rule.is": "any", **{f"rule.any[{at}].is": "birthday_month" for at in range(many)}}
    for path in (NEW, FORM, "/segments/count"):
        answer = desk.post(path, NAMED | sent, page=NEW)
        assert answer.status_code == code, path
        assert code == 200 or "提交的内容太大" in answer.text
    assert world.rows(Segment) == []
