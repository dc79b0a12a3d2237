"""Pinyin: keywords typed in letters, by whole syllables. "wo shi minganji" says 敏感肌; "xianhua"
does not say 西安, which is typed "xi an", since its letters in one run are those of 先 as well."""

import re
from functools import cache, lru_cache


@lru_cache(maxsize=4096)
def spellings(word: str) -> tuple[str, ...]:
    """How a Chinese word is typed: syllable by syllable, and in one run where that cannot be read
    as fewer syllables. None for other words, and for a single character, whose syllable is that
    of too many others."""
    if len(word) < 2 or not all("\u4e00" <= character <= "\u9fff" for character in word):
        return ()
    from pypinyin import Style, lazy_pinyin  # here: its dictionary takes time to load

    typed = lazy_pinyin(word, style=Style.NORMAL)
    run, apart = "".join(typed), " ".join(typed)
    return (apart, run) if _fewest(run) == len(typed) else (apart,)


def is_whole(text: str, start: int, end: int) -> bool:
    """Whether the letters around ``text[start:end]`` are whole syllables of their own."""
    first, last = start, end
    while first > 0 and _is_letter(text[first - 1]):
        first -= 1
    while last < len(text) and _is_letter(text[last]):
        last += 1
    pattern = _in_syllables()
    return bool(pattern.fullmatch(text[first:start]) and pattern.fullmatch(text[end:last]))


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _fewest(letters: str) -> int:
    """Of how few syllables these letters can be made; 0 when of none."""
    fewest = {0: 0}
    for end in range(1, len(letters) + 1):
        ways = [
            fewest[start] + 1 for start in fewest if start < end and letters[start:end] in _known()
        ]
        if ways:
            fewest[end] = min(ways)
    return fewest.get(len(letters), 0)


@cache
def _known() -> frozenset[str]:
    from pypinyin.constants import Style
    from pypinyin.pinyin_dict import pinyin_dict
    from pypinyin.style import convert

    syllables = {
        convert(reading, Style.NORMAL, strict=False).replace("ü", "v")
        for readings in pinyin_dict.values()
        for reading in readings.split(",")
    }
    return frozenset(s for s in syllables if s.isascii() and s.isalpha() and len(s) > 1) | set(
        "aeo"
    )


@cache
def _in_syllables() -> "re.Pattern[str]":
    import re2  # in linear time, however long the letters run

    pattern: re.Pattern[str] = re2.compile("(?:" + "|".join(sorted(_known())) + ")*")
    return pattern
