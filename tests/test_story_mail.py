"""Stories of mail: who left gets one, through a real SMTP server, and its link lets her opt out."""

import re
from urllib.parse import urlsplit

from app.domain.outreach.journeys import plans
from app.domain.people.members import Member
from app.outbox import OutboxMessage
from tests import direct_world
from tests.direct_world import EMAIL
from tests.test_bots_mail import Postbox, listening
from tests.world import World

STEP = {
    "name": "召回",
    "when": {"kind": "after", "minutes": 0},
    "message": {
        "kind": "mail",
        "content": {"subject": "{nickname|亲}，好久不见", "text": "回来吧"},
    },
}


def recall(world: World, port: int) -> None:
    settings = {"host": "127.0.0.1", "port": str(port), "security": "none"}
    direct_world.add_channel(world, "mail", "mail", "hello@shop.example", "", settings=settings)
    with world.siyu.database.writing() as session:
        plan = plans.draft(
            session,
            name="召回",
            channel_id=world.channel(session, "mail").id,
            definition={"audience": "member", "trigger": "left", "steps": [STEP]},
            now=world.now,
        )
        plans.move_to(session, plan, plans.State.RUNNING, world.now)


def test_who_left_gets_a_mail_even_at_night_and_may_opt_out_by_its_link(world: World) -> None:
    postbox = Postbox()
    with listening(postbox) as port:
        recall(world, port)
        direct_world.is_known(world)
        world.at(2, "22:30")
        world.event("小雨", "unsubscribe")
        world.work()
    (mail,) = postbox.mails
    assert (mail["To"], mail["Subject"]) == (EMAIL, "亲，好久不见")
    (message,) = world.rows(OutboxMessage, OutboxMessage.kind == "mail")
    assert (message.state, message.platform_id) == ("accepted", mail["Message-ID"])
    assert EMAIL not in f"{message.recipient} {message.content}"
    link = urlsplit(re.sub("[<>]", "", mail["List-Unsubscribe"])).path
    page = world.client.get(link)
    assert (page.status_code, "退订" in page.text) == (200, True)
    world.work()
    assert world.rows(Member, Member.opted_out_at.is_not(None)) == [], "looking is not asking"
    for _ in range(2):
        form = {"List-Unsubscribe": "One-Click"}
        assert world.client.post(link, data=form).status_code == 200
    world.work()
    assert len(world.rows(Member, Member.opted_out_at.is_not(None))) == 1


def test_a_made_up_link_opts_nobody_out(world: World) -> None:
    direct_world.is_known(world)
    for token in ("1", "MQ.guess", "%00"):
        assert world.client.post(f"/h5/opt-out/{token}").status_code == 404
    world.work()
    assert world.rows(Member, Member.opted_out_at.is_not(None)) == []
