"""A channel changes: what is left empty stays, what is replaced is heard until it is forgotten."""

from typing import Any

from app.domain.people.channels import Channel
from app.domain.people.operators import AuditEntry
from app.ears import Ears
from tests.console_desk import Desk
from tests.foreign_client import OfficialAccount
from tests.shop import OA, OPENIDS, SECRETS, WECHAT
from tests.world import World

NEW = OfficialAccount(token="new-callback-token", encoding_aes_key="Q" * 43)
KEEP = {
    "name": "四月",
    "api_base_url": "https://api.weixin.qq.com",
    "token": "",
    "encoding_aes_key": "",
    "secret": "",
}
ROTATE = KEEP | {"token": NEW.token, "encoding_aes_key": NEW.encoding_aes_key}


def secrets(world: World, key: str = OA) -> dict[str, str]:
    (channel,) = world.rows(Channel, Channel.key == key)
    return dict(channel.secrets(world.siyu.vault))


def status(world: World, wechat: OfficialAccount) -> int:
    """How the front door, which has just looked, answers a message of this account."""
    world.client.application.extensions["ears"] = Ears(world.siyu)
    said = wechat.text(OPENIDS["小雨"], "签到", world.now)
    return world.post(wechat.seal(said, world.now)).status_code


def test_what_is_left_empty_stays(world: World, desk: Desk) -> None:
    before = secrets(world)
    assert desk.post("/channels/1", KEEP).status_code == 303
    (channel,) = world.rows(Channel, Channel.key == OA)
    assert (channel.name, channel.api_base_url) == ("四月", "https://api.weixin.qq.com")
    assert secrets(world) == before
    (entry,) = world.rows(AuditEntry)
    assert entry.details == {"changed": ["name", "api_base_url"]}
    desk.post("/channels/1", KEEP)
    assert len(world.rows(AuditEntry)) == 1, "nothing was changed"


def test_the_form_shows_no_secret(desk: Desk) -> None:
    page = desk.read("/channels/1")
    assert not [secret for secret in SECRETS[OA].values() if secret in page]


def test_a_replaced_key_is_heard_until_it_is_forgotten(world: World, desk: Desk) -> None:
    assert status(world, NEW) == 403
    assert desk.post("/channels/1", ROTATE).status_code == 303
    assert secrets(world)["previous_token"] == WECHAT.token
    assert (status(world, NEW), status(world, WECHAT)) == (200, 200)
    assert "上一个 EncodingAESKey" in desk.read("/channels/1")
    assert desk.post("/channels/1/forget").status_code == 303
    assert (status(world, NEW), status(world, WECHAT)) == (200, 403)
    assert desk.post("/channels/1/forget").status_code == 409, "there is none any more"
    trail = [(entry.action, entry.details) for entry in world.rows(AuditEntry)]
    assert trail == [
        ("channel.change", {"changed": ["token", "encoding_aes_key", "name", "api_base_url"]}),
        ("channel.forget", {"forgotten": ["previous_token", "previous_encoding_aes_key"]}),
    ]
    assert NEW.token not in str(trail)


def test_the_platform_s_check_of_the_address_knows_both_tokens(world: World, desk: Desk) -> None:
    desk.post("/channels/1", ROTATE)
    for wechat in (NEW, WECHAT):
        query = wechat.seal(wechat.event("o", "VIEW", world.now), world.now).query
        world.client.application.extensions["ears"] = Ears(world.siyu)
        answer = world.client.get(f"/callback/{OA}", query_string=query | {"echostr": "echo"})
        assert (answer.status_code, answer.text) == (200, "echo")


def test_one_of_the_two_may_change_alone(world: World, desk: Desk) -> None:
    desk.post("/channels/1", KEEP | {"encoding_aes_key": NEW.encoding_aes_key})
    assert secrets(world)["token"] == WECHAT.token
    assert "previous_token" not in secrets(world)
    assert status(world, WECHAT) == 200
    half = OfficialAccount(encoding_aes_key=NEW.encoding_aes_key)
    assert status(world, half) == 200


def test_what_cannot_be_right_is_said_at_the_field(world: World, desk: Desk) -> None:
    before = secrets(world)
    bad: dict[str, Any]
    for bad in ({"encoding_aes_key": "Q" * 42}, {"api_base_url": "javascript:x"}, {"name": ""}):
        answer = desk.post("/channels/1", ROTATE | bad)
        assert answer.status_code == 200
        assert "invalid-feedback" in answer.text
    assert secrets(world) == before
    assert desk.post("/channels/99", KEEP).status_code == 404


def test_a_channel_of_one_secret_asks_for_one(desk: Desk, world: World) -> None:
    (gateway,) = world.rows(Channel, Channel.kind == "group_gateway")
    page = desk.read(f"/channels/{gateway.id}")
    assert "EncodingAESKey" not in page
    form = {"name": "社群", "api_base_url": "https://gateway.example", "secret": "another"}
    assert desk.post(f"/channels/{gateway.id}", form).status_code == 303
    assert secrets(world, gateway.key) == {"secret": "another"}


def test_what_a_kind_has_beside_its_secrets_is_asked_for_and_kept(desk: Desk, world: World) -> None:
    wecom = {
        "name": "四月企业微信",
        "key": "april",
        "appid": "ww0123456789abcdef",
        "api_base_url": "https://qyapi.weixin.qq.com",
        "token": "callbacktoken",
        "encoding_aes_key": "k" * 43,
        "secret": "s3cret",
        "agent_id": "1000002",
    }
    assert "invalid-feedback" in desk.post("/channels/new/wecom", wecom | {"agent_id": "x"}).text
    assert desk.post("/channels/new/wecom", wecom).status_code == 303
    (channel,) = world.rows(Channel, Channel.key == "april")
    assert channel.settings == {"agent_id": "1000002"}
    assert world.siyu.account(channel).settings["agent_id"] == "1000002"
    assert desk.post("/channels/new/fax", wecom).status_code == 404


def test_a_new_secret_or_address_is_spoken_with_at_once(world: World, desk: Desk) -> None:
    (before,) = world.rows(Channel, Channel.key == OA)
    client = world.siyu.official_account(before)
    assert world.siyu.official_account(before) is client
    desk.post("/channels/1", KEEP)
    (after,) = world.rows(Channel, Channel.key == OA)
    assert world.siyu.official_account(after) is not client


def test_credentials_that_do_not_open_change_nothing(world: World, desk: Desk) -> None:
    with world.siyu.database.writing() as session:
        sealed = world.siyu.vault.seal_fields(SECRETS[OA], context="channel:another")
        session.get_one(Channel, 1).sealed_secrets = sealed
    answer = desk.post("/channels/1", ROTATE)
    assert answer.status_code == 200
    assert "SIYU_SECRET_KEY" in answer.text


def test_the_command_line_changes_a_channel_too(world: World) -> None:
    run = world.client.application.test_cli_runner().invoke
    said = run(args=["channel", "change", OA, "--token", NEW.token, "--name", "四月"])
    assert said.exit_code == 0, said.output
    assert "token, name" in said.output
    assert NEW.token not in said.output
    assert secrets(world)["previous_token"] == WECHAT.token
    assert run(args=["channel", "change", OA, "--encoding-aes-key", "short"]).exit_code == 1
    assert run(args=["channel", "change", "nobody", "--name", "x"]).exit_code == 1
    forgotten = run(args=["channel", "change", OA, "--forget-previous"])
    assert "previous_token" in forgotten.output
    assert "previous_token" not in secrets(world)


def test_how_an_official_account_replies_is_a_choice(world: World, desk: Desk):
    with world.siyu.database.reading() as session:
        path = f"/channels/{world.channel(session).id}"
    assert 'value="customer_service"' in desk.read(path)
    form = {"name": "四月", "api_base_url": world.sandbox_url, "reply_mode": "passive"}
    assert desk.post(path, form, page=path).status_code == 303
    with world.siyu.database.reading() as session:
        assert world.channel(session).replies_passively
    assert desk.post(path, form | {"reply_mode": "hologram"}, page=path).status_code == 200
