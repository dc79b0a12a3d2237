"""Broadcasts whose processes are killed: to each member by a message of her own, with a key that
the platform knows and without one, and to all of them in one call. See ``nursery.Flow``.

A broadcast is scheduled, so that its launch, which freezes the audience, is killed too.
"""

from typing import Any

import sqlalchemy as sa

from app.broadcasting import figures
from app.domain.insight import tags
from app.domain.outreach import broadcasts, message_templates
from app.domain.outreach.allowances import windows
from app.domain.outreach.broadcasts import Broadcast, Recipient
from app.domain.outreach.message_templates import Listed
from app.domain.people import members
from app.domain.people.channels import Kind
from app.outbox import State
from tests.kill_flows import Accounts, Record
from tests.world import World

SAID = "周五上新"
TEMPLATE = "sandbox-birthday"
BY_TEMPLATE = {"template_id": TEMPLATE, "data": {"thing1": SAID}}
BY_HAND = {"rule": "by_hand", "rule_version": None, "event_id": None}
PEOPLE = 4  # few enough that a round ends before a platform forgets the keys of template messages


class ToMembers:
    """Rounds of a broadcast to new members, whom a tag of the round stands for."""

    few = 1
    is_keyed = False
    definition: dict[str, Any]

    def __init__(self, world: World, record: Record, *, few: bool = False):
        self._record = record
        self._count = self.few if few else PEOPLE
        self._openids: list[str] = []
        self._meant: set[int] = set()
        self._number = 0
        self._told: dict[str, int] = {}
        with world.siyu.database.writing() as session:
            listed = [Listed("template", TEMPLATE, "生日", "{{thing1.DATA}}")]
            message_templates.keep(session, world.channel(session).id, listed, world.now)

    def begin(self, world: World, number: int) -> None:
        self._openids = [f"oTold{number}x{member}" for member in range(self._count)]
        with world.siyu.database.writing() as session:
            channel_id = world.channel(session).id
            tag = tags.named(session, f"第 {number} 轮", "preference", world.now)
            self._meant = set()
            for openid in self._openids:
                identity = members.meet(session, channel_id, openid, world.now)
                her = members.get(session, identity.member_id)
                members.follow(her, identity, world.now)
                windows.open_by_chat(session, identity, Kind.OFFICIAL_ACCOUNT, world.now)
                tags.give(session, her.id, tag.id, **BY_HAND, now=world.now)
                self._meant.add(her.id)
            made = broadcasts.draft(
                session,
                name=tag.name,
                channel_id=channel_id,
                definition={"audience": "member", "filter": {"tags_all": [tag.name]}}
                | self.definition,
                now=world.now,
            )
            broadcasts.schedule(session, made, world.now, world.now)
            self._number = made.id

    def meanwhile(self, world: World) -> None: ...

    def check(self, world: World) -> None:
        """Who is meant is written down whole or not at all, and the states add up to that."""
        self._accounts(world).check_at_any_moment()
        with world.siyu.database.reading() as session:
            counted = figures.counts(session, self._number)
            frozen = sa.select(Recipient.subject_id).where(Recipient.broadcast_id == self._number)
            meant = set(session.scalars(frozen))
        assert counted.adds_up, counted
        assert meant in (set(), self._meant)
        assert counted.audience == len(meant)

    def check_at_rest(self, world: World) -> None:
        self.check(world)
        accounts = self._accounts(world)
        accounts.check_at_rest()
        assert sorted(row.recipient for row in accounts.rows) == sorted(self._openids)
        (found,) = world.rows(Broadcast, Broadcast.id == self._number)
        assert found.state == broadcasts.State.FINISHED
        assert found.frozen == len(self._openids)
        for row in accounts.rows:
            self._told[row.state] = self._told.get(row.state, 0) + 1

    def check_in_the_end(self, world: World) -> dict[str, Any]:
        unknown = self._told.get(State.UNKNOWN, 0)
        return {"messages": sum(self._told.values()), "unknown": unknown}

    def _accounts(self, world: World) -> Accounts:
        return Accounts(world, self._record, self._openids, keyed=self.is_keyed)


class Singles(ToMembers):
    """Customer-service messages: no key."""

    definition = {"message": {"kind": "text", "content": {"text": SAID}}}


class Templates(ToMembers):
    """Template messages: a key that lives ten minutes."""

    is_keyed = True
    definition = {
        "message": {"kind": "text", "content": {"text": SAID}},
        "route": [{"way": "template", "message": {"kind": "template", "content": BY_TEMPLATE}}],
    }


class MassJob(ToMembers):
    """One call for all of them, gathered by the scheduler, under a key that lives a day."""

    few = 2  # the platform takes no mass message to one
    is_keyed = True
    definition = {"message": {"kind": "text", "content": {"text": SAID}}, "route": ["mass"]}


FLOWS = {"singles": Singles, "templates": Templates, "mass_job": MassJob}
