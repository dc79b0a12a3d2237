"""What can be said over which account: every kind of account is known, and says no more than it
can."""

import pytest

from app.domain.outreach.materials import sayable
from app.domain.people.channel_kinds import Kind
from app.sending import ways
from bots.accounts import Account
from bots.messages import Answer, Outcome, Outgoing
from bots.wecom import smart_bot


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_account_can_say_something(kind: Kind) -> None:
    assert any(kinds for (of, _way), kinds in sayable.CAN_SAY.items() if of == kind)


def test_a_smart_bot_answers_in_text_and_never_speaks_first() -> None:
    assert sayable.can_say("text", Kind.SMART_BOT, "response_url")
    assert sayable.can_say("quiz", Kind.SMART_BOT, "response_url")
    assert not sayable.can_say("image", Kind.SMART_BOT, "response_url")
    assert sayable.kinds_of(Kind.SMART_BOT) == frozenset()
    assert all(Kind.SMART_BOT not in kinds for kinds in ways.KINDS.values())


def test_a_smart_bot_refuses_what_is_no_text() -> None:
    bot = Account("bot", "aib-1", secret="", api_base_url="http://127.0.0.1:9")
    card = {"title": "上新", "url": "https://example.com/"}
    outgoing = Outgoing("1", "xiaowang", "link", card, through="http://127.0.0.1:9/answer")
    said = smart_bot.Client(bot).send(outgoing)
    assert said == Answer(Outcome.REFUSED, reason="kind_not_offered")
