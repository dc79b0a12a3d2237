"""Stories of members who answer a quiz 问答, in private and among others."""

from datetime import timedelta

import pytest

from app.domain.loyalty import ledger, quizzes
from app.domain.loyalty.quizzes import Quiz
from tests.shop import GROUPS, ROOM
from tests.world import World


@pytest.fixture(autouse=True)
def books_balance(world: World):
    """Whatever a story did, the ledger adds up in the end."""
    yield
    with world.siyu.database.reading() as session:
        assert ledger.discrepancies(session) == []


@pytest.mark.parametrize("answer", ["B", "b", "Ｂ", "ｂ", " b。", "B）"])
def test_a_right_answer_in_any_width_and_case_earns_the_points(world: World, answer: str):
    world.quiz(right="B")
    world.says("小雨", answer)
    world.work()
    assert world.heard("小雨") == ["回答正确！+10 积分。"]
    assert world.balance("小雨").points == 10


def test_the_first_answer_counts_and_points_come_once(world: World):
    world.quiz(right="B")
    for said in ("a", "B"):
        world.says("小雨", said)
    for said in ("B", "b", "C"):
        world.says("阿诚", said)
    world.work()
    assert "可惜不对" in world.heard("小雨")[0]
    assert "以第一次的答案为准" in world.heard("小雨")[1]
    assert world.balance("小雨").points == 0
    assert world.balance("阿诚").points == 10
    assert len(world.heard("阿诚")) == 3


def test_a_quiz_in_a_group_is_not_answered_in_private_nor_the_other_way_round(world: World):
    world.quiz(right="B", channel=GROUPS, room=ROOM, points=15)
    world.says("小雨", "B")
    world.says_in_group("阿诚", "B")
    world.work()
    assert world.heard("小雨") == []
    assert world.heard_in_group() == ["@阿诚 回答正确！+15 积分。"]
    assert world.balance("阿诚", GROUPS).points == 15


def test_an_answer_given_before_the_quiz_closed_counts_though_it_is_heard_later(world: World):
    quiz = world.quiz(right="B")
    answered_at = world.now
    world.now += timedelta(minutes=1)
    with world.siyu.database.writing() as session:
        quizzes.close(session.get_one(Quiz, quiz.id), world.now)
    world.says("小雨", "B", at=answered_at)
    world.says("阿诚", "B", at=world.now + timedelta(seconds=1))
    world.work()
    assert world.balance("小雨").points == 10
    assert world.balance("阿诚").points == 0


def test_letters_in_chat_without_a_quiz_and_long_texts_with_one_are_just_chat(world: World):
    world.says("小雨", "B")
    world.work()
    world.quiz(right="B")
    world.says("小雨", "B 站上看到的")
    world.work()
    assert world.heard("小雨") == []
