"""Compiled once a process: routes and templates. Each test has a web app and a sandbox of its own,
with some four hundred routes together, and for each werkzeug compiles two functions; each app also
compiles the templates of its pages. Together that was half a second a test. What is compiled
depends on the route or the template alone, so the same serves every app."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule

Build = Callable[..., tuple[str, str]]


@pytest.fixture(scope="session", autouse=True)
def _compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    templates = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Flask, "jinja_options", {"bytecode_cache": templates})
        patched.setattr(Rule, "_compile_builder", _remembering(Rule._compile_builder))
        yield


def _remembering(compile_builder: Callable[[Rule, bool], Build]) -> Callable[..., Build]:
    compiled: dict[Any, Build] = {}

    def compile_once(rule: Rule, append_unknown: bool = True) -> Build:
        defaults = tuple(sorted((rule.defaults or {}).items()))
        key = (rule.rule, tuple(rule._trace), defaults, append_unknown)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    return compile_once
