"""What a hit of a keyword rule is: where it stands, and what denies or excludes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagging import texts
from tagging.notation import BlankWord
from tagging.rules import Hit, WordRule
from tagging.words import Tagger


def test_a_hit_names_the_rule_its_version_the_word_and_the_place() -> None:
    tagger = Tagger([WordRule(7, 3, ("ＡＰＰ", "小程序"))])
    assert tagger.hits("你们的 ａｐｐ 打不开") == [Hit(7, 3, "ＡＰＰ", 4, 7)]


def test_places_are_those_of_the_text_as_it_was_written() -> None:
    text = "㈱ﬁ：SPF５０的防晒"
    (hit,) = Tagger([WordRule(1, 1, ("spf50",))]).hits(text)
    assert text[hit.start : hit.end] == "SPF５０"


def test_a_rule_is_met_once_at_its_earliest_word() -> None:
    tagger = Tagger([WordRule(1, 1, ("头皮屑", "头屑", "脱发"))])
    (hit,) = tagger.hits("脱发，头屑，还有头皮屑")
    assert (hit.word, hit.start) == ("脱发", 0)


def test_a_denied_word_does_not_hide_a_later_one() -> None:
    (hit,) = Tagger([WordRule(1, 1, ("头屑",))]).hits("以前没有头屑，现在头屑很多")
    assert hit.start == 9


def test_a_keyword_may_itself_be_a_denial() -> None:
    tagger = Tagger([WordRule(1, 1, ("没发货", "还不发货"))])
    assert [hit.word for hit in tagger.hits("三天了还没发货")] == ["没发货"]


def test_unless_words_count_in_their_own_sentence_only() -> None:
    tagger = Tagger([WordRule(1, 1, ("优惠",), unless=("客官",))])
    assert not tagger.hits("客官，现在有优惠哦")
    assert [hit.start for hit in tagger.hits("客官你好！有优惠吗")] == [6]


def test_an_unless_word_far_from_a_word_is_another_matter() -> None:
    tagger = Tagger([WordRule(1, 1, ("快递",), unless=("亲",))])
    assert not tagger.hits("亲，快递已经发了，" + "请慢慢等，" * 9)
    assert tagger.hits("快递真的很快，" + "我非常满意，" * 10 + "谢谢亲")


def test_what_stands_in_a_denied_word_is_denied_with_it() -> None:
    tagger = Tagger([WordRule(1, 1, ("*头皮屑*", "皮屑"))])
    assert not tagger.hits("完全没头皮屑")
    assert [hit.word for hit in tagger.hits("没头皮屑，掉的是皮屑")] == ["皮屑"]


def test_letters_and_digits_are_not_cut_out_of_longer_ones() -> None:
    tagger = Tagger([WordRule(1, 1, ("app", "50"))])
    assert not tagger.hits("happy 150 apple")
    assert tagger.hits("下载app领50元")


def test_a_blank_keyword_is_refused() -> None:
    with pytest.raises(BlankWord):
        Tagger([WordRule(1, 1, ("  ",))])


def test_no_rules_meet_nothing() -> None:
    assert Tagger([]).hits("什么都好") == []


@pytest.mark.parametrize("text", ["", "\ud800头屑", "头屑\x00", "👩‍👩‍👧头屑", "e\u0301头屑" * 400])
def test_strange_texts_are_read_like_any_other(text: str) -> None:
    hits = Tagger([WordRule(1, 1, ("头屑",))]).hits(text)
    assert [text[hit.start : hit.end] for hit in hits] == ["头屑"] * ("头屑" in text)


WORDS = st.sampled_from(
    ["头屑", "敏感肌", "ＡＰＰ", "会员", "油", "spf50", "ß", "ﬁ", "优惠", "app"]
)
FILLERS = st.sampled_from(
    ["不是", "没有", "我", "，", "卡", "的", "Ａ", "５", " ", "İ", "。", "é", "…"]
)
CHAT = st.lists(st.one_of(WORDS, FILLERS, st.text(max_size=3)), max_size=14).map("".join)
RULES = st.lists(
    st.tuples(st.lists(WORDS, min_size=1, max_size=3), st.lists(WORDS, max_size=1)), max_size=4
).map(lambda rules: [WordRule(i, 1, tuple(w), tuple(u)) for i, (w, u) in enumerate(rules)])


@given(CHAT, RULES)
def test_every_hit_is_its_keyword_once_both_are_folded(text: str, rules: list[WordRule]) -> None:
    hits = Tagger(rules).hits(text)
    assert len({hit.rule_id for hit in hits}) == len(hits)
    for hit in hits:
        assert hit.word in rules[hit.rule_id].words
        assert texts.folded_word(hit.word) in texts.fold(text[hit.start : hit.end]).text


@given(CHAT, RULES, RULES)
def test_adding_rules_changes_no_hit_of_the_others(
    text: str, rules: list[WordRule], more: list[WordRule]
) -> None:
    others = [WordRule(100 + rule.id, 1, rule.words, rule.unless) for rule in more]
    mine = [hit for hit in Tagger(rules + others).hits(text) if hit.rule_id < 100]
    assert mine == Tagger(rules).hits(text)


@given(st.text())
def test_folding_keeps_the_place_of_every_character(text: str) -> None:
    folded = texts.fold(text)
    spans = [folded.span(i, i + 1) for i in range(len(folded.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert [start for start, _ in spans] == sorted(start for start, _ in spans)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_the_words_of_a_text_cover_it(text: str) -> None:
    folded = texts.fold(text).text
    assert "".join(texts.cut(folded)) == folded
