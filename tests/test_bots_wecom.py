"""The front door of a WeCom app: known answers, who gets in, and what is understood."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bots.accounts import Account, BadCredentials
from bots.messages import NotGenuine
from bots.wechat_crypto import Envelope
from bots.wecom import hear, verify
from tests.wechat_callbacks import as_xml

VECTORS = {
    vector["id"]: vector
    for vector in json.loads((Path(__file__).parent / "vectors" / "wechat.json").read_text())
}
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
CORP = Account(key="corp", appid="ww1", token="corp-token", encoding_aes_key=KEY)
ADDED = {
    "ToUserName": "ww1",
    "FromUserName": "sys",
    "CreateTime": str(int(NOW.timestamp())),
    "MsgType": "event",
    "Event": "change_external_contact",
    "ChangeType": "add_external_contact",
    "UserID": "xiaowang",
    "ExternalUserID": "wmApril0",
    "State": "store_001",
    "WelcomeCode": "CODE",
}


def account_of(vector) -> Account:
    return Account(
        key="corp",
        appid=vector["receiveid"],
        token=vector["token"],
        encoding_aes_key=vector["encoding_aes_key"],
    )


def query_of(vector) -> dict[str, str]:
    return {name: vector[name] for name in ("msg_signature", "timestamp", "nonce")}


def sealed(fields, account: Account = CORP, to: str = "ww1") -> tuple[dict[str, str], bytes]:
    timestamp = str(int(NOW.timestamp()))
    envelope = Envelope(account.token, account.encoding_aes_key, to)
    encrypt, signed = envelope.seal(as_xml(fields), timestamp=timestamp, nonce="n")
    query = {"msg_signature": signed, "timestamp": timestamp, "nonce": "n"}
    return query, as_xml({"ToUserName": "ww1", "AgentID": "1000002", "Encrypt": encrypt})


def heard(fields, **how):
    query, body = sealed(fields, **how)
    return hear(CORP, query, body, now=NOW)


@pytest.mark.parametrize("name", ["V1a", "V3a"])
def test_the_sealed_echo_of_a_check_is_given_back_to_the_letter(name):
    vector = VECTORS[name]
    query = query_of(vector) | {"echostr": vector["encrypt"]}
    assert verify(account_of(vector), query) == vector["plaintext"]


@pytest.mark.parametrize("part", ["msg_signature", "timestamp", "nonce", "echostr"])
def test_a_check_that_is_signed_otherwise_gets_nothing(part):
    vector = VECTORS["V1a"]
    query = query_of(vector) | {"echostr": vector["encrypt"]}
    with pytest.raises(NotGenuine):
        verify(account_of(vector), query | {part: query[part][:-2] + "xx"})


@pytest.mark.parametrize("name", ["V1b", "V3b"])
def test_known_callbacks_are_heard_as_words_of_staff(name):
    vector = VECTORS[name]
    at = datetime.fromtimestamp(int(vector["timestamp"]), UTC)
    wrapper = {"ToUserName": vector["receiveid"], "AgentID": "1", "Encrypt": vector["encrypt"]}
    received = hear(account_of(vector), query_of(vector), as_xml(wrapper), now=at)
    assert received.kind == "staff.text"
    assert received.text in ("test", "hello")
    assert received.happened_at == at


def test_a_callback_for_another_corp_is_not_genuine():
    with pytest.raises(NotGenuine):
        heard(ADDED, to="ww-another")


def test_a_corp_without_its_id_hears_nothing():
    query, body = sealed(ADDED)
    nameless = Account(key="corp", appid="", token=CORP.token, encoding_aes_key=KEY)
    with pytest.raises(BadCredentials):
        hear(nameless, query, body, now=NOW)


def test_who_was_added_is_the_sender():
    received = heard(ADDED)
    assert received.kind == "event.change_external_contact.add_external_contact"
    assert (received.sender, received.room, received.happened_at) == ("wmApril0", None, NOW)
    assert received.fields == ADDED


def test_wecom_repeating_itself_tells_the_same_fact():
    assert heard(ADDED) == heard(ADDED)
    assert heard(ADDED).key != heard(ADDED | {"UserID": "xiaoli"}).key


def test_what_changes_in_a_customer_group_is_told_of_the_group():
    about = {name: ADDED[name] for name in ("ToUserName", "FromUserName", "CreateTime", "MsgType")}
    received = heard(
        about
        | {"Event": "change_external_chat", "ChatId": "wrGold", "ChangeType": "update"}
        | {"UpdateDetail": "add_member", "MemChangeList": {"Item": ["wmA", "wmB"]}}
    )
    assert received.kind == "event.change_external_chat.update"
    assert (received.sender, received.room) == ("", "wrGold")
    assert received.fields["MemChangeList"] == {"Item": ["wmA", "wmB"]}


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"Event": "kf_msg_or_event", "Token": "T", "OpenKfId": "wk1"}, "event.kf_msg_or_event"),
        ({"Event": "msgaudit_notify", "FromUserName": "sys"}, "event.msgaudit_notify"),
        (
            {"Event": "change_external_tag", "ChangeType": "shuffle", "Id": "et1"},
            "event.change_external_tag.shuffle",
        ),
        (
            {"Event": "customer_acquisition", "ChangeType": "balance_low"},
            "event.customer_acquisition.balance_low",
        ),
        ({"Event": "subscribe", "FromUserName": "xiaowang"}, "staff.event.subscribe"),
        ({"Event": "an_event_of_next_year"}, "event.an_event_of_next_year"),
    ],
)
def test_every_event_has_its_kind_and_no_staff_passes_for_a_member(fields, kind):
    received = heard({"ToUserName": "ww1", "CreateTime": "1", "MsgType": "event", **fields})
    assert received.kind == kind
    assert received.sender == fields.get("FromUserName", "").replace("sys", "")


@pytest.mark.parametrize("name", ["UserID", "ExternalUserID"])
@pytest.mark.parametrize("value", ["", " ", "x" * 65])
def test_an_event_about_nobody_is_kept_as_unreadable(name, value):
    assert heard(ADDED | {name: value}).kind == "unreadable"


def test_what_is_signed_but_cannot_be_read_is_kept():
    assert heard({"MsgType": "event"}).kind == "unreadable"
