"""Ledger nights: entries are sealed every minute, and once a night the whole ledger is gone over.

What is found stands on the console's page of the ledger and in the log. By hand: ``ledger verify``.
"""

from datetime import datetime

import click
import structlog
from sqlalchemy.exc import OperationalError

from app.clockwork import nights
from app.db import Database
from app.domain.loyalty import seals, verifications
from app.wiring import Siyu

BLOCKS = 5  # a minute; in the night, as many as there are
_log = structlog.get_logger(__name__)


def seal(database: Database, now: datetime) -> None:
    """What is not sealed yet, up to so many blocks, each in a transaction of its own."""
    for _ in range(BLOCKS):
        with database.writing() as session:
            if not seals.seal(session, now):
                return


def verify(database: Database, now: datetime) -> list[str]:
    """Seals what is left over, goes over the whole ledger, and says what does not hold."""
    more = True
    while more:
        with database.writing() as session:
            more = seals.seal(session, now, all_of_it=True)
    with database.reading() as session:
        return verifications.found(session, now)


def look(siyu: Siyu) -> None:
    """Once a night, by a thread of the scheduler beside its ticks."""
    now = siyu.clock()
    on = nights.begun_on(siyu.programme, now)
    if on is None:
        return
    try:
        with siyu.database.reading() as session:
            if verifications.is_done(session, on):
                return
        wrong = verify(siyu.database, now)
        with siyu.database.writing() as session:
            seen = verifications.extent(session)
            verifications.keep(session, on, wrong, seen, siyu.clock())
    except OperationalError as error:
        _log.warning("database trouble, the next look tries again", error=str(error.orig))
        return
    for one in wrong[: verifications.KEPT]:
        _log.error("the ledger does not hold", wrong=one)


def command(siyu: Siyu) -> click.Group:
    group = click.Group("ledger", help="The ledger of points 积分账本.")

    @group.command("verify")
    def verify_now() -> None:
        """Replay the ledger, check every invariant and the chain of seals."""
        wrong = verify(siyu.database, siyu.clock())
        with siyu.database.reading() as session:
            seen = verifications.extent(session)
        click.echo(f"分录 entries  {seen.entries:,}")
        click.echo(f"区块 seals    {seen.seals:,}")
        click.echo(f"链尾 hash     {seen.hash}")
        for one in wrong:
            click.echo(one)
        if wrong:
            raise click.ClickException(f"{len(wrong)} 处不符 / do not hold")
        click.echo("全部相符 / everything holds")

    return group
