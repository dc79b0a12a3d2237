"""Reach: over which ways somebody can be told something, and for how long that will be so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sop.times import quiet_hours

Place = tuple[str, int]  # a way, and the channel it goes over

RINGING = frozenset({"sms", "call"})
BEIJING = ZoneInfo("Asia/Shanghai")  # platforms count their months there


@dataclass(slots=True)
class Window:
    """So many messages until then."""

    until: datetime
    left: int


@dataclass(slots=True)
class Monthly:
    """So many a calendar month; ``used`` of each month, by its name."""

    most: int
    used: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Reach:
    """``closed``: the ways that are not open, and why. The rest are open, as long as there is a
    window where one is needed, and as often as ``monthly`` and ``grants`` allow. ``windows`` and
    the others name only those whom they hold for."""

    closed: Mapping[Place, str] = field(default_factory=dict)
    needs_window: frozenset[Place] = frozenset()
    windows: dict[int, Window] = field(default_factory=dict)
    monthly: dict[Place, Monthly] = field(default_factory=dict)
    grants: dict[Place, int] = field(default_factory=dict)

    def copy(self) -> "Reach":
        """To be used up in another rehearsal."""
        return Reach(
            self.closed,
            self.needs_window,
            {channel: Window(one.until, one.left) for channel, one in self.windows.items()},
            {place: Monthly(one.most, dict(one.used)) for place, one in self.monthly.items()},
            dict(self.grants),
        )

    def take(self, place: Place, at: datetime) -> str | None:
        """Uses up what one message takes of it. Returns why the way is not open, or None."""
        closed = self.closed.get(place)
        if closed is not None:
            return closed
        if place in self.needs_window and not self._take_window(place[1], at):
            return "window_closed"
        if place in self.grants:
            if not self.grants[place]:
                return "not_subscribed"
            self.grants[place] -= 1
        monthly = self.monthly.get(place)
        if monthly is not None:
            month = at.astimezone(BEIJING).strftime("%Y-%m")
            if monthly.used.get(month, 0) >= monthly.most:
                return f"{place[0]}_month_used_up"
            monthly.used[month] = monthly.used.get(month, 0) + 1
        return None

    def _take_window(self, channel: int, at: datetime) -> bool:
        window = self.windows.get(channel)
        if window is None or not window.left or at >= window.until:
            return False
        window.left -= 1
        return True


def rings_at(way: str, at: datetime, zone: ZoneInfo) -> datetime:
    """When it is really heard: what makes a phone ring waits for the morning."""
    if way not in RINGING:
        return at
    return quiet_hours.ends_at(quiet_hours.PHONES_NIGHT, at, zone) or at
