"""The platform's XML, written and read: one level of fields, some of them nested."""

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree  # nosec B405

# Characters XML 1.0 has no place for; a phone cannot type them, a test can.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DECLARATION = re.compile(rb"<!(?!\[CDATA\[)")


class NotXml(Exception):
    """Not XML, or XML with declarations (entities), which the platform never has."""


def written(fields: Mapping[str, Any]) -> bytes:
    return f"<xml>{_elements(fields)}</xml>".encode()


def read(xml: bytes) -> dict[str, Any]:
    """Elements with children become dicts, repeated ones lists. Declarations are refused before
    anything is parsed. Raises NotXml."""
    if _DECLARATION.search(xml):
        raise NotXml("declarations are not allowed")
    try:
        root = ElementTree.fromstring(xml)  # nosec B314
        fields = _value(root)
    except (ElementTree.ParseError, ValueError, RecursionError) as error:
        raise NotXml(str(error)) from error
    if not isinstance(fields, dict):
        raise NotXml("there are no fields")
    return fields


def _elements(fields: Mapping[str, Any]) -> str:
    return "".join(_element(name, value) for name, value in fields.items())


def _element(name: str, value: Any) -> str:
    """A list is the same element several times."""
    if isinstance(value, list):
        return "".join(_element(name, one) for one in value)
    return f"<{name}>{_content(value)}</{name}>"


def _content(value: Any) -> str:
    if isinstance(value, Mapping):
        return _elements(value)
    if isinstance(value, (int, float)):
        return str(value)
    text = _NOT_XML.sub("", str(value)).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{text}]]>"


def _value(element: ElementTree.Element) -> Any:
    if not len(element):
        return element.text or ""
    fields: dict[str, Any] = {}
    for child in element:
        value = _value(child)
        if child.tag not in fields:
            fields[child.tag] = value
        elif isinstance(fields[child.tag], list):
            fields[child.tag].append(value)
        else:
            fields[child.tag] = [fields[child.tag], value]
    return fields
