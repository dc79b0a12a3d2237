"""Bodies of callbacks: two spellings, one shape; harmful ones refused, broken ones told apart."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.messages import NotGenuine
from bots.wechat_xml import DEPTH_MAX, ELEMENTS_MAX, Unreadable, parse
from tests.wechat_callbacks import as_json, as_xml

PICTURES = {
    "SendPicsInfo": {
        "Count": "2",
        "PicList": {"item": [{"PicMd5Sum": "aa"}, {"PicMd5Sum": "bb"}]},
    }
}
names = st.text("abcXYZ_", min_size=1, max_size=8)
# XML makes every line end a "\n", and cannot hold "]]>" in one CDATA section.
texts = st.text(
    st.characters(codec="utf-8", exclude_characters="\r", exclude_categories=["Cc", "Cn"]),
    max_size=30,
).filter(lambda text: "]]>" not in text)
nested = st.recursive(
    texts, lambda inner: st.dictionaries(names, inner, min_size=1, max_size=3), max_leaves=8
)


def json_of_depth(depth: int) -> bytes:
    return b'{"a":' * depth + b'"x"' + b"}" * depth


@given(fields=st.dictionaries(names, nested, min_size=1, max_size=6))
def test_xml_and_json_read_the_same(fields):
    assert parse(as_xml(fields)) == parse(as_json(fields)) == fields


def test_the_deepest_known_body_is_read():
    assert parse(as_xml(PICTURES)) == PICTURES


@pytest.mark.parametrize("spelling", [as_xml, as_json])
def test_one_element_of_a_list_is_a_list_too(spelling):
    one = {"SubscribeMsgPopupEvent": {"List": {"TemplateId": "t1"}}}
    two = {"SubscribeMsgPopupEvent": {"List": [{"TemplateId": "t1"}, {"TemplateId": "t2"}]}}
    assert parse(spelling(one)) == {"SubscribeMsgPopupEvent": {"List": [{"TemplateId": "t1"}]}}
    assert parse(spelling(two)) == two


def test_numbers_keep_every_digit():
    body = (
        b'{"MsgId": 9007199254740993, "Latitude": 23.1374660, "Odd": NaN, "On": true, "No": null}'
    )
    assert parse(body) == {
        "MsgId": "9007199254740993",
        "Latitude": "23.1374660",
        "Odd": "NaN",
        "On": "true",
        "No": "",
    }


@pytest.mark.parametrize(
    "body",
    [
        '<!DOCTYPE xml [<!ENTITY a "b">]><xml><A>&a;</A></xml>',
        '<?xml version="1.0"?><!DOCTYPE xml SYSTEM "file:///etc/passwd"><xml/>',
        "<!doctype xml><xml><A>1</A></xml>",
        "<xml><!DOCTYPE xml><A>1</A></xml>",
        "<xml><!-- --><A>1</A></xml>",
        '<xml><?php echo "1"?><A>1</A></xml>',
        "<?x <![CDATA[ ?><!DOCTYPE xml []><xml><A>]]></A></xml>",
        "<xml><A><![CDATA[x]]><!ENTITY b></A></xml>",
        "<\x00!DOCTYPE xml><xml><A>1</A></xml>",
    ],
)
def test_markup_that_no_platform_sends_is_not_genuine(body):
    with pytest.raises(NotGenuine):
        parse(body.encode())


def test_a_member_may_write_about_doctypes():
    said = "<!DOCTYPE html> 怎么写？ <?xml?> &lt; <![CDATA["
    assert parse(as_xml({"Content": said})) == {"Content": said}


@pytest.mark.parametrize(
    "body",
    [
        b"<xml><A>1</A><A>2</A></xml>",
        b'{"A": 1, "A": 1}',
        b'{"B": {"A": 1, "A": 2}}',
        b'{"A": 1, "A\\u0000": 2}',
    ],
)
def test_a_field_given_twice_is_not_genuine(body):
    with pytest.raises(NotGenuine):
        parse(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"hello",
        b"[1]",
        b"<xml>",
        b"<xml/>",
        b"<xml>text</xml>",
        b"<html><A>1</A></html>",
        b"<xml><A>1</A>text<B>2</B></xml>",
        b"<xml><A>&unknown;</A></xml>",
        b"<xml><A>&#0;</A></xml>",
        b'{"A": 1',
        b'{"A": 1}{"B": 2}',
        b'{"A": ' + b"[" * 60_000,
        b"<a>" * 20_000 + b"</a>" * 20_000,
        "<xml><A>中</A></xml>".encode("gbk"),
        "<xml><A>1</A></xml>".encode("utf-16"),
    ],
)
def test_what_cannot_be_understood_is_unreadable(body):
    with pytest.raises(Unreadable):
        parse(body)


@pytest.mark.parametrize("spelling", [as_xml, as_json])
def test_width_and_depth_are_bounded(spelling):
    wide = {f"A{number}": "x" for number in range(ELEMENTS_MAX - 1)}
    assert parse(spelling(wide)) == wide
    with pytest.raises(Unreadable):
        parse(spelling({**wide, "B": "x"}))
    with pytest.raises(Unreadable):
        parse(json_of_depth(DEPTH_MAX + 1))
    assert parse(json_of_depth(DEPTH_MAX))


def test_what_storage_refuses_is_taken_out():
    said = json.dumps({"Content": "a\x00b\x0b\ud83d\ufffe😀", "Li\x00st": "x"})
    assert parse(said.encode()) == {"Content": "ab😀", "List": ["x"]}
    assert parse(b"<xml><A>a\x00b\x0bc</A></xml>") == {"A": "abc"}


def test_a_declaration_of_another_encoding_changes_nothing():
    body = '\ufeff<?xml version="1.0" encoding="UTF-7"?>\n<xml><A>中+ADw-</A></xml>'
    assert parse(body.encode()) == {"A": "中+ADw-"}


@given(
    body=st.binary(max_size=200)
    | st.text('<>xml/![]CDATA{}":,\\ud8001&;?-', max_size=80).map(str.encode)
)
def test_no_body_does_worse_than_being_refused(body):
    try:
        fields = parse(body)
    except (NotGenuine, Unreadable):
        return
    assert isinstance(fields, dict)
