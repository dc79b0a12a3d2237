"""The doctor: looks at everything a running house depends on, for real, and changes nothing.

What depends on something broken is not looked at: its troubles would only hide the cause.
"""

from collections.abc import Iterator

from app.doctor import accounts, house
from app.doctor.findings import Finding, Said, Trouble
from app.domain.people import channels
from app.wiring import Siyu

__all__ = ["Finding", "Said", "Trouble", "examine"]


def examine(siyu: Siyu) -> Iterator[Finding]:
    """One finding after the other, the house first, then each channel."""
    for about, check in house.GROUND.items():
        yield Finding(about, check(siyu))
    database = house.database_is_ready(siyu)
    yield Finding(house.DATABASE, database)
    if database is not None:
        return
    for about, check in house.PROCESSES.items():
        yield Finding(about, check(siyu))
    with siyu.database.reading() as session:
        known = channels.all_of(session)
    for channel in known:
        yield from accounts.examine(siyu, channel)
