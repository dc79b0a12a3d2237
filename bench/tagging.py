"""Keyword rules on lines of chat: against jieba alone, against the bare automaton, and against
themselves with a hundred times the rules. One core; what counts is the processor's time."""

import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from itertools import zip_longest
from pathlib import Path

import jieba
from ahocorasick_rs import AhoCorasick

from app import demo
from bench.rows import Row
from tagging.rules import WordRule
from tagging.words import Tagger

ROUNDS = 5
LINES = 4_000
FEW, USUAL, MANY = 1_000, 10_000, 100_000
CHAT = Path(__file__).resolve().parents[2] / "shared" / "data" / "chat_shop.txt"


def rows() -> list[Row]:
    words, lines = _keywords(MANY), _lines()
    few, usual, many = (_tagger(words[:count]) for count in (FEW, USUAL, MANY))
    automaton, known = AhoCorasick(words[:USUAL]), frozenset(words[:USUAL])
    jieba.lcut(lines[0])
    ours, bare, with_few, with_many = _rates(
        lines,
        usual.read,
        lambda line: automaton.find_matches_as_indexes(line, overlapping=True),
        few.read,
        many.read,
    )
    some = lines[: LINES // 10]  # jieba is slow; its rate does not depend on the number
    (cut,) = _rates(some, lambda line: known.intersection(jieba.lcut(line)))
    name = f"lines read for {USUAL} keyword rules"
    return [
        Row(name, "/s", ours, "jieba alone", cut),
        Row(name, "/s", ours, "the bare automaton", bare),
        Row(f"lines read for {MANY} rules", "/s", with_many, f"for {FEW} rules", with_few),
        _rebuilding(words[:USUAL]),
    ]


def _rebuilding(words: Sequence[str]) -> Row:
    """Rules built anew, against the bare automaton of their words."""
    ours = statistics.median(_seconds(lambda: _tagger(words)) for _ in range(ROUNDS))
    bare = statistics.median(_seconds(lambda: AhoCorasick(words)) for _ in range(ROUNDS))
    return Row(f"{len(words)} rules rebuilt", "/s", 1 / ours, "the bare automaton", 1 / bare)


def _tagger(words: Sequence[str]) -> Tagger:
    return Tagger([WordRule(number, 1, (word,)) for number, word in enumerate(words)])


def _keywords(count: int) -> list[str]:
    """The demo's words, which are what a shop's members say, and then words of jieba's dictionary,
    which are what names of goods are like: many, and each rare. The rules of the demo take turns,
    so that few words are of every tag as many words are."""
    rules = json.loads((Path(demo.__file__).parent / "tag_rules.json").read_text())["rules"]
    plain = [[word for word in rule["words"] if word[0] not in "/*"] for rule in rules]
    ours = [word for turn in zip_longest(*plain) for word in turn if word is not None]
    jieba.initialize()
    others = sorted(word for word, uses in jieba.dt.FREQ.items() if len(word) >= 3 and uses)
    random.Random(7).shuffle(others)
    return list(dict.fromkeys(ours + others))[:count]


def _lines() -> list[str]:
    """Real chat where it is at hand, else sentences around the demo's words."""
    if CHAT.exists():
        said = [line for line in CHAT.read_text().splitlines() if line.strip()]
    else:
        rules = json.loads((Path(demo.__file__).parent / "tag_rules.json").read_text())["rules"]
        words = [w for rule in rules for w in rule["words"][:10] if w[0] not in "/*"]
        said = [f"请问一下，这个{word}的问题怎么办呀？" for word in words]
        said += ["在吗", "好的，谢谢亲", "那我拍下来了", "麻烦快一点可以吗"] * 100
    random.Random(1).shuffle(said)
    return said * (LINES // len(said))


def _rates(lines: Sequence[str], *ways: Callable[[str], object]) -> list[float]:
    """Lines a second of each way, turn and turn about, so that all have the same weather."""
    rates: list[list[float]] = [[] for _ in ways]
    for _ in range(ROUNDS):
        for way, measured in zip(ways, rates, strict=True):
            measured.append(len(lines) / _seconds(lambda way=way: [way(line) for line in lines]))
    return [statistics.median(measured) for measured in rates]


def _seconds(work: Callable[[], object]) -> float:
    began_s = time.process_time()
    work()
    return time.process_time() - began_s
