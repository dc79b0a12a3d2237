"""Before a process serves: what must be true, or it does not start."""

import logging

import structlog

from app import db
from app.domain.people import channels
from app.wiring import Siyu


class CannotStart(Exception):
    """What is wrong and how to put it right, for whoever started the process."""


def ready(siyu: Siyu) -> Siyu:
    """Sets up the log and checks the database and the channels. Raises CannotStart."""
    level = logging.getLevelName(siyu.settings.log_level.upper())
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(level))
    logging.basicConfig(level=max(level, logging.WARNING))
    if db.pending_migrations(siyu.database.engine):
        raise CannotStart("the database is behind the code: run `flask --app wsgi migrate`")
    refuse_plaintext(siyu)
    return siyu


def refuse_plaintext(siyu: Siyu) -> None:
    """A plaintext callback signs only the address, never the message: whoever has seen one can
    forge all. Raises CannotStart unless the setting named for the danger allows it."""
    if siyu.settings.danger_accept_plaintext_callbacks:
        return
    with siyu.database.reading() as session:
        plain = [channel.key for channel in channels.all_of(session) if channel.is_plaintext]
    if plain:
        raise CannotStart(
            f"channel {', '.join(plain)} takes callbacks in plaintext, which anybody can forge: "
            "switch it to safe mode (安全模式), or set SIYU_DANGER_ACCEPT_PLAINTEXT_CALLBACKS=true"
        )
