"""The way that a message took, in words."""

from app.console.frame import console
from app.console.saying import plan_words
from app.outbox import OutboxMessage
from app.sending import ways


@console.app_template_filter()
def way_taken(message: OutboxMessage, channel_kind: str) -> str:
    return plan_words.said(ways.name_of(message, channel_kind), "way")
