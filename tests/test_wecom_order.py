"""Callbacks about one relation may come in any order, and twice: it ends up as it is."""

import itertools
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.people.contacts import Contact
from app.domain.people.members import Identity
from bots.messages import Answer, Outcome, Outgoing
from tests.wecom_house import CorpWorld, corp_world

__all__ = ["corp_world"]

_numbers = itertools.count(1)


class Platform:
    """Answers who she is, and since when she is 小王's contact, if she is."""

    def __init__(self, external_userid: str, since: int | None) -> None:
        self.external_userid, self.since = external_userid, since

    def repeatable(self, way: str) -> bool:
        return False

    def send(self, outgoing: Outgoing) -> Answer:
        if outgoing.kind != "contact":
            return Answer(Outcome.ACCEPTED, told={"UserID": "xiaowang", "Name": "小王"})
        told: dict[str, Any] = {"ExternalUserID": self.external_userid, "UnionId": ""}
        if self.since is None:
            return Answer(Outcome.ACCEPTED, told=told | {"IsGone": "true"})
        relation = {"UserID": "xiaowang", "CreateTime": str(self.since)}
        return Answer(Outcome.ACCEPTED, told=told | {"Name": "小雨", "Staff": [relation]})


def lived(world: CorpWorld, external_userid: str) -> bool:
    """Whether the house believes them to be contacts."""
    (identity,) = world.rows(Identity, Identity.external_id == external_userid)
    (contact,) = world.rows(Contact, Contact.identity_id == identity.id)
    return contact.ended_at is None


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=st.lists(st.booleans(), min_size=1, max_size=6), order=st.randoms())
def test_any_order_of_callbacks_ends_in_the_last_relation(corp_world, history, order):
    """They come together and part, a second apart."""
    external_userid = f"wmOrder{next(_numbers)}"
    began_s = int(corp_world.now.timestamp()) - 200
    told = [
        {
            "CreateTime": str(began_s + second),
            "change": "add_external_contact" if comes else "del_external_contact",
        }
        for second, comes in enumerate(history)
    ]
    since = began_s + len(history) - 1 if history[-1] else None
    platform = Platform(external_userid, since)
    corp_world.siyu.speaker = lambda channel: platform
    left = [*told, *told]
    order.shuffle(left)
    for fields in left:
        corp_world.told(**fields, ExternalUserID=external_userid)
        if order.random() < 0.3:
            corp_world.work_once()
    corp_world.work()
    assert lived(corp_world, external_userid) is history[-1]
    assert (corp_world.corp_member(external_userid).left_at is None) is history[-1]
