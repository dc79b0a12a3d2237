"""What a member should have, worked out in plain lists with nothing of the product: the rules of
docs/loyalty.md written down a second time, without a database."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)


class Refused(Exception):
    """There is not enough, or nothing to undo, or nothing on hold."""


@dataclass(eq=False)
class NaiveLot:
    number: int
    left: int
    expires_at: datetime | None
    pending_until: datetime | None
    lapsed: int = 0

    @property
    def last_moment(self) -> datetime:
        return self.expires_at or FOR_EVER


@dataclass
class Movement:
    """An award, a spending, a hold or what became of it, and how much of it was undone."""

    kind: str
    amount: int
    growth: int = 0
    lot: NaiveLot | None = None
    taken: dict[NaiveLot, int] = field(default_factory=dict)
    until: datetime | None = None
    is_over: bool = False
    undone: int = 0


@dataclass
class NaiveMember:
    points: int = 0
    pending: int = 0
    reserved: int = 0
    arrears: int = 0
    growth: int = 0
    lots: list[NaiveLot] = field(default_factory=list)
    movements: dict[str, Movement] = field(default_factory=dict)

    def state(self) -> tuple[Any, ...]:
        lots = [(lot.left, lot.expires_at, lot.pending_until) for lot in self.lots if lot.left]
        return (self.points, self.pending, self.reserved, self.arrears, self.growth), lots

    # what is done

    def award(
        self,
        key: str,
        amount: int,
        growth: int,
        expires_at: datetime | None,
        available_at: datetime | None,
        now: datetime,
    ) -> None:
        waits = available_at if available_at and available_at > now else None
        paid = 0 if waits else min(self.arrears, amount)
        lot = NaiveLot(len(self.lots), amount - paid, expires_at, waits)
        self.lots.append(lot)
        self.movements[key] = Movement("award", amount, growth, lot)
        self.arrears -= paid
        self.growth += growth
        if waits:
            self.pending += amount
        else:
            self.points += amount - paid

    def spend(self, key: str, amount: int) -> None:
        self.movements[key] = Movement("spend", amount, taken=self._take(amount))

    def reserve(self, key: str, amount: int, until: datetime) -> None:
        taken = self._take(amount)
        self.movements[key] = Movement("reserve", amount, taken=taken, until=until)
        self.reserved += amount

    def end(self, key: str, of_key: str, spent: int) -> None:
        hold = self.movements.get(of_key)
        if hold is None or hold.kind != "reserve" or hold.is_over or spent > hold.amount:
            raise Refused
        hold.is_over = True
        self.reserved -= hold.amount
        self._put_back(hold, hold.amount - spent)
        if spent:
            self.movements[key] = Movement("post", spent, taken=hold.taken)

    def reverse(self, of_key: str, amount: int) -> None:
        done = self.movements.get(of_key)
        if done is None or done.kind == "reserve" or not 0 < amount <= done.amount - done.undone:
            raise Refused
        if done.kind == "award":
            self._take_back(done, amount)
        else:
            self._put_back(done, amount)
        done.undone += amount

    def clock(self, now: datetime) -> None:
        """Everything that was due, one thing after the other."""
        while due := sorted(self._due(now), key=lambda one: one[:3]):
            at, kind, _, what = due[0]
            if kind == 0:
                what.is_over = True
                self.reserved -= what.amount
                self._put_back(what, what.amount)
            elif kind == 1:
                self._mature(what)
            else:
                self._lapse(what)

    # how

    def _due(self, now: datetime) -> Iterable[tuple[datetime, int, int, Any]]:
        for number, one in enumerate(self.movements.values()):
            if one.kind == "reserve" and not one.is_over and one.until and one.until <= now:
                yield one.until, 0, number, one
        for lot in self.lots:
            if lot.left and lot.pending_until and lot.pending_until <= now:
                yield lot.pending_until, 1, lot.number, lot
            elif lot.left and not lot.pending_until and lot.expires_at and lot.expires_at <= now:
                yield lot.expires_at, 2, lot.number, lot

    def _mature(self, lot: NaiveLot) -> None:
        paid = min(self.arrears, lot.left)
        self.pending -= lot.left
        lot.left -= paid
        lot.pending_until = None
        self.arrears -= paid
        self.points += lot.left

    def _lapse(self, lot: NaiveLot) -> None:
        self.points -= lot.left
        lot.lapsed += lot.left
        lot.left = 0

    def _take(self, amount: int) -> dict[NaiveLot, int]:
        if amount > self.points:
            raise Refused
        self.points -= amount
        taken: dict[NaiveLot, int] = {}
        for lot in sorted(self.lots, key=lambda lot: (lot.last_moment, lot.number)):
            part = 0 if lot.pending_until else min(lot.left, amount)
            if part:
                lot.left -= part
                amount -= part
                taken[lot] = part
        return taken

    def _put_back(self, done: Movement, amount: int) -> None:
        back = 0
        from_last = sorted(done.taken, key=lambda lot: lot.number)
        for lot in sorted(from_last, key=lambda lot: lot.last_moment, reverse=True):
            part = min(done.taken[lot], amount)
            done.taken[lot] -= part
            lot.left += part
            amount -= part
            if lot.pending_until:
                self.pending += part
            else:
                back += part
        assert amount == 0
        self.points += back
        paid = min(self.arrears, back)
        self._take(paid)
        self.arrears -= paid

    def _take_back(self, award: Movement, amount: int) -> None:
        grown = award.growth * (award.undone + amount) // award.amount
        self.growth -= grown - award.growth * award.undone // award.amount
        assert award.lot is not None
        own = min(award.lot.left, amount)
        award.lot.left -= own
        if award.lot.pending_until:
            self.pending -= own
        else:
            self.points -= own
        lapsed = min(award.lot.lapsed, amount - own)
        award.lot.lapsed -= lapsed
        from_others = min(self.points, amount - own - lapsed)
        self._take(from_others)
        self.arrears += amount - own - lapsed - from_others
