"""Codes on pieces: what can be told from one, and what cannot."""

import csv
import io
import random
import zipfile
from datetime import UTC, datetime
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.domain.loyalty.item_codes import batches, codes, places
from app.domain.loyalty.item_codes.batches import BadBatch, Terms
from app.domain.loyalty.item_codes.codes import SIZE_MAX, Maker
from app.domain.loyalty.item_codes.places import Place
from app.domain.people.invites import ALPHABET
from app.domain.vault import Vault
from app.exports.item_code_sheets import BadRange, Sheet
from app.spreadsheets import writing

NOW = datetime(2026, 11, 2, tzinfo=UTC)
VAULT = Vault(b"the vault of these tests")
numbers = st.integers(1, SIZE_MAX)
keys = st.binary(min_size=32, max_size=32)


@given(batch=st.integers(1, codes.BATCH_MAX), key=keys, number=numbers)
def test_a_code_leads_back_to_its_piece(batch: int, key: bytes, number: int):
    maker = Maker(batch, key)
    code = maker.code(number)
    assert len(code) == codes.CODE_CHARS
    assert set(code) <= set(ALPHABET)
    assert (codes.batch_of(code), maker.number(code)) == (batch, number)


@given(key=keys, number=numbers, at=st.integers(4, 19), letter=st.sampled_from(ALPHABET))
def test_with_one_letter_changed_it_is_nobodys(key: bytes, number: int, at: int, letter: str):
    maker = Maker(1, key)
    code = maker.code(number)
    changed = code[:at] + letter + code[at + 1 :]
    assert maker.number(changed) == (number if changed == code else None)


def test_a_hundred_thousand_guesses_hit_nothing():
    maker, dice = Maker(1, bytes(32)), random.Random(2026)
    guesses = ("0001" + "".join(dice.choices(ALPHABET, k=16)) for _ in range(100_000))
    assert not any(maker.number(guess) for guess in guesses)


def test_codes_that_follow_each_other_look_like_chance():
    made = list(Maker(7, bytes(range(32))).codes(1, 2_000))
    assert len(set(made)) == 2_000
    for one, other in combinations(made[:50], 2):
        alike = sum(a == b for a, b in zip(one[4:], other[4:], strict=True))
        assert alike < 8, (one, other)
    for at in range(4, 20):
        seen = [code[at] for code in made]
        assert max(map(seen.count, set(seen))) < 2_000 / 32 * 2


def test_another_batch_knows_nothing_of_it():
    code = Maker(1, bytes(32)).code(5)
    assert Maker(1, b"k" * 32).number(code) is None


@pytest.mark.parametrize("written", ["{0}", " {0}\n", "{1}", "{2}", "{3}"])
def test_however_it_is_set_off_it_is_the_same_code(written: str):
    code = Maker(11, bytes(32)).code(1)
    look_alikes = code.replace("0", "o").replace("1", "l")
    said = written.format(code, codes.in_fours(code).lower(), look_alikes, " ".join(code))
    assert codes.normal(said) == code


@pytest.mark.parametrize("text", ["", "0001", "U" * 20, "0" * 21, "零" * 20, "0001-ABC!" * 2])
def test_what_cannot_be_a_code_is_none(text: str):
    assert codes.normal(text) is None


def test_a_batch_knows_its_pieces_and_no_more(session: Session):
    batch = batches.make(session, Terms("双十一", "洗发水"), 10, VAULT, NOW)
    maker = batches.maker(batch, VAULT)
    found = batches.piece(session, codes.in_fours(maker.code(10)), VAULT)
    assert found == (batch, 10)
    assert batches.piece(session, maker.code(11), VAULT) is None, "never printed"
    assert batches.piece(session, Maker(99, bytes(32)).code(1), VAULT) is None
    for wrong in (Terms("负", "洗", points=-1), Terms("零", "洗", looks_max=0)):
        with pytest.raises(BadBatch):
            batches.make(session, wrong, 10, VAULT, NOW)
    with pytest.raises(BadBatch):
        batches.make(session, Terms("空", "洗"), 0, VAULT, NOW)


def test_what_is_printed_leads_to_the_page_of_the_piece(session: Session):
    batch = batches.make(session, Terms("双十一", "洗发水"), 120, VAULT, NOW)
    sheet = Sheet(batch, 99, 101, VAULT, "https://shop.example")
    rows = list(csv.reader(io.StringIO("".join(writing.as_csv(sheet.rows())))))[1:]
    maker = batches.maker(batch, VAULT)
    assert [row[0] for row in rows] == ["99", "100", "101"]
    assert [row[2] for row in rows] == [
        f"https://shop.example/h5/c/{maker.code(number)}" for number in (99, 100, 101)
    ]
    with zipfile.ZipFile(io.BytesIO(b"".join(sheet.pictures()))) as file:
        assert file.testzip() is None
        names = file.namelist()
        assert names == [f"{number:03}-{maker.code(number)}.svg" for number in (99, 100, 101)]
        drawn = {file.read(name) for name in names}
    assert len(drawn) == 3
    assert all(picture.startswith(b"<?xml") for picture in drawn)
    for first, last in ((0, 1), (5, 4), (1, 121)):
        with pytest.raises(BadRange):
            Sheet(batch, first, last, VAULT, "")


def test_places_are_as_far_apart_as_on_a_map():
    shanghai, hangzhou = Place(3123, 12147), Place(3027, 12016)
    assert 160 < places.apart_km(shanghai, hangzhou) < 170
    assert places.apart_km(Place(0, 17999), Place(0, -17999)) < 3
    assert places.near(Place(3030, 12020)) == "杭州"
    assert places.near(Place(0, -15000)) == "0.00°N 150.00°W"
    assert places.place(91, 0) is None
    assert places.place(float("nan"), 0) is None
