"""Ways in words: over which one a message went, and which were passed over before."""

from collections.abc import Mapping
from typing import Any

from app.console import plan_words
from app.console.frame import console
from app.outbox import OutboxMessage
from app.sending import ways


@console.app_template_filter()
def way_in_words(message: OutboxMessage, channel_kind: str) -> str:
    return plan_words.said(ways.name_of(message, channel_kind), "way")


@console.app_template_filter()
def way_name_in_words(passed_over: Mapping[str, Any]) -> str:
    return plan_words.said(str(passed_over["way"]), "way")
