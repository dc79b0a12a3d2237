"""The doctor asks each provider of SMS, mail and calls whether it knows us, and tells nobody."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.doctor import accounts
from app.domain.people import channels
from app.domain.people.channels import Channel
from tests import direct_world
from tests.direct_world import CALL_A, CALL_T, SMS_A, SMS_T, Providers
from tests.test_bots_mail import Postbox, free_port, listening
from tests.world import World


@pytest.fixture
def providers(world: World, tmp_path: Path) -> Iterator[Providers]:
    with direct_world.opened(world, tmp_path) as opened:
        yield opened


def troubles(world: World, key: str) -> list[str]:
    (channel,) = world.rows(Channel, Channel.key == key)
    found = accounts.examine(world.siyu, channel)
    return [said.trouble.en for said in found if said.trouble and "provider" in said.about.en]


@pytest.mark.parametrize("key", [SMS_T, SMS_A, CALL_T, CALL_A])
def test_good_credentials_are_found_good_and_nobody_is_told(
    world: World, providers: Providers, key: str
) -> None:
    assert troubles(world, key) == []
    assert providers.sent("") == []


@pytest.mark.parametrize("key", [SMS_T, SMS_A, CALL_T, CALL_A])
def test_a_wrong_secret_is_found(world: World, providers: Providers, key: str) -> None:
    with world.siyu.database.writing() as session:
        channel = channels.by_key(session, key)
        assert channel is not None
        secrets = {"secret": "wrong"}
        channels.change(session, channel.id, vault=world.siyu.vault, secrets=secrets)
    (trouble,) = troubles(world, key)
    assert "credentials are wrong" in trouble


def test_an_address_where_nobody_is_is_found(world: World, providers: Providers) -> None:
    with world.siyu.database.writing() as session:
        nowhere = sa.update(Channel).values(api_base_url="http://127.0.0.1:9")
        session.execute(nowhere.where(Channel.key == SMS_T))
    (trouble,) = troubles(world, SMS_T)
    assert "http://127.0.0.1:9" in trouble


def test_a_mail_server_is_asked_too(world: World) -> None:
    with listening(Postbox()) as port:
        for key, at in (("there", port), ("gone", free_port())):
            settings = {"host": "127.0.0.1", "port": str(at), "security": "none"}
            direct_world.add_channel(world, key, "mail", "a@b.example", "", settings=settings)
        assert troubles(world, "there") == []
        assert len(troubles(world, "gone")) == 1
