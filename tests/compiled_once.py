"""Compiled once a process: routes, templates and statements. Each test has a web app, a sandbox and
an engine of its own. Werkzeug compiles each of some five hundred routes; each app compiles the
templates of its pages, and each engine the statements it is asked. What is compiled
depends on the route, the template, or the statement and the kind of database alone, so the same
serves every test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

# what Rule.compile finds out
OF_A_ROUTE = ("_parts", "_trace", "_converters", "arguments", "_build", "_build_unknown")
STATEMENTS = 10_000


@pytest.fixture(scope="session", autouse=True)
def _compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    templates = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Flask, "jinja_options", {"bytecode_cache": templates})
        patched.setattr(Rule, "compile", _remembering(Rule.compile))
        _share_statements(patched)
        yield


def _remembering(compile_route: Callable[[Rule], None]) -> Callable[[Rule], None]:
    compiled: dict[Any, dict[str, Any]] = {}

    def compile_once(rule: Rule) -> None:
        defaults = tuple(sorted((rule.defaults or {}).items()))
        key = (rule.rule, rule.subdomain, rule.merge_slashes, defaults)
        if key not in compiled:
            compile_route(rule)
            compiled[key] = {name: vars(rule)[name] for name in OF_A_ROUTE}
        vars(rule).update(compiled[key])

    return compile_once


def _share_statements(patched: pytest.MonkeyPatch) -> None:
    """SQLAlchemy keeps them by dialect, and each engine has its own: here all of a kind are one."""
    statements: Any = LRUCache(STATEMENTS)
    for kind in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        patched.setattr(kind, "__eq__", lambda one, other: type(one) is type(other), raising=False)
        patched.setattr(kind, "__hash__", lambda one: hash(type(one)), raising=False)
    shared = property(lambda _: statements, lambda _engine, _own: None)
    patched.setattr(Engine, "_compiled_cache", shared, raising=False)
