"""Reads the body of a callback, XML or JSON alike, into one shape: names to strings, nested.

A stranger can post here before any signature has been checked, so the costs are bounded and
nothing but elements, text and CDATA is let through to the XML parser.
"""

import json
import re
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree  # nosec B405

from bots.messages import NotGenuine

DEPTH_MAX = 8  # the deepest known body is xml.SendPicsInfo.PicList.item.PicMd5Sum
ELEMENTS_MAX = 256

# The platform sends one of these as an object, several as an array or as a repeated element.
_LISTS = frozenset({"List", "item", "Item"})
# What neither XML nor a database text column can hold: controls, NUL, lone surrogates.
_ILLEGIBLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DECLARATION = re.compile(r"\A\s*<\?xml\s[^<>]*\?>")
_BARE = re.compile("<[!?]")


class Unreadable(ValueError):
    """A body that is neither harmful nor understood: kept and shown, if it came signed."""


def parse(body: bytes) -> dict[str, Any]:
    """The fields of a body. Every scalar is a string, as written: a MsgId above 2^53 survives.

    Raises NotGenuine for a DOCTYPE or any other ``<!`` or ``<?`` outside CDATA and for a repeated
    field (two readers could take it for two different messages); Unreadable for all else.
    """
    try:
        text = legible(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Unreadable("not UTF-8") from None
    opening = text.lstrip()[:1]
    if opening == "<":
        fields = _from_xml(text)
    elif opening == "{":
        fields = _from_json(text)
    else:
        raise Unreadable("neither XML nor JSON")
    if _size(fields) > ELEMENTS_MAX:
        raise Unreadable(f"more than {ELEMENTS_MAX} elements")
    return fields


def legible(text: str) -> str:
    """The text without the characters that XML forbids and databases refuse."""
    return _ILLEGIBLE.sub("", text)


def _from_xml(text: str) -> dict[str, Any]:
    text = _DECLARATION.sub("", text).strip()  # it is UTF-8, whatever it declares
    markup = " ".join(_outside_cdata(text))
    if _BARE.search(markup):
        raise NotGenuine("markup that no platform sends")
    if markup.count("<") > 2 * ELEMENTS_MAX:
        raise Unreadable(f"more than {ELEMENTS_MAX} elements")  # before it costs anything
    try:  # nothing is left that could declare an entity, so the plain parser is safe
        root = ElementTree.fromstring(text)  # nosec B314
    except ElementTree.ParseError:
        raise Unreadable("broken XML") from None
    fields = _element(root, depth=1)
    if root.tag != "xml" or not isinstance(fields, dict):
        raise Unreadable("not an <xml> with fields")
    return fields


def _outside_cdata(text: str) -> Iterable[str]:
    """The text between CDATA sections, in one pass: a pattern would go over an unclosed section
    once for every opening in it."""
    before, *sections = text.split("<![CDATA[")
    yield before
    for section in sections:
        yield section.partition("]]>")[2]


def _element(element: ElementTree.Element, depth: int) -> Any:
    _check_depth(depth)
    if len(element) == 0:
        return legible(element.text or "")
    if any((text or "").strip() for text in (element.text, *(child.tail for child in element))):
        raise Unreadable("text between elements")
    return _fields((child.tag, _element(child, depth + 1)) for child in element)


def _from_json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(
            text,
            strict=False,
            object_pairs_hook=_fields,
            parse_int=str,
            parse_float=str,
            parse_constant=str,
        )
    except (ValueError, RecursionError):
        raise Unreadable("broken JSON") from None
    fields: dict[str, Any] = _strings(value, depth=1)
    return fields


def _strings(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return legible(value)
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return ""
    _check_depth(depth)
    if isinstance(value, dict):
        return {name: _strings(inner, depth + 1) for name, inner in value.items()}
    return [_strings(inner, depth + 1) for inner in value]


def _fields(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        name = legible(name)
        if name in _LISTS:
            fields.setdefault(name, []).extend(value if isinstance(value, list) else [value])
        elif name in fields:
            raise NotGenuine("a field is given twice")
        else:
            fields[name] = value
    return fields


def _check_depth(depth: int) -> None:
    if depth > DEPTH_MAX:
        raise Unreadable(f"nested deeper than {DEPTH_MAX}")


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + sum(_size(inner) for inner in value.values())
    if isinstance(value, list):
        return 1 + sum(_size(inner) for inner in value)
    return 1
