"""Kinds: every leaf a rule can have, with its fields: what may be written in them, within which
bounds. Reading goes by this table, and so does the editor.

    {"kind": "ordered", "least": 2, "within_days": 90, "least_fen": 19900, "sku": "shampoo-01"}
"""

from collections.abc import Mapping
from dataclasses import dataclass

DAYS_MAX = 3650
COUNT_MAX = 100_000
NUMBER_MAX = 10**12
TEXT_MAX = 128
VALUES_MAX = 50

# Moments in a member's life with us, and what else we may have of her.
MOMENTS = ("joined", "left", "signed_up", "seen", "opted_out")
POSSESSIONS = ("nickname", "birthday", "phone", "email", "unionid", "zone")
ATTRIBUTES = ("tier", "live_code", "zone")
# Of what has happened, in the words of the inbox, the orders and the outbox.
HAPPENINGS = (
    *("chatted", "signed_in", "ordered", "refunded", "radar_opened", "form_submitted"),
    *("quiz_answered", "coupon_received", "coupon_used", "told"),
)
PLAN_STANDINGS = ("been_in", "in_now", "finished", "left_early", "reached_goal", "held_out")
# Figures of every night; what they mean is said where they are reckoned.
NUMBERS: tuple[str, ...] = (
    *("orders", "spent_fen", "recency_days", "rhythm_days", "active_hour"),
    *("r_score", "f_score", "m_score", "r_band", "f_band", "m_band"),
    *("expected_orders_year", "expected_value_fen_year", "alive_chance"),
)
WORDS: tuple[str, ...] = ("rfm_segment", "stage", "cluster")


@dataclass(frozen=True, slots=True)
class Field:
    """``holds``: text, texts, whole, wholes, number, choice or flag. Of numbers ``least`` and
    ``most`` are the bounds; ``choices`` are the words that may be chosen."""

    name: str
    holds: str
    is_needed: bool = False
    least: int = 0
    most: int = NUMBER_MAX
    choices: tuple[str, ...] = ()


def _text(name: str, *, is_needed: bool = False) -> Field:
    return Field(name, "text", is_needed)


def _number_of(name: str, *, is_needed: bool = False) -> Field:
    """The number by which we know something of ours."""
    return Field(name, "whole", is_needed, least=1)


WITHIN_DAYS = Field("within_days", "whole", least=1, most=DAYS_MAX)
_TIMES = (
    Field("least", "whole", most=COUNT_MAX),
    Field("most", "whole", most=COUNT_MAX),
    WITHIN_DAYS,
)
_BETWEEN = (Field("least", "number"), Field("most", "number"))
# How what has happened can be narrowed.
NARROWED: Mapping[str, tuple[Field, ...]] = {
    "chatted": (Field("where", "choice", choices=("private", "group")),),
    "signed_in": (),
    "ordered": (_text("sku"), Field("least_fen", "whole", least=1), _text("source")),
    "refunded": (_text("source"),),
    "radar_opened": (_text("link"),),
    "form_submitted": (_text("form"), _text("question"), _text("answer")),
    "quiz_answered": (_number_of("quiz"), Field("right", "flag")),
    "coupon_received": (_number_of("coupon"),),
    "coupon_used": (_number_of("coupon"),),
    "told": (_number_of("plan"), _number_of("broadcast")),
}
KINDS: Mapping[str, tuple[Field, ...]] = {
    "tag": (_text("tag", is_needed=True), WITHIN_DAYS),
    "nickname": (_text("contains", is_needed=True),),
    "birthday_month": (Field("months", "wholes", is_needed=True, least=1, most=12),),
    **dict.fromkeys(MOMENTS, (WITHIN_DAYS,)),
    "has": (Field("what", "choice", is_needed=True, choices=POSSESSIONS),),
    "follows": (_text("channel", is_needed=True),),
    "tier": (Field("tiers", "texts", is_needed=True),),
    "live_code": (Field("live_codes", "wholes", is_needed=True, least=1),),
    "zone": (Field("zones", "texts", is_needed=True),),
    "points": (Field("least", "whole"), Field("most", "whole")),
    "points_expiring": (
        Field("within_days", "whole", is_needed=True, least=1, most=DAYS_MAX),
        Field("least", "whole", least=1),
    ),
    "figure": (Field("figure", "choice", is_needed=True, choices=NUMBERS), *_BETWEEN),
    "figure_is": (
        Field("figure", "choice", is_needed=True, choices=WORDS),
        Field("values", "texts", is_needed=True),
    ),
    **{kind: (*NARROWED[kind], *_TIMES) for kind in HAPPENINGS},
    "group": (Field("groups", "wholes", least=1),),
    "plan": (
        _number_of("plan", is_needed=True),
        Field("standing", "choice", is_needed=True, choices=PLAN_STANDINGS),
    ),
    "segment": (_text("segment", is_needed=True),),
}
