"""A plan for members whose processes are killed: it greets, gives a tag, branches on it, and waits
for her to say something; some do. See ``nursery.Flow``.
"""

from collections import Counter
from typing import Any

from app.domain.insight import tags
from app.domain.outreach.allowances import windows
from app.domain.outreach.journeys import enrolments
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.people import members
from app.domain.people.channels import Kind
from app.outbox import State
from tests import running_plans
from tests.kill_flows import Accounts, Record
from tests.running_plans import act, at_once
from tests.shop import WECHAT
from tests.world import World

GREETING, KNOWN, HEARD, SILENT = "欢迎", "老朋友您好", "收到", "还在吗"
TAG = "老朋友"
STEPS = (
    at_once(says=GREETING),
    at_once(act=act("tag", tag=TAG)),
    at_once(branch={"if": {"tag": TAG}, "then": [at_once(says=KNOWN)]}),
    at_once(
        wait={
            "for": {"kind": "replied"},
            "minutes": 300,  # kills move the clock by a lease each
            "then": [at_once(says=HEARD)],
            "else": [at_once(says=SILENT)],
        }
    ),
)
WAITS = 4  # the step that does
WORD = "好的"  # to which nothing is replied
PEOPLE, FEW = 4, 1


class MemberPlan:
    """Every other member says something as soon as she is waited for, and where there are few, each
    does: then all rounds are alike. Customer-service messages know no key, so what may have been
    said is unknown; the plan goes on all the same."""

    def __init__(self, world: World, record: Record, *, few: bool = False):
        self._record = record
        self._count = FEW if few else PEOPLE
        self._plan = running_plans.running(world, *STEPS, trigger={"kind": "manual"})
        self._ids: dict[str, int] = {}
        self._talkers: set[str] = set()
        self._messages = self._unknown = 0

    def begin(self, world: World, number: int) -> None:
        openids = [f"oPlan{number}x{member}" for member in range(self._count)]
        is_every_other = self._count > FEW
        self._talkers = set(openids[number % 2 :: 2] if is_every_other else openids)
        self._ids = {}
        with world.siyu.database.writing() as session:
            channel_id, zone = world.channel(session).id, world.siyu.programme.zone
            for openid in openids:
                identity = members.meet(session, channel_id, openid, world.now)
                her = members.get(session, identity.member_id)
                members.follow(her, identity, world.now)
                windows.open_by_chat(session, identity, Kind.OFFICIAL_ACCOUNT, world.now)
                enrolments.enrol(session, self._plan, zone, member_id=her.id, now=world.now)
                self._ids[openid] = her.id
        self._still_to_talk = set(self._talkers)

    def meanwhile(self, world: World) -> None:
        if not self._still_to_talk:
            return
        waited_for = {row.member_id for row in self._enrolled(world) if row.due_step == WAITS}
        for openid in sorted(self._still_to_talk):
            if self._ids[openid] in waited_for:
                world.deliver(WECHAT.seal(WECHAT.text(openid, WORD, world.now), world.now))
                self._still_to_talk.discard(openid)

    def check(self, world: World) -> None:
        self._accounts(world).check_at_any_moment()

    def check_at_rest(self, world: World) -> None:
        accounts = self._accounts(world)
        accounts.check_at_rest()
        said = Counter((row.recipient, row.content["text"]) for row in accounts.rows)
        for openid in self._ids:
            last = HEARD if openid in self._talkers else SILENT
            hers = {(openid, text): 1 for text in (GREETING, KNOWN, last)}
            assert {key: said[key] for key in said if key[0] == openid} == hers
        assert {row.end_reason for row in self._enrolled(world)} == {"finished"}
        with world.siyu.database.reading() as session:
            for member_id in self._ids.values():
                assert [tag.name for tag in tags.of(session, member_id)] == [TAG]
        self._messages += len(accounts.rows)
        self._unknown += sum(row.state == State.UNKNOWN for row in accounts.rows)

    def check_in_the_end(self, world: World) -> dict[str, Any]:
        return {"messages": self._messages, "unknown": self._unknown}

    def _enrolled(self, world: World) -> list[Enrolment]:
        return list(world.rows(Enrolment, Enrolment.member_id.in_(self._ids.values())))

    def _accounts(self, world: World) -> Accounts:
        return Accounts(world, self._record, list(self._ids), keyed=False)


FLOWS = {"member_plan": MemberPlan}
