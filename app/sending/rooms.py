"""Rooms: is there room for these messages, in what the platforms let us call and say?"""

from sqlalchemy.orm import Session

from app.sending import call_rates, room_rates
from app.sending.eligibility import Messages, by_channel
from app.sending.verdicts import Check, Occasion, Verdict, Verdicts, Wait


def parked_channels(session: Session, messages: Messages, occasion: Occasion) -> Verdicts:
    """A platform that said "no more today" is not asked before the day ends."""
    found: dict[int, Verdict] = {}
    for channel, those in by_channel(session, messages):
        if channel.parked_until is not None and channel.parked_until > occasion.now:
            wait = Wait(channel.parked_until, "daily_quota", its_like=True)
            found.update(dict.fromkeys((message.id for message in those), wait))
    return found


def calls(session: Session, messages: Messages, occasion: Occasion) -> Verdicts:
    """As many calls as the platform lets us make."""
    found: dict[int, Verdict] = {}
    for channel, those in by_channel(session, messages):
        full = call_rates.full_for(session, channel, those, occasion.now)
        for message, one in zip(those, full, strict=True):
            if one is not None:
                its_like = not one.for_this_one
                found[message.id] = Wait(one.until, "no_room_for_calls", its_like)
    return found


def groups(session: Session, messages: Messages, occasion: Occasion) -> Verdicts:
    """As much as may be said in one group."""
    group_ids = {message.group_id for message in messages if message.group_id is not None}
    full = room_rates.full_until(session, group_ids, occasion.now)
    return {
        message.id: Wait(full[message.group_id], "no_room_in_group")
        for message in messages
        if message.group_id is not None and message.group_id in full
    }


CHECKS: tuple[Check, ...] = (parked_channels, calls, groups)


def count(session: Session, messages: Messages, occasion: Occasion) -> None:
    """These are about to be called."""
    for channel, those in by_channel(session, messages):
        call_rates.count_all(session, channel, those, occasion.now)
