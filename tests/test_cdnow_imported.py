"""The order history of CDNOW's customers, brought along by the import as an operator would: points,
tiers and refunds of a random tenth are, to the cent, what a plain count of the file comes to.

``python -m bench.cdnow`` does the same with all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.domain.loyalty import ledger
from app.imports import commands
from tests import cdnow, cdnow_shop
from tests import standing_world as at
from tests.world import World

CUSTOMERS = 100


@pytest.fixture
def shop(world: World) -> Iterator[World]:
    """The rules, and nobody yet."""
    with world.siyu.database.writing() as session:
        cdnow_shop.open_shop(session)
    at.tick(world)
    yield world
    with world.siyu.database.reading() as session:
        assert ledger.discrepancies(session) == []


def brought(world: World, file: Path) -> str:
    told = CliRunner().invoke(
        commands.importing(world.siyu), ["orders", str(file), "--shop", "cdnow"]
    )
    assert told.exit_code == 0, told.output
    world.work()
    return told.output


def test_points_tiers_and_amounts_are_what_a_plain_count_comes_to(
    shop: World, tmp_path: Path
) -> None:
    sold = cdnow_shop.history(cdnow.sample(), CUSTOMERS)
    paid_back = [one for one in sold if sum(one.parts)]
    assert len(paid_back) > len(sold) / 15
    with shop.siyu.database.writing() as session:
        cdnow_shop.come(session, {one.customer for one in sold})
    for parts in cdnow_shop.PARTS:
        output = brought(shop, cdnow_shop.exported(tmp_path / f"{parts}.csv", sold, parts))
        assert "refused    0" in output
    again = brought(shop, cdnow_shop.exported(tmp_path / "again.csv", sold, 2))
    assert f"same   {len(sold)}" in again
    assert cdnow_shop.check(shop.siyu.database, sold) > 0
