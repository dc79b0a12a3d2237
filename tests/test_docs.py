"""The documents keep up with the program."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

from app import commands
from app.config import Settings
from app.wiring import wire
from bench import page

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
CHINESE = (ROOT / "README.zh-CN.md").read_text()


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_in_both_readmes(name: str) -> None:
    alias = Settings.model_fields[name].validation_alias
    for text in (README, CHINESE):
        assert f"`{alias or 'SIYU_' + name.upper()}`" in text


def test_every_command_is_documented(tmp_path: Path) -> None:
    app = Flask("documented")
    commands.add_to(app, wire(Settings(var=tmp_path, database_url="", redis_url="")))
    documented = (ROOT / "docs" / "commands.md").read_text()
    ours = {"migrate", "demo", "channel", "operator", "replay", "doctor", "rehearse", "figure"}
    ours |= {"import", "export", "item-codes"}
    assert ours <= set(app.cli.commands)
    for name in ours:
        for words in _leaves(app.cli.commands[name], name):
            assert f"`{words}" in documented, f"docs/commands.md does not know {words}"


def test_both_readmes_give_the_same_two_commands() -> None:
    for text in (README, CHINESE):
        assert re.findall(r"^(make \w+)", text, re.MULTILINE)[:2] == ["make run", "make test"]


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").glob("*.md")))
def test_every_link_between_documents_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} → {target}"


def test_every_room_has_its_line_in_the_architecture() -> None:
    told = (ROOT / "docs" / "architecture.md").read_text()
    rooms = {found.parent.relative_to(ROOT).as_posix() for found in ROOT.glob("app/*/__init__.py")}
    assert len(rooms) > 20
    assert [room for room in sorted(rooms) if f"`{room}/`" not in told] == []


def test_every_row_of_ours_beside_the_peers_is_shown_by_a_test() -> None:
    """docs/sop.md, side by side: a row claims nothing that no test tells."""
    rows = [
        line
        for line in (ROOT / "docs" / "sop.md").read_text().splitlines()
        if "| ● `tests/" in line
    ]
    assert len(rows) > 30
    for row in rows:
        named = re.search(r"`(tests/test_\w+\.py)`(?: `(test_\w+)`)?", row)
        assert named is not None, row
        written = (ROOT / named[1]).read_text()
        assert named[2] is None or f"def {named[2]}(" in written, row


def _leaves(command: click.Command, path: str) -> Iterator[str]:
    if isinstance(command, click.Group):
        for name, part in command.commands.items():
            yield from _leaves(part, f"{path} {name}")
    else:
        yield path


def test_the_page_on_speed_says_what_was_measured() -> None:
    assert page.PAGE.read_text() == page.text(json.loads(page.RESULTS.read_text()))
