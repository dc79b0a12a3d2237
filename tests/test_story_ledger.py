"""Stories of the ledger: verified by hand and by night, exported, and shown to operators."""

from pathlib import Path

import sqlalchemy as sa

from app.clockwork import ledger_nights
from app.domain.loyalty import verifications
from app.domain.loyalty.verifications import Verification
from tests.console_desk import Desk
from tests.world import World


def run(world: World, *words: str) -> tuple[int, str]:
    outcome = world.client.application.test_cli_runner().invoke(args=list(words))
    return outcome.exit_code, outcome.output


def busy_day(world: World) -> None:
    for name in ("小雨", "阿诚"):
        world.event(name, "subscribe", EventKey="")
        world.says(name, "签到")
    world.work()


def break_a_balance(world: World) -> None:
    with world.siyu.database.writing() as session:
        session.execute(sa.text("UPDATE points_balances SET points = points + 1"))


def test_verify_says_that_everything_holds_or_what_does_not(world: World):
    busy_day(world)
    code, said = run(world, "ledger", "verify")
    assert (code, "全部相符" in said) == (0, True), said
    with world.siyu.database.reading() as session:
        assert verifications.extent(session).hash in said
    break_a_balance(world)
    code, said = run(world, "ledger", "verify")
    assert code == 1
    assert "replayed" in said


def test_the_ledger_is_exported_with_causes_and_postings(world: World, tmp_path: Path):
    busy_day(world)
    for name in ("ledger.csv", "ledger.xlsx"):
        code, said = run(world, "export", "ledger", str(tmp_path / name))
        assert code == 0, said
    heading, *rows = (tmp_path / "ledger.csv").read_text("utf-8-sig").splitlines()
    assert "账户 member" in heading
    entries = [row.split(",") for row in rows]
    assert len(entries) == 4, "two who follow and sign in"
    assert all(entry[3] == "award" and entry[6] and entry[8] for entry in entries)
    columns = heading.split(",")
    at = columns.index("账户 issued"), columns.index("账户 member")
    assert all(int(entry[at[0]]) == -int(entry[at[1]]) == -int(entry[4]) for entry in entries)


def test_every_night_goes_over_the_ledger_and_operators_see_what_it_found(world: World, desk: Desk):
    busy_day(world)
    assert "还没有核对过" in desk.read("/ledger")
    world.at(3, "02:59")
    ledger_nights.look(world.siyu)
    assert world.rows(Verification) == []
    world.at(3, "03:01")
    for _ in range(2):
        ledger_nights.look(world.siyu)
    (night,) = world.rows(Verification)
    assert (night.wrong, night.entries) == (0, 4)
    page = desk.read("/ledger")
    assert "没有不符" in page
    assert night.hash in page
    break_a_balance(world)
    world.at(4, "03:01")
    ledger_nights.look(world.siyu)
    assert "昨夜核对发现 4 处不符" in desk.read("/ledger"), "of each, the sum and the lots"


def test_operators_see_what_the_programme_owes(world: World, desk: Desk):
    busy_day(world)
    page = desk.read("/liability")
    assert "永不过期" in page
    total = 2 * world.balance("小雨").points
    assert f'<div class="figure-value">{total}</div>' in page
    answer = desk.post("/liability/export", {"format": "csv"}, page="/liability")
    assert answer.status_code == 200
    assert f"never,{total},0" in answer.get_data(as_text=True)
    answer = desk.post("/ledger/export", {"format": "csv"}, page="/ledger")
    assert answer.get_data(as_text=True).count("\n") == 5
