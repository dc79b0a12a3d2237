"""The front door of an official account: who gets in, and what is understood."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bots.messages import NotGenuine, Received, TooLarge
from bots.official_account import BadCredentials, hear, verify
from bots.wechat_crypto import signature
from tests.wechat_callbacks import ACCOUNT, NOW, TEXT_MESSAGE, as_json, as_xml, event, sealed

POPUP = event(
    "subscribe_msg_popup_event",
    SubscribeMsgPopupEvent={"List": [{"TemplateId": "t1", "SubscribeStatusString": "accept"}]},
)
MESSAGES = {
    "text": TEXT_MESSAGE,
    "image": {"PicUrl": "http://p", "MediaId": "m"},
    "voice": {"MediaId": "m", "Format": "amr", "Recognition": "你好"},
    "video": {"MediaId": "m", "ThumbMediaId": "t"},
    "shortvideo": {"MediaId": "m", "ThumbMediaId": "t"},
    "location": {"Location_X": "23.1", "Location_Y": "113.3", "Scale": "20", "Label": "广州"},
    "link": {"Title": "t", "Description": "d", "Url": "http://u"},
    "miniprogrampage": {"Title": "t", "AppId": "a", "PagePath": "p"},
    "a_type_of_next_year": {"Anything": "goes"},
}
EVENTS = {
    "subscribe": {"EventKey": "qrscene_shelf_01", "Ticket": "T"},
    "unsubscribe": {"EventKey": ""},
    "SCAN": {"EventKey": "shelf_01", "Ticket": "T"},
    "LOCATION": {"Latitude": "23.137466", "Longitude": "113.352425", "Precision": "119.38"},
    "CLICK": {"EventKey": "SIGN_IN"},
    "VIEW": {"EventKey": "http://u", "MenuId": "1"},
    "view_miniprogram": {"EventKey": "pages/index", "MenuId": "1"},
    "scancode_push": {"ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "1"}},
    "pic_weixin": {"SendPicsInfo": {"Count": "1", "PicList": {"item": [{"PicMd5Sum": "a"}]}}},
    "location_select": {"SendLocationInfo": {"Location_X": "23", "Poiname": ""}},
    "TEMPLATESENDJOBFINISH": {"MsgID": "200163836", "Status": "failed:user block"},
    "MASSSENDJOBFINISH": {"MsgID": "1000001625", "Status": "send success", "SentCount": "75"},
    "user_authorization_revoke": {"OpenID": "o", "RevokeInfo": "1"},
    "PUBLISHJOBFINISH": {"PublishEventInfo": {"publish_id": "1", "publish_status": "0"}},
    "kf_create_session": {"KfAccount": "a@b"},
    "an_event_of_next_year": {"Anything": "goes"},
}


def heard(fields, spelling=as_xml, **delivery) -> Received:
    query, body = sealed(spelling(fields), **delivery)
    return hear(ACCOUNT, query, body, now=NOW)


def test_a_message_says_who_what_and_when():
    received = heard(TEXT_MESSAGE)
    assert received == Received(
        key="message:oMember-1:7773749793478223190",
        kind="text",
        sender="oMember-1",
        happened_at=NOW,
        fields=TEXT_MESSAGE,
    )
    assert received.text == "洗面奶还有货吗？😀"


@pytest.mark.parametrize("kind", MESSAGES)
def test_every_type_of_message_is_understood(kind):
    fields = {**TEXT_MESSAGE, "MsgType": kind, **MESSAGES[kind]}
    received = heard(fields)
    assert (received.kind, received.fields) == (kind, fields)


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_is_understood(name):
    received = heard(event(name, **EVENTS[name]))
    assert received.kind == f"event.{name.lower()}"
    assert received.fields == event(name, **EVENTS[name])


@pytest.mark.parametrize("wrap", [as_xml, as_json])
@pytest.mark.parametrize("fields", [TEXT_MESSAGE, event("CLICK", EventKey="SIGN_IN"), POPUP])
def test_xml_and_json_tell_the_same_fact(wrap, fields):
    assert heard(fields, as_xml, wrap=wrap) == heard(fields, as_json, wrap=wrap)


def test_numbers_in_json_tell_the_same_fact():
    numbers = {**TEXT_MESSAGE, "CreateTime": int(NOW.timestamp()), "MsgId": 7773749793478223190}
    assert heard(numbers, as_json) == heard(TEXT_MESSAGE, as_xml)


def test_wechat_repeating_itself_tells_the_same_fact():
    for fields in (TEXT_MESSAGE, event("subscribe", EventKey="")):
        again = heard(fields, at=NOW + timedelta(seconds=5), nonce="another nonce")
        assert again == heard(fields)


def test_two_events_of_one_second_are_two_facts():
    first, second = (heard(event("CLICK", EventKey=key)) for key in ("SIGN_IN", "BALANCE"))
    assert first.key != second.key


def test_a_message_without_id_is_told_apart_by_its_content():
    nameless = {**TEXT_MESSAGE, "MsgId": ""}
    assert heard(nameless).key == heard(nameless).key
    assert heard(nameless).key != heard({**nameless, "Content": "另一句"}).key


@pytest.mark.parametrize("garbage", ["", "yesterday", "-5", "1e9", "9" * 50, "１２３", "12 34"])
def test_a_garbled_moment_is_now(garbage):
    assert heard({**TEXT_MESSAGE, "CreateTime": garbage}).happened_at == NOW


def test_a_moment_far_ahead_is_passed_on():
    ahead = NOW + timedelta(days=400)
    created = str(int(ahead.timestamp()))
    assert heard({**TEXT_MESSAGE, "CreateTime": created}).happened_at == ahead


@pytest.mark.parametrize(
    "plain",
    [
        b"",
        b"<xml><MsgType>text",
        b"\xff\xfe",
        as_xml({"FromUserName": "o"}),
        as_xml({"MsgType": "text"}),
        as_xml({**TEXT_MESSAGE, "MsgType": {"A": "b"}}),
        as_xml({**TEXT_MESSAGE, "FromUserName": "o" * 65}),
        as_xml({**TEXT_MESSAGE, "MsgType": "event"}),
        as_json({**TEXT_MESSAGE, "MsgId": [1]}),
    ],
)
def test_what_is_genuine_but_not_understood_is_kept(plain):
    query, body = sealed(plain)
    received = hear(ACCOUNT, query, body, now=NOW)
    assert received.kind == "unreadable"
    assert received.fields["Raw"] == plain.decode("utf-8", "replace")
    assert received.key == hear(ACCOUNT, query, body, now=NOW + timedelta(seconds=5)).key


def test_a_sealed_doctype_is_not_genuine():
    query, body = sealed(b'<!DOCTYPE xml [<!ENTITY a "b">]>' + as_xml(TEXT_MESSAGE))
    with pytest.raises(NotGenuine):
        hear(ACCOUNT, query, body, now=NOW)


@pytest.mark.parametrize("skew_s", [-301, 301, -86_400, 86_400])
def test_a_recording_is_not_genuine(skew_s):
    query, body = sealed(as_xml(TEXT_MESSAGE), at=NOW + timedelta(seconds=skew_s))
    with pytest.raises(NotGenuine):
        hear(ACCOUNT, query, body, now=NOW)
    assert hear(ACCOUNT, query, body, now=NOW, skew_max_s=abs(skew_s)).kind == "text"


@pytest.mark.parametrize("name", ["timestamp", "nonce", "msg_signature", "encrypt_type"])
@pytest.mark.parametrize("other", [None, "", "x", "\ud800", "９" * 10, "9" * 400])
def test_a_missing_or_garbled_parameter_is_not_genuine(name, other):
    query, body = sealed(as_xml(TEXT_MESSAGE))
    query = {key: value for key, value in {**query, name: other}.items() if value is not None}
    with pytest.raises(NotGenuine):
        hear(ACCOUNT, query, body, now=NOW)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<xml><ToUserName>gh</ToUserName></xml>",
        b"<xml><Encrypt></Encrypt></xml>",
        b'{"Encrypt": {"a": "b"}}',
        b'{"Encrypt": ["a"]}',
        "<xml><Encrypt>密</Encrypt></xml>".encode("gbk"),
        b"<!DOCTYPE xml><xml><Encrypt>a</Encrypt></xml>",
        b"<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>",
    ],
)
def test_a_wrapper_without_an_envelope_is_not_genuine(body):
    query, _ = sealed(as_xml(TEXT_MESSAGE))
    with pytest.raises(NotGenuine):
        hear(ACCOUNT, query, body, now=NOW)


@pytest.mark.parametrize("changed", [{"appid": "wx-another"}, {"token": "another"}])
def test_another_account_s_callback_is_not_genuine(changed):
    query, body = sealed(as_xml(TEXT_MESSAGE), account=replace(ACCOUNT, **changed))
    with pytest.raises(NotGenuine):
        hear(ACCOUNT, query, body, now=NOW)


def test_64_kib_is_the_limit():
    query, body = sealed(as_xml(TEXT_MESSAGE))
    assert hear(ACCOUNT, query, body.ljust(65_536), now=NOW).kind == "text"
    with pytest.raises(TooLarge):
        hear(ACCOUNT, query, body.ljust(65_537), now=NOW)


def test_two_thousand_mutations_raise_nothing_but_not_genuine():
    chance = random.Random(20261120)
    outcomes = {heard_mutated(chance, number % 2 == 0) for number in range(2_000)}
    assert outcomes == {"refused", "kept", "understood"}


def heard_mutated(chance: random.Random, inside: bool) -> str:
    spelling, wrap = chance.choice([as_xml, as_json]), chance.choice([as_xml, as_json])
    plain = spelling(chance.choice([TEXT_MESSAGE, POPUP]))
    query, body = sealed(mutated(chance, plain) if inside else plain, wrap=wrap)
    try:
        received = hear(ACCOUNT, query, body if inside else mutated(chance, body), now=NOW)
    except NotGenuine:
        return "refused"
    assert "\x00" not in repr(received)
    return "kept" if received.kind == "unreadable" else "understood"


def mutated(chance: random.Random, body: bytes) -> bytes:
    changed = bytearray(body)
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(changed) + 1)
        end = start + chance.choice([0, 1, 1, 8])
        changed[start:end] = chance.choice(
            [b"", chance.randbytes(1), b"<", b"\x00", b"]]>", b"<!", b"&a;", b"\xed\xa0\x80", b'"']
        )
    return bytes(changed)


def plaintext_query(at: datetime = NOW) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    claimed = signature(ACCOUNT.token, timestamp, "n")
    return {"signature": claimed, "timestamp": timestamp, "nonce": "n"}


@pytest.mark.parametrize("mode", [{}, {"encrypt_type": "raw"}])
def test_plaintext_is_refused_unless_allowed(mode):
    query, body = {**plaintext_query(), **mode}, as_xml(TEXT_MESSAGE)
    with pytest.raises(NotGenuine):
        hear(ACCOUNT, query, body, now=NOW)
    assert hear(ACCOUNT, query, body, now=NOW, plaintext_allowed=True) == heard(TEXT_MESSAGE)


def test_allowed_plaintext_still_has_to_be_signed():
    query = {**plaintext_query(), "signature": "0" * 40}
    with pytest.raises(NotGenuine):
        hear(ACCOUNT, query, as_xml(TEXT_MESSAGE), now=NOW, plaintext_allowed=True)


def test_the_address_check_returns_the_echo():
    query = {**plaintext_query(datetime(2001, 1, 1, tzinfo=UTC)), "echostr": "5927782489442352469"}
    assert verify(ACCOUNT, query) == "5927782489442352469"


@pytest.mark.parametrize("name", ["signature", "timestamp", "nonce", "echostr"])
def test_an_incomplete_address_check_is_not_genuine(name):
    query = {**plaintext_query(), "echostr": "1"}
    with pytest.raises(NotGenuine):
        verify(ACCOUNT, {**query, name: ""})


def test_an_account_without_a_token_answers_nobody():
    nobody = replace(ACCOUNT, token="")
    query, body = sealed(as_xml(TEXT_MESSAGE))
    with pytest.raises(BadCredentials):
        verify(nobody, {**plaintext_query(), "echostr": "1"})
    with pytest.raises(BadCredentials):
        hear(nobody, query, body, now=NOW)


def test_secrets_do_not_show_in_an_account():
    shown = repr(ACCOUNT)
    assert not [
        secret
        for secret in (ACCOUNT.token, ACCOUNT.encoding_aes_key, ACCOUNT.secret)
        if secret in shown
    ]


CHANGED = replace(
    ACCOUNT,
    token="new-token",
    encoding_aes_key="N" * 43,
    previous_token=ACCOUNT.token,
    previous_encoding_aes_key=ACCOUNT.encoding_aes_key,
)
MIXTURES = [
    replace(ACCOUNT, token=token, encoding_aes_key=key)
    for token in (CHANGED.token, ACCOUNT.token)
    for key in (CHANGED.encoding_aes_key, ACCOUNT.encoding_aes_key)
]


@pytest.mark.parametrize("sealing", MIXTURES)
def test_while_credentials_change_the_previous_ones_are_as_good(sealing):
    query, body = sealed(as_xml(TEXT_MESSAGE), account=sealing)
    assert hear(CHANGED, query, body, now=NOW) == heard(TEXT_MESSAGE)


def test_what_neither_opens_is_refused_like_any_forgery():
    forgotten = replace(CHANGED, previous_token="", previous_encoding_aes_key="")
    query, body = sealed(as_xml(TEXT_MESSAGE))
    with pytest.raises(NotGenuine):
        hear(forgotten, query, body, now=NOW)
    elsewhere = replace(ACCOUNT, appid="wxfeeeeeeeeeeeeeed")
    query, body = sealed(as_xml(TEXT_MESSAGE), account=elsewhere)
    with pytest.raises(NotGenuine, match="another appid"):
        hear(CHANGED, query, body, now=NOW)


def test_the_previous_token_still_answers_the_address_check():
    query = {**plaintext_query(), "echostr": "7"}
    assert verify(CHANGED, query) == "7"
    with pytest.raises(NotGenuine):
        verify(replace(CHANGED, previous_token=""), query)


def test_an_empty_token_is_no_previous_one():
    timestamp = str(int(NOW.timestamp()))
    forged = {"signature": signature("", timestamp, "n"), "timestamp": timestamp, "nonce": "n"}
    with pytest.raises(NotGenuine):
        verify(ACCOUNT, {**forged, "echostr": "7"})


def test_previous_secrets_do_not_show_in_an_account():
    assert CHANGED.previous_token not in repr(CHANGED)
    assert CHANGED.previous_encoding_aes_key not in repr(CHANGED)
