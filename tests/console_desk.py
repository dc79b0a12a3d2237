"""An operator at her desk: a browser without scripts, for the tests of the console."""

import re
from typing import TYPE_CHECKING, Any

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

if TYPE_CHECKING:
    from tests.world import World

EMAIL, PASSWORD = "april@shop.example", "correct horse"
_TOLD = re.compile(r'class="invalid-feedback[^>]*>([^<]*)<')
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def told_at(page: str, name: str) -> list[str]:
    """What is told between this input and the next."""
    field = rf'<(?:input|select|textarea)[^>]*name="{re.escape(name)}"'
    behind = re.split(field, page, maxsplit=1)[1]
    return _TOLD.findall(re.split(r"<(?:input|select[ >]|textarea)", behind, maxsplit=1)[0])


class Desk:
    """Reads pages and sends forms, each with the token of the page it stands on."""

    def __init__(self, app: Flask):
        self.client: FlaskClient = app.test_client()

    def log_in(
        self, email: str = EMAIL, password: str = PASSWORD, target: str = ""
    ) -> TestResponse:
        form = {"email": email, "password": password, "next": target}
        return self.post("/login", form, page="/login")

    def get(self, path: str, **how: Any) -> TestResponse:
        return self.client.get(f"/console{path}", **how)

    def read(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.text

    def post(
        self, path: str, form: dict[str, Any] | None = None, *, page: str = "/rules", **how: Any
    ) -> TestResponse:
        token = {"csrf_token": self.token(page)}
        return self.client.post(f"/console{path}", data=token | (form or {}), **how)

    def token(self, page: str) -> str:
        found = _TOKEN.search(self.read(page))
        assert found is not None, f"{page} has no form"
        return found[1]


@pytest.fixture(scope="session")
def translations() -> None:
    """What set-up compiles, in case it has not run since a translation was changed."""
    from app.console import languages

    for source in languages.TRANSLATIONS.rglob("*.po"):
        with source.open("rb") as written, source.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, read_po(written))


@pytest.fixture
def stranger(world: "World", translations: None) -> Desk:
    """Somebody at the console's door, who could log in."""
    from app.domain.people import operators

    with world.siyu.database.writing() as session:
        operators.add(session, EMAIL, "四月", PASSWORD, world.now)
    return Desk(world.client.application)


@pytest.fixture
def desk(stranger: Desk) -> Desk:
    """An operator who has logged in."""
    assert stranger.log_in().status_code == 303
    return stranger
