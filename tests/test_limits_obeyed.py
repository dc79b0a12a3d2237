"""No number of the table of limits is for show: something obeys each, the sender last of all."""

from pathlib import Path

import pytest

from app import outbox
from app.domain.outreach.allowances import limit_table, limits
from app.domain.people import channels
from app.domain.people.live_codes import LiveCode
from app.outbox import OutboxMessage
from app.sending import eligibility
from app.sending.verdicts import Occasion, Suppress
from tests.console_desk import Desk
from tests.world import World

HOUSE = Path(__file__).parent.parent / "app"
ONLY_NAMES_THEM = {"limit_table.py", "limit_words.py"}


def test_every_number_is_obeyed_by_somebody() -> None:
    obeying = "\n".join(
        path.read_text("utf-8") for path in HOUSE.rglob("*.py") if path.name not in ONLY_NAMES_THEM
    )
    of_texts = {*limit_table.TEXTS.values(), *limit_table.MARKDOWN.values()}
    named = {
        key
        for name, key in vars(limit_table).items()
        if isinstance(key, str) and f"limit_table.{name}" in obeying
    }
    assert {limit.key for limit in limit_table.LIMITS} - named - of_texts == set()


@pytest.mark.parametrize(
    ("kind", "way", "said_as", "key", "text"),
    [
        ("group_robot", "", "markdown", limit_table.ROBOT_MARKDOWN_BYTES, "字" * 22),
        ("group_robot", "", "text", limit_table.ROBOT_TEXT_BYTES, "字" * 22),
        ("smart_bot", "response_url", "text", limit_table.BOT_TEXT_BYTES, "字" * 22),
        ("wecom", "staff_message", "text", limit_table.STAFF_MESSAGE_TEXT_BYTES, "字" * 22),
        ("wecom", "group_welcome", "text", limit_table.GROUP_WELCOME_TEXT_BYTES, "字" * 22),
        ("wecom", "kf", "text", limit_table.KF_TEXT_BYTES, "字" * 22),
        ("wecom", "moment", "text", limit_table.MOMENT_TEXT_CHARS, "字" * 65),
        ("official_account", "mass", "text", limit_table.TEXT_BYTES_MAX, "字" * 22),
    ],
)
def test_the_sender_says_nothing_that_is_too_long(
    world: World, kind: str, way: str, said_as: str, key: str, text: str
) -> None:
    with world.siyu.database.writing() as session:
        content = {"text": text}
        assert limits.reason_against(session, kind, way, said_as, content) is None
        limits.change(session, key, 64)
        assert limits.reason_against(session, kind, way, said_as, content) == "text_too_long"
        assert limits.reason_against(session, kind, way, said_as, {"text": text[:21]}) is None


def test_what_was_planned_before_a_limit_was_lowered_obeys_it(world: World) -> None:
    with world.siyu.database.writing() as session:
        robot = channels.add(
            session,
            key="robot",
            kind="group_robot",
            name="店长群",
            appid="robot",
            api_base_url=world.sandbox_url,
            secrets={"secret": "a-webhook-key"},
            vault=world.siyu.vault,
            now=world.now,
        )
        outbox.put(
            session,
            outbox.Address(robot.id, "room"),
            key="report",
            purpose="report",
            kind="markdown",
            content={"text": "昨日数据" * 10},
            cause=outbox.Cause("test"),
            now=world.now,
        )
        limits.change(session, limit_table.ROBOT_MARKDOWN_BYTES, 64)
    world.work()
    (row,) = world.rows(OutboxMessage, OutboxMessage.key == "report")
    assert (row.state, row.reason, row.attempts) == ("suppressed", "text_too_long", 0)


def test_nothing_goes_with_more_attachments_than_are_taken(world: World) -> None:
    said = {"text": "", "attachments": [{"kind": "link"}] * 10}
    with world.siyu.database.reading() as session:
        channel = world.channel(session)
        message = OutboxMessage(
            id=1, channel_id=channel.id, way="moment", kind="moment", content=said
        )
        occasion = Occasion(world.siyu.programme, world.now)
        found = eligibility.contents(session, [message], occasion)
        assert found == {1: Suppress("too_many_attachments")}


def test_an_account_has_so_many_qr_codes_for_good(world: World, desk: Desk) -> None:
    with world.siyu.database.writing() as session:
        limits.change(session, limit_table.ACCOUNT_QR_CODES, 1)
    for scene in ("poster_1", "poster_2"):
        form = {"channel": "1", "scene": scene, "name": "海报", "tag": "", "welcome": ""}
        desk.post("/live-codes/new", form)
    assert "永久二维码已到上限" in desk.read("/live-codes")
    made = world.rows(LiveCode, LiveCode.ticket != "")
    assert [code.scene for code in made] == ["poster_1"]
