"""What may stand in a subscribe message: cut where nothing is lost by it, else refused."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.subscribe_fields import BadField, cut, fitted, fitted_all, length

SEEN_AS_ONE = ["字", "a", "😀", "e\u0301", "👩\u200d👩\u200d👧", "🇨🇳", "👍🏽", "❤\ufe0f", "ก\u0e33"]

FITS = {
    "thing1": ["巴旦木", "A" * 20, "😀" * 10],
    "name2": ["林夏", "Lin Xia Lin Xia Lin ", "一二三四五六七八九十"],
    "number3": ["0", "12.5", "9" * 32],
    "letter4": ["AbC", "z" * 32],
    "symbol5": ["@#$", "《》"],
    "character_string6": ["NO-2026/11 #7", "x" * 32],
    "phone_number7": ["13812345678", "+86-0766-66888866"],
    "car_number8": ["粤A8Z888挂", "京A12345"],
    "phrase9": ["已发货", "五个字整整"],
    "time10": ["15:01", "2026年11月1日 15:01"],
    "date11": ["2026年11月1日", "2026-11-01", "2026年11月1日 15:01:59"],
    "amount12": ["¥12.50元", "0", "1234567890.12"],
}
DOES_NOT = {
    "thing1": ["", " \n ", "\u0301" * 30],
    "number3": ["一", "-", "1,000", "9" * 33],
    "letter4": ["a b", "字", "z" * 33],
    "symbol5": ["a", "@#$%^&"],
    "character_string6": ["字", "x" * 33],
    "phone_number7": ["138123456789012345", "电话"],
    "car_number8": ["粤A8Z888挂挂挂", "A-1"],
    "phrase9": ["abc", "六个字整整了"],
    "time10": ["24:00", "3pm"],
    "date11": ["2026年13月1日", "2026-11/01", "明天"],
    "amount12": ["12345678901", "1.234", "€€1"],
    "colour13": ["red"],
    "7": ["x"],
    "": ["x"],
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n in FITS for v in FITS[n]])
def test_what_fits_is_sent_as_it_is(name: str, value: str) -> None:
    assert fitted(name, value) == value.strip()


@pytest.mark.parametrize(("name", "value"), [(n, v) for n in DOES_NOT for v in DOES_NOT[n]])
def test_what_does_not_fit_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(BadField) as refusal:
        fitted_all({name: value})
    assert refusal.value.name == name


def test_a_name_of_latin_letters_may_be_twice_as_long() -> None:
    assert fitted("name1", "A" * 30) == "A" * 19 + "…"
    assert fitted("name1", "阿" * 30) == "阿" * 9 + "…"
    assert fitted("name1", "阿" + "A" * 30) == "阿" + "A" * 8 + "…"


def test_lines_become_one() -> None:
    assert fitted("thing1", " 杏仁\n\n  两包 ") == "杏仁 两包"


@given(st.lists(st.sampled_from(SEEN_AS_ONE)).map("".join), st.integers(1, 40))
def test_a_cut_never_divides_what_is_seen_as_one_character(text: str, most: int) -> None:
    kept = cut(text, most)
    assert length(kept) <= most
    if kept != text and kept:
        rest = text.removeprefix(kept.removesuffix("…"))
        assert kept.endswith("…")
        assert not unicodedata.category(rest[0]).startswith("M")
        assert "\u200d" not in (rest[0], kept[-2])
        assert rest[0] not in "\ufe0f🏽"


@given(st.text())
def test_whatever_is_said_a_thing_is_at_most_twenty_or_refused(text: str) -> None:
    try:
        assert 0 < length(fitted("thing1", text)) <= 20
    except BadField:
        assert not text.strip() or length(text) > 20


@given(st.lists(st.sampled_from("🇨🇳🇩🇪"), max_size=60).map("".join))
def test_a_flag_is_never_halved(text: str) -> None:
    kept = cut(text, 20).removesuffix("…")
    assert len(kept) % 2 == 0 or kept == text
