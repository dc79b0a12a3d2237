"""Reasons in words: every one that has a place says of what, in both languages."""

import pytest
from flask_babel import force_locale

from app.console.saying.reason_words import WORDS, reason_in_words
from tests.world import World


@pytest.mark.parametrize(
    ("reason", "zh", "en"),
    [
        ("tag_missing:油性发质", "缺少标签「油性发质」", "油性发质"),
        ("cap:marketing/week", "已到频次上限（营销 每周）", "week"),
        ("not_confirmed", "没有员工确认", "staff"),
        ("40001 invalid credential", "40001 invalid credential", "40001 invalid credential"),
        ("", "", ""),
    ],
)
def test_a_reason_is_said_as_an_operator_would(
    world: World, translations: None, reason: str, zh: str, en: str
) -> None:
    with world.client.application.test_request_context("/console/"):
        with force_locale("zh"):
            assert reason_in_words(reason) == zh
        with force_locale("en"):
            assert en in reason_in_words(reason)


def test_no_reason_loses_what_it_is_about(world: World, translations: None) -> None:
    with world.client.application.test_request_context("/console/"):
        for locale in ("zh", "en"):
            with force_locale(locale):
                said = [reason_in_words(f"{name}:100%") for name in WORDS]
            assert not [words for words in said if "%(" in words]
