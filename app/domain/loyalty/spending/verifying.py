"""Verifying a lottery: every draw reckoned again from the seed that was committed to."""

from collections import Counter
from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from app.domain.loyalty.spending import draws, lotteries, odds, prizes
from app.domain.loyalty.spending.draws import Draw
from app.domain.loyalty.spending.lotteries import Lottery
from app.domain.loyalty.spending.prizes import Prize
from app.domain.vault import Vault

BATCH = 1_000


def discrepancies(session: Session, lottery: Lottery, vault: Vault) -> Iterator[str]:
    """What is not as the seed, the odds and the stocks say; nothing if all is well. The lottery has
    been opened."""
    seed = lotteries.seed_of(lottery, vault)
    if odds.commitment(seed) != lottery.commitment:
        yield "the seed is not the one that was committed to"
    if lottery.seed is not None and lottery.seed != seed.hex():
        yield "the seed that was told is not the one that was drawn with"
    offered = prizes.of(session, lottery.id)
    given: Counter[int] = Counter()
    number = 0
    while batch := draws.of_lottery(session, lottery.id, number, BATCH):
        for one in batch:
            number += 1
            yield from _of_draw(one, number, seed, offered, given)
        number = batch[-1].number
    if number != lottery.drawn:
        yield f"{lottery.drawn} draws were counted, the last is {number}"
    for prize in offered:
        if prize.won != given[prize.id]:
            yield f"{prize.name} was won {given[prize.id]} times, not {prize.won}"


def _of_draw(
    one: Draw, number: int, seed: bytes, offered: Sequence[Prize], given: Counter[int]
) -> Iterator[str]:
    if one.number != number:
        yield f"draw {number} is missing"
        return
    drawn = odds.ticket(seed, number)
    fell_on = offered[odds.chosen([prize.odds_ppm for prize in offered], drawn)]
    is_left = fell_on.stock is None or given[fell_on.id] < fell_on.stock
    due = fell_on if is_left else next(prize for prize in offered if prize.is_consolation)
    given[one.prize_id] += 1
    if (one.ticket, one.fell_on_id) != (drawn, fell_on.id):
        yield f"draw {number} has ticket {one.ticket}, and the seed says {drawn}"
    if one.prize_id != due.id:
        yield f"draw {number} gave another prize than {due.name}"
