"""Figure nights: the figures of everybody are worked out once a day, after three, in a process
that the scheduler starts (``python -m app.clockwork.figure_nights``) and that ends with its work,
since it needs memory that nobody else does. A house that was down at three does it as soon as it is
up again; a process that died is followed by another when its lease has ended. By hand: ``figure``.
"""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable

import click
import structlog
from sqlalchemy.exc import OperationalError

from app import start
from app.clockwork import nights
from app.config import Settings
from app.domain.insight import figurings
from app.domain.insight.figurings import AnotherIsAtWork, Figuring
from app.wiring import Siyu, wire

COMMAND = (sys.executable, "-m", "app.clockwork.figure_nights")
NICE = 15  # whoever answers members goes first
WORDS = {
    "orders": "读取订单 orders read",
    "members": "写入会员 members written",
    "once more": "重新计算 once more",
}
_log = structlog.get_logger(__name__)


class FigureNights:
    """What the scheduler looks at once a minute."""

    def __init__(self, siyu: Siyu):
        self._siyu = siyu
        self._child: subprocess.Popen[bytes] | None = None

    def look(self) -> bool:
        """Starts the work where it is due and nobody is at it. Returns whether it did."""
        if self._child is not None and self._child.poll() is None:
            return False
        try:
            if not self._is_due():
                return False
        except OperationalError as error:
            _log.warning("database trouble, the next look tries again", error=str(error.orig))
            return False
        self._child = subprocess.Popen(COMMAND)
        return True

    def stop(self) -> None:
        """What was written is right; the rest is done by the next one."""
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()
            self._child.wait()

    def _is_due(self) -> bool:
        siyu, now = self._siyu, self._siyu.clock()
        on = nights.begun_on(siyu.programme, now)
        if on is None:
            return False
        with siyu.database.reading() as session:
            return not (figurings.is_done(session, on) or figurings.is_at_work(session, now))


def command(siyu: Siyu) -> click.Command:
    @click.command("figure")
    def figure() -> None:
        """Work the figures of every member out anew, as every night does."""
        began_s, done = time.monotonic(), Counter[str]()

        def tick(kind: str, count: int) -> None:
            done[kind] += count
            click.echo(f"{WORDS[kind]:<28}{done[kind]:>12,}")

        try:
            figuring = run(siyu, tick)
        except AnotherIsAtWork:
            raise click.ClickException("正在计算 / figures are being worked out already") from None
        took_s = time.monotonic() - began_s
        click.echo(f"{figuring.members:,} 位买家 buyers, {figuring.orders:,} 笔订单 orders")
        for name, reason in figuring.why_not.items():
            click.echo(f"未拟合 not fitted: {name}: {reason}")
        click.echo(f"{took_s:.1f} s")

    return figure


def run(siyu: Siyu, tick: Callable[[str, int], None]) -> Figuring:
    """Works everybody's figures out. Raises AnotherIsAtWork."""
    from app.figuring import nightly  # here, since the scheduler itself needs no scipy

    number = nightly.run(nightly.House(siyu.database, siyu.programme, siyu.clock), tick)
    with siyu.database.reading() as session:
        return session.get_one(Figuring, number)


def main() -> None:
    os.nice(NICE)
    siyu = start.ready(wire(Settings()))
    try:
        figuring = run(siyu, lambda kind, count: _log.debug("figured", kind=kind, count=count))
    except AnotherIsAtWork:
        _log.info("figures are being worked out already")
        return
    _log.info("figures worked out", members=figuring.members, orders=figuring.orders)


if __name__ == "__main__":
    main()
