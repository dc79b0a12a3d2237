"""English stands beside all the Chinese there is."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from app.console import languages
from tests.console_desk import Desk

CONSOLE = Path(languages.__file__).parent
KEYWORDS = {"_": None, "_l": None, "gettext": None}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SHOWN_AS_WRITTEN = {"例如：头发总是很油怎么办"}  # an example of what members say


@pytest.fixture(scope="module")
def english() -> Catalog:
    with (languages.TRANSLATIONS / "en/LC_MESSAGES/messages.po").open("rb") as source:
        return read_po(source)


def in_source() -> set[str]:
    found = extract_from_dir(
        CONSOLE, method_map=[("**.py", "python"), ("**.html", "jinja2")], keywords=KEYWORDS
    )
    return {str(message) for _file, _line, message, _comments, _context in found}


def test_every_string_is_translated_and_none_is_left_over(english: Catalog) -> None:
    assert {str(message.id) for message in english if message.id} == in_source()


def test_translations_are_english_with_the_same_places_to_fill(english: Catalog) -> None:
    for message in english:
        assert message.string or not message.id, message.id
        assert not message.fuzzy, message.id
        if message.id not in SHOWN_AS_WRITTEN:
            assert not CHINESE.search(str(message.string)), message.string
        places = [sorted(re.findall(r"%\(\w+\)s", str(t))) for t in (message.id, message.string)]
        assert places[0] == places[1], message.id


def test_no_chinese_in_a_template_escapes_translation() -> None:
    for template in sorted(CONSOLE.rglob("*.html")):
        text = re.sub(r"\{#.*?#\}", "", template.read_text(), flags=re.S)
        plain = re.sub(r"_\(\s*(\"[^\"]*\"|'[^']*')", "", text)
        left = [line for line in plain.splitlines() if CHINESE.search(line)]
        assert set(left) <= {line for line in left if "中文" in line or "nickname|亲" in line}


def test_a_switch_changes_the_language_and_a_cookie_keeps_it(desk: Desk) -> None:
    assert '<html lang="zh-CN">' in desk.read("/members")
    answer = desk.post("/language", {"language": "en", "next": "/console/members"})
    assert answer.location == "/console/members"
    page = desk.read("/members")
    assert '<html lang="en">' in page
    assert "Keyword rules" in page
    desk.post("/language", {"language": "xx", "next": "/console/"})
    assert "Keyword rules" in desk.read("/members"), "there is no such language"
    desk.post("/language", {"language": "zh", "next": "/console/"})
    assert "关键词规则" in desk.read("/members")
