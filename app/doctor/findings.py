"""What the doctor says: in both languages, and each trouble with what puts it right."""

from typing import NamedTuple


class Said(NamedTuple):
    zh: str
    en: str


class Trouble(NamedTuple):
    """What is wrong, and how to put it right."""

    zh: str
    en: str


class Finding(NamedTuple):
    """What was looked at, and what is wrong with it, if anything."""

    about: Said
    trouble: Trouble | None
