"""The sandbox's accounts file is read again when it changes, and never half."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from bots.sandbox import create_app
from bots.sandbox.accounts import BadAccounts
from tests.sandbox_world import accounts


def write(path: Path, content: Any, mtime: int) -> None:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    os.utime(path, (mtime, mtime))


def keys(client: Any) -> list[str]:
    return [account["key"] for account in client.get("/sandbox/members").json["accounts"]]


def test_a_file_that_comes_later_and_changes_later_is_read(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    client = create_app(path, tmp_path / "state.db").test_client()
    assert keys(client) == []
    assert "flask --app wsgi demo" in client.get("/").text
    write(path, accounts(), mtime=1)
    assert keys(client) == ["demo-oa", "demo-mini", "demo-groups"]
    write(path, {"accounts": accounts()["accounts"][:1]}, mtime=2)
    assert keys(client) == ["demo-oa"]


@pytest.mark.parametrize("wrong", ['{"accounts": [', "{}", '{"accounts": [{"kind": "x"}]}'])
def test_a_wrong_file_stops_the_start_but_not_a_running_sandbox(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "accounts.json"
    write(path, wrong, mtime=1)
    with pytest.raises(BadAccounts):
        create_app(path, tmp_path / "state.db")
    write(path, accounts(), mtime=2)
    client = create_app(path, tmp_path / "state.db").test_client()
    write(path, wrong, mtime=3)
    assert len(keys(client)) == 3


def test_secrets_are_shown_nowhere(tmp_path: Path) -> None:
    client = create_app(accounts(), tmp_path / "state.db").test_client()
    for address in ("/", "/sent", "/faults", "/sandbox/members"):
        shown = client.get(address).text
        for secret in ("oa-secret", "mini-secret", "group-secret", "callbacktoken", "0123456789AB"):
            assert secret not in shown
