"""Kinds of keywords and conditions of rules, and a slow reference that must agree."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagging import expressions, notation, texts
from tagging.notation import GAP_CHARACTERS, BadKeyword, Kind
from tagging.rules import Denials, Hit, Questions, WordRule
from tagging.words import Tagger


def met(text: str, *words: str, **rest: object) -> list[str]:
    rule = WordRule(1, 1, words, **rest)  # type: ignore[arg-type]
    return [text[hit.start : hit.end] for hit in Tagger([rule]).hits(text)]


@pytest.mark.parametrize(
    ("text", "word", "found"),
    [
        ("=签到", "=签到", []),
        ("签到", "=签到", ["签到"]),
        ("  签到！！", "=签到", ["签到"]),
        ("我要签到", "=签到", []),
        ("饼干皮蛋", "干皮", []),
        ("饼干皮蛋", "*干皮*", ["干皮"]),
        ("洗完头以后又痒了", "洗完…痒", ["洗完头以后又痒"]),
        ("痒了就洗完", "洗完…痒", []),
        ("洗完。后来痒", "洗完…痒", []),
        ("洗完" + "啊" * (GAP_CHARACTERS + 1) + "痒", "洗完...痒", []),
        ("洗完不痒", "洗完…痒", []),
        ("掉了好多头发", "/掉.{0,3}头发/", ["掉了好多头发"]),
        ("掉了好多头髮", "/掉.{0,3}頭发/", ["掉了好多头髮"]),
        ("没有掉头发", "/掉.{0,3}头发/", []),
        ("APP打不开", "/app|小程序/", ["APP"]),
        ("用=1抵扣", "\\=1", ["=1"]),
        ("我的頭髮很油膩", "头发很油腻", ["頭髮很油膩"]),
        ("头发很油腻", "頭髮很油膩", ["头发很油腻"]),
    ],
)
def test_a_keyword_is_found_as_its_kind_has_it(text: str, word: str, found: list[str]) -> None:
    assert met(text, word) == found


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("/(/", "missing"),
        ("/(?=头)屑/", "invalid perl operator"),
        ("/(.)\\1/", "invalid escape"),
        ("/x*/", "any|every"),
        ("/" + "头?" * 101 + "/", "at most 200"),
        ("/((头{1,100}){1,100}){1,100}/", "repetition|too large"),
        ("**", "blank"),
        ("=", "blank"),
        ("//", "blank"),
        ("洗…", "blank"),
        ("一…二…三…四…五…六", "at most 5"),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason(written: str, said: str) -> None:
    with pytest.raises(BadKeyword) as refused:
        Tagger([WordRule(1, 1, (written,))])
    assert re.search(said, refused.value.en)
    assert refused.value.zh


def test_an_expression_that_would_take_for_ever_elsewhere_takes_no_time() -> None:
    assert met("头" * 30_000, "/(头+)+屑/") == []


def test_each_of_many_expressions_is_found_however_many_filters_they_fill() -> None:
    count = 2 * expressions.FILTERED_MAX + 1
    tagger = Tagger([WordRule(n, 1, (f"/(买|要)a{n}b.{{0,3}}个/",)) for n in range(count)])
    for number in (0, expressions.FILTERED_MAX - 1, expressions.FILTERED_MAX, count - 1):
        assert [hit.rule_id for hit in tagger.hits(f"我要a{number}b 三个")] == [number]


def test_an_expression_may_exclude_and_one_of_many_rules_is_looked_for_once() -> None:
    shop = "/^亲[^吗]*$/"
    tagger = Tagger(WordRule(n, 1, ("快递",), unless=(shop,)) for n in range(3))
    assert tagger.hits("亲已发快递") == []
    assert [hit.rule_id for hit in tagger.hits("亲发什么快递吗")] == [0, 1, 2]


def test_all_of_wants_one_of_each_group_and_none_of_nothing_of_its_own() -> None:
    rule = WordRule(
        1, 1, ("退货", "退款"), all_of=(("快递", "物流"), ("丢了",)), none_of=("已经解决",)
    )
    tagger = Tagger([rule])
    assert [hit.word for hit in tagger.hits("快递丢了，我要退款")] == ["退款"]
    assert not tagger.hits("快递慢，我要退款")
    assert not tagger.hits("快递丢了")
    assert not tagger.hits("快递丢了，我要退款！刚才已经解决了")


def test_a_question_counts_as_the_rule_says() -> None:
    words, asked, told = ("头屑",), "洗完会有头屑吗？", "洗完有头屑。"
    assert met(asked, *words)
    assert met(told, *words)
    assert not met(asked, *words, questions=Questions.IGNORE)
    assert met(told, *words, questions=Questions.IGNORE)
    assert met(asked, *words, questions=Questions.ONLY)
    assert not met(told, *words, questions=Questions.ONLY)


def test_a_denial_takes_the_tag_away_where_the_rule_says_so() -> None:
    tagger = Tagger([WordRule(1, 7, ("油性发质", "油头"), denials=Denials.TAKE)])
    said = tagger.read("我不是油性发质")
    assert (said.hits, said.denied) == ([], [Hit(1, 7, "油性发质", 3, 7)])
    assert tagger.read("我不是油性发质吗？").denied == [], "who asks says nothing"
    both = tagger.read("不是油性发质，就是油头")
    assert [hit.word for hit in both.hits] == ["油头"]
    assert both.denied == []


def test_what_is_said_of_somebody_else_does_not_count_where_the_rule_says_so() -> None:
    assert met("我朋友是油皮", "油皮")
    assert not met("我朋友是油皮", "油皮", is_own=True)
    assert met("朋友说我是油皮", "油皮", is_own=True)
    assert met("我朋友很好，我是油皮", "油皮", is_own=True)
    assert met("要是我也是油皮就买了", "油皮")
    assert not met("要是我也是油皮就买了", "油皮", is_own=True)
    assert met("如果我是油皮用哪款", "油皮", is_own=True)
    assert met("生过孩子是油皮", "油皮", is_own=True)


def test_pinyin_counts_by_whole_syllables_and_where_it_is_wanted() -> None:
    assert met("wo shi minganji", "敏感肌", in_pinyin=True) == ["minganji"]
    assert met("woshiMinGanJi", "敏感肌", in_pinyin=True) == ["MinGanJi"]
    assert met("min gan ji 能用吗", "敏感肌", in_pinyin=True) == ["min gan ji"]
    assert not met("minganji", "敏感肌")
    assert not met("xminganji", "敏感肌", in_pinyin=True)
    assert not met("xianhua", "西安", in_pinyin=True)
    assert met("xi an 发货吗", "西安", in_pinyin=True)


def test_synonyms_count_for_each_other_in_all_kinds() -> None:
    book = dict.fromkeys(("快递", "包裹", "物流"), ("快递", "包裹", "物流"))
    rules = [
        WordRule(1, 1, ("快递",)),
        WordRule(2, 1, ("物流…丢了",)),
        WordRule(3, 1, ("=包裹",)),
        WordRule(4, 1, ("\\物流",)),
    ]
    tagger = Tagger(rules, book)
    assert [hit.rule_id for hit in tagger.hits("我的包裹丢了")] == [2, 1, 4]
    assert [hit.rule_id for hit in tagger.hits("快递")] == [1, 4, 3]


def test_parts_of_a_rule_that_spans_texts_are_told_one_by_one() -> None:
    rule = WordRule(1, 1, ("油",), all_of=(("痒",),), none_of=("好了",), spans_texts=True)
    tagger = Tagger([rule])
    assert [(hit.word, hit.part) for hit in tagger.read("头很油").parts] == [("油", 0)]
    assert [(hit.word, hit.part) for hit in tagger.read("头皮痒").parts] == [("痒", 1)]
    assert [(hit.word, hit.part) for hit in tagger.read("现在好了").parts] == [("好了", -1)]
    assert tagger.read("头很油，头皮痒").hits == []


CHARACTERS = st.sampled_from("油痒洗掉头髮发皮干饼蛋aA1。，! ")
TEXTS = st.text(CHARACTERS, max_size=30)
PIECES = st.text(st.sampled_from("油痒洗头发皮干a"), min_size=1, max_size=2)
KEYWORDS = st.one_of(
    st.builds("*{}*".format, PIECES),
    st.builds("={}".format, PIECES),
    st.builds("/{}.?{}/".format, PIECES, PIECES),
)


@given(TEXTS, st.lists(st.lists(KEYWORDS, min_size=1, max_size=3), max_size=5))
def test_a_slow_and_simple_reference_finds_the_same(text: str, rules: list[list[str]]) -> None:
    tagger = Tagger(WordRule(number, 1, tuple(words)) for number, words in enumerate(rules))
    found = {hit.rule_id for hit in tagger.hits(text)}
    folded = texts.fold(text).text
    assert found == {
        number for number, words in enumerate(rules) if any(_says(folded, w) for w in words)
    }


def _says(folded: str, written: str) -> bool:
    kind, (piece,) = notation.read(written)
    if kind is Kind.ANYWHERE:
        return piece in folded
    if kind is Kind.EXACT:
        return folded.strip(notation.EXACT_ENDS) == piece
    return re.search(piece, folded, re.IGNORECASE) is not None


@given(TEXTS, st.lists(PIECES, min_size=2, max_size=3))
def test_a_phrase_is_found_wherever_its_words_stand_close_and_in_order(
    text: str, pieces: list[str]
) -> None:
    tagger = Tagger([WordRule(1, 1, ("…".join(pieces),))])
    gap = f"[^。!]{{0,{GAP_CHARACTERS}}}?"
    pattern = gap.join(map(re.escape, pieces))
    for hit in tagger.hits(text):
        assert re.fullmatch(pattern, texts.fold(text[hit.start : hit.end]).text)
    # apart by blanks, every piece is a word of its own
    assert tagger.hits(" ".join(pieces))
