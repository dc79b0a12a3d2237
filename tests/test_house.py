"""The house stands as drawn: who may import whom, and a few habits no linter knows.

Every rule reads the source, so an import hidden in a function counts too. Every rule is also
broken on purpose, in a small house of its own, to show that it bites.
"""

import ast
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests.house_plan import DOORS, PARTS

HOUSE = Path(__file__).resolve().parents[1]
OURS = ("app", "bots", "tagging", "sop")
LINES_MAX = 300

# of one event, of one row, of one plan or broadcast, of one duty of the clock
GO_ON_REGARDLESS = {
    *("app.worker", "app.imports.going_through", "app.troubles", "app.scheduler", "app.odd_ones"),
}
MAY_KNOW_FLASK = {*DOORS, "app.web", "app.commands", "bots.sandbox"}
FLASK = ("flask", "apiflask", "werkzeug", "wtforms")
WORLD = {
    "os.environ",
    "os.getenv",
    "time",
    "socket",
    "http",
    "urllib.request",
    "requests",
    "redis",
    "apscheduler",
}
READINGS = {"now", "utcnow", "today", "current_timestamp", "environ", "getenv"}
BLIND = {"Exception", "BaseException"}


def imports_cross_parts(house: Path) -> Iterator[str]:
    for module, tree in modules(house):
        part = part_of(module)
        for name in imported(tree, module):
            target = part_of(name)
            if name.split(".")[0] in OURS and target != part and target not in PARTS[part]:
                yield f"{module} imports {name}"


def imports_hide_from_this_test(house: Path) -> Iterator[str]:
    for module, tree in modules(house):
        for node in ast.walk(tree):
            if isinstance(node, ast.expr) and names_in(node) & {"import_module", "__import__"}:
                yield f"{module} imports by name, line {node.lineno}"


def flask_is_behind_a_door(house: Path) -> Iterator[str]:
    for module, tree in modules(house):
        is_door = any(is_within(module, door) for door in MAY_KNOW_FLASK)
        for name in imported(tree, module):
            if not is_door and name.split(".")[0].startswith(FLASK):
                yield f"{module} imports {name}"


def the_sandbox_knows_wechatpy(house: Path) -> Iterator[str]:
    for module, tree in modules(house, "bots/sandbox"):
        yield from (f"{module} imports {n}" for n in imported(tree, module) if "wechatpy" in n)


def decisions_touch_the_world(house: Path) -> Iterator[str]:
    for module, tree in modules(house, "app/domain", "tagging", "sop"):
        for name in imported(tree, module):
            if any(is_within(name, part) for part in WORLD):
                yield f"{module} imports {name}"
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in READINGS:
                yield f"{module} reads {node.attr}, line {node.lineno}"


def something_blind_is_caught(house: Path) -> Iterator[str]:
    for module, tree in modules(house):
        for node in ast.walk(tree):
            if module not in GO_ON_REGARDLESS and catches_everything(node):
                yield f"{module} catches everything: {ast.unparse(node)[:60]}"


def a_module_is_too_long_to_read(house: Path) -> Iterator[str]:
    for path in sources(house, *OURS):
        lines = len(path.read_text().splitlines())
        if lines > LINES_MAX:
            yield f"{path.relative_to(house)} has {lines} lines"


Rule = Callable[[Path], Iterable[str]]
# Each rule with something that breaks it, and where.
RULES: dict[Rule, list[tuple[str, str]]] = {
    imports_cross_parts: [
        ("tagging/words.py", "import sop.plans"),
        ("sop/plans.py", "def f():\n    from app import db"),
        ("sop/plans.py", "from sop.rehearsing import casts"),
        ("sop/times/schedules.py", "from sop import plans"),
        ("bots/official_account/client.py", "from bots.sandbox import wsgi"),
        ("bots/official_account/client.py", "from tagging import words"),
        ("bots/sandbox/wsgi.py", "from bots.messages import Received"),
        ("bots/sandbox/wsgi.py", "from .. import official_account"),
        ("app/domain/people/members.py", "from app.domain.loyalty import points"),
        ("app/domain/loyalty/points.py", "from app.domain.insight import tags"),
        ("app/domain/insight/tags.py", "from ..outreach import plans"),
        ("app/domain/insight/tags.py", "from ..outreach.journeys import plans"),
        ("app/domain/outreach/journeys/plans.py", "from app.domain.outreach import broadcasts"),
        ("app/domain/insight/tags.py", "from app import outbox"),
        ("app/domain/insight/tags.py", "from bots import messages"),
        ("app/inbox.py", "from app.domain.people import members"),
        ("app/outbox.py", "from bots import official_account"),
        ("app/handlers/chat.py", "import bots.official_account as account"),
        ("app/journeys/running.py", "from app import wiring"),
        ("app/worker.py", "from app import webhook"),
        ("app/api/members.py", "from app.console import pages"),
        ("app/console/pages.py", "from bots.sandbox import wsgi"),
        ("app/console/people/members.py", "from bots.sandbox import wsgi"),
        ("app/console/content/media.py", "from app.console.automation import plans"),
        ("app/console/saying/words.py", "from app.console.loyalty import tiers"),
    ],
    imports_hide_from_this_test: [
        ("tagging/words.py", "import importlib\nimportlib.import_module('app.db')"),
        ("tagging/words.py", "app = __import__('app')"),
    ],
    flask_is_behind_a_door: [
        ("app/worker.py", "def f():\n    from flask import g"),
        ("app/domain/people/members.py", "from flask_login import UserMixin"),
        ("bots/official_account/client.py", "import werkzeug.security"),
    ],
    the_sandbox_knows_wechatpy: [
        ("bots/sandbox/crypto.py", "from wechatpy.crypto import WeChatCrypto"),
    ],
    decisions_touch_the_world: [
        ("app/domain/loyalty/points.py", "from datetime import datetime as d\nd.now()"),
        ("app/domain/loyalty/points.py", "import datetime\ndatetime.date.today()"),
        ("app/domain/loyalty/points.py", "import sqlalchemy as sa\nsa.func.now()"),
        ("sop/plans.py", "from time import time"),
        ("sop/plans.py", "import os\nos.environ['A']"),
        ("tagging/words.py", "import requests"),
    ],
    something_blind_is_caught: [
        ("app/inbox.py", "try:\n    pass\nexcept Exception:\n    pass"),
        ("app/inbox.py", "try:\n    pass\nexcept (ValueError, BaseException):\n    pass"),
        ("app/inbox.py", "try:\n    pass\nexcept:\n    pass"),
        ("app/inbox.py", "import contextlib\nwith contextlib.suppress(Exception):\n    pass"),
    ],
    a_module_is_too_long_to_read: [("bots/answers.py", "x = 1\n" * (LINES_MAX + 1))],
}
BREACHES = [(rule, *breach) for rule, breaches in RULES.items() for breach in breaches]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_nowhere(rule: Rule) -> None:
    assert list(rule(HOUSE)) == []


@pytest.mark.parametrize(("rule", "where", "source"), BREACHES)
def test_a_planted_breach_is_found(rule: Rule, where: str, source: str, tmp_path: Path) -> None:
    (tmp_path / where).parent.mkdir(parents=True)
    (tmp_path / where).write_text(source)
    assert list(rule(tmp_path))


def test_no_module_escapes_the_rules() -> None:
    names = {module for module, _ in modules(HOUSE)}
    assert {"app.db", "app.inbox", "bots.messages", "tagging.words", "sop.plans"} <= names
    assert all(part_of(name) in PARTS for name in names)


def modules(house: Path, *folders: str) -> Iterator[tuple[str, ast.Module]]:
    for path in sources(house, *(folders or OURS)):
        parts = path.relative_to(house).with_suffix("").parts
        yield ".".join(parts), ast.parse(path.read_text())


def sources(house: Path, *folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (house / folder).rglob("*.py"))


def part_of(name: str) -> str:
    fitting = [part for part in PARTS if is_within(name, part)]
    return max(fitting, key=len, default="")


def is_within(name: str, part: str) -> bool:
    return name == part or name.startswith(f"{part}.")


def imported(tree: ast.Module, module: str) -> Iterator[str]:
    """Full names of all that is imported anywhere in the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = module.split(".")[: -node.level] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def catches_everything(node: ast.AST) -> bool:
    if isinstance(node, ast.ExceptHandler):
        goes_on = isinstance(node.body[-1], ast.Raise)  # undoes something, hides nothing
        is_blind = node.type is None or bool(names_in(*ast.walk(node.type)) & BLIND)
        return is_blind and not goes_on
    if isinstance(node, ast.Call) and "suppress" in names_in(node.func):
        return bool(names_in(*node.args) & BLIND)
    return False


def names_in(*nodes: ast.AST) -> set[str]:
    plain = {node.id for node in nodes if isinstance(node, ast.Name)}
    return plain | {node.attr for node in nodes if isinstance(node, ast.Attribute)}
