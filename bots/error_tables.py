"""What the error codes of each platform mean for the sender: one table a platform.

Sources: the official account's "Global return codes", WeCom's "Global error codes".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from bots.messages import Outcome

_SOON_S = 5
_MINUTE_S = 60


class Meaning(NamedTuple):
    """``retry_after_s`` is 0 where it does not matter, and for a quota that ends with the day."""

    outcome: Outcome
    reason: str
    retry_after_s: int = 0


UNCLASSIFIED = Meaning(Outcome.REFUSED, "unclassified")


@dataclass(frozen=True, slots=True)
class ErrorTable:
    """``families`` are codes that mean the same by their thousands."""

    platform: str
    codes: Mapping[int, Meaning]
    families: Mapping[int, Meaning] = field(default_factory=dict)

    def meaning_of(self, code: int) -> Meaning:
        known = self.codes.get(code)
        return known or self.families.get(code // 1000, UNCLASSIFIED)


_BAD_TOKEN = Meaning(Outcome.LATER, "token_refused", 30)  # not to be renewed more often
_BAD_RECIPIENT = Meaning(Outcome.REFUSED, "bad_recipient")
_UNREACHABLE = Meaning(Outcome.REFUSED, "recipient_unreachable")
_BAD_PARAMETERS = Meaning(Outcome.REFUSED, "bad_parameters")
_BAD_MEDIA = Meaning(Outcome.REFUSED, "bad_media")
_BAD_MENU = Meaning(Outcome.REFUSED, "bad_menu")
_TOO_LONG = Meaning(Outcome.REFUSED, "text_too_long")
_NO_RIGHT = Meaning(Outcome.MISCONFIGURED, "no_right")

OFFICIAL_ACCOUNT = ErrorTable(
    "official_account",
    {
        0: Meaning(Outcome.ACCEPTED, ""),
        -1: Meaning(Outcome.LATER, "system_busy", _SOON_S),
        40001: _BAD_TOKEN,
        40014: _BAD_TOKEN,
        42001: _BAD_TOKEN,
        40003: _BAD_RECIPIENT,
        46004: _BAD_RECIPIENT,
        49003: _BAD_RECIPIENT,
        40007: Meaning(Outcome.REFUSED, "media_expired"),
        **dict.fromkeys(
            (40004, 40005, 40006, 40009, 40010, 40011, 40012, 45001, 45007), _BAD_MEDIA
        ),
        40008: Meaning(Outcome.REFUSED, "kind_not_offered"),
        **dict.fromkeys((*range(40015, 40029), 40054, 40055), _BAD_MENU),
        46003: Meaning(Outcome.REFUSED, "no_menu"),
        40013: Meaning(Outcome.MISCONFIGURED, "bad_appid"),
        40125: Meaning(Outcome.MISCONFIGURED, "bad_secret"),
        40164: Meaning(Outcome.MISCONFIGURED, "address_not_allowed"),
        40029: Meaning(Outcome.REFUSED, "code_invalid"),
        40163: Meaning(Outcome.REFUSED, "code_used"),
        40129: _BAD_PARAMETERS,
        40165: _BAD_PARAMETERS,
        85401: _BAD_PARAMETERS,
        85402: _BAD_PARAMETERS,
        87009: Meaning(Outcome.REFUSED, "wrong_session_key"),
        40226: Meaning(Outcome.REFUSED, "risky_account"),
        42003: Meaning(Outcome.REFUSED, "code_expired"),
        40032: _BAD_PARAMETERS,
        40035: _BAD_PARAMETERS,
        40037: _BAD_PARAMETERS,
        47001: _BAD_PARAMETERS,
        47003: _BAD_PARAMETERS,
        43004: _UNREACHABLE,
        43019: _UNREACHABLE,
        48002: _UNREACHABLE,
        50005: _UNREACHABLE,
        43101: Meaning(Outcome.REFUSED, "not_subscribed"),
        **dict.fromkeys((45002, 45003, 45004, 45005), _TOO_LONG),
        45008: Meaning(Outcome.REFUSED, "too_many_articles"),
        45009: Meaning(Outcome.PARKED, "daily_quota"),
        45011: Meaning(Outcome.LATER, "too_frequent", _MINUTE_S),
        45015: Meaning(Outcome.REFUSED, "window_closed"),
        45047: Meaning(Outcome.REFUSED, "window_used_up"),
        45056: Meaning(Outcome.REFUSED, "too_many_tags"),
        45057: Meaning(Outcome.REFUSED, "tag_has_too_many_followers"),
        45058: Meaning(Outcome.REFUSED, "tag_is_reserved"),
        45059: Meaning(Outcome.REFUSED, "too_many_tags_on_follower"),
        45157: Meaning(Outcome.REFUSED, "bad_tag_name"),
        45158: Meaning(Outcome.REFUSED, "tag_name_too_long"),
        45159: Meaning(Outcome.REFUSED, "no_such_tag"),
        40030: Meaning(Outcome.REFUSED, "refresh_token_invalid"),
        42002: Meaning(Outcome.REFUSED, "refresh_token_expired"),
        76001: Meaning(Outcome.REFUSED, "no_such_rid"),
        76021: Meaning(Outcome.REFUSED, "no_such_api"),
        45072: _BAD_PARAMETERS,
        45080: Meaning(Outcome.REFUSED, "not_in_conversation"),
        45081: Meaning(Outcome.ACCEPTED, "already_typing"),
        45065: Meaning(Outcome.ACCEPTED, "same_key"),
        45066: Meaning(Outcome.LATER, "same_key_too_soon", _MINUTE_S),
        45067: Meaning(Outcome.REFUSED, "key_too_long"),
        48001: _NO_RIGHT,
        48004: _NO_RIGHT,
        48006: _NO_RIGHT,
        48008: _NO_RIGHT,
        50002: _NO_RIGHT,
    },
    families={41: _BAD_PARAMETERS, 44: _BAD_PARAMETERS},
)

_NO_SUCH_GROUP = Meaning(Outcome.REFUSED, "no_such_group")
_NO_SUCH_KF_ACCOUNT = Meaning(Outcome.MISCONFIGURED, "no_such_kf_account")
_APP_DISABLED = Meaning(Outcome.MISCONFIGURED, "app_disabled")

WECOM = ErrorTable(
    "wecom",
    {
        0: Meaning(Outcome.ACCEPTED, ""),
        -1: Meaning(Outcome.LATER, "system_busy", _SOON_S),
        # where something is asked with a token, 40001 says that this is none; see WECOM_TOKENS
        40001: _BAD_TOKEN,
        40014: _BAD_TOKEN,
        42001: _BAD_TOKEN,
        40003: _BAD_RECIPIENT,
        40096: _BAD_RECIPIENT,
        60111: _BAD_RECIPIENT,
        81013: _BAD_RECIPIENT,
        84061: _UNREACHABLE,  # she and this member of staff are not each other's contacts
        40050: _NO_SUCH_GROUP,
        86003: _NO_SUCH_GROUP,
        86007: Meaning(Outcome.REFUSED, "bad_group_member"),
        86217: Meaning(Outcome.REFUSED, "sender_not_in_group"),
        40007: Meaning(Outcome.REFUSED, "media_expired"),
        40013: Meaning(Outcome.MISCONFIGURED, "bad_corpid"),
        40056: Meaning(Outcome.MISCONFIGURED, "bad_agent_id"),
        40035: _BAD_PARAMETERS,
        40058: _BAD_PARAMETERS,
        47001: _BAD_PARAMETERS,
        40008: Meaning(Outcome.REFUSED, "kind_not_offered"),
        40068: Meaning(Outcome.REFUSED, "bad_tag"),
        40071: Meaning(Outcome.REFUSED, "tag_name_taken"),
        41050: Meaning(Outcome.REFUSED, "too_late"),  # the welcome code is invalid or over
        41051: Meaning(Outcome.REFUSED, "already_welcomed"),
        41096: Meaning(Outcome.LATER, "another_app_welcomes", 3),
        45002: Meaning(Outcome.REFUSED, "text_too_long"),
        45009: Meaning(Outcome.PARKED, "too_frequent", _MINUTE_S),
        45033: Meaning(Outcome.LATER, "too_many_at_once", _SOON_S),
        48002: _NO_RIGHT,
        60011: _NO_RIGHT,
        84074: _NO_RIGHT,
        48005: Meaning(Outcome.MISCONFIGURED, "api_retired"),
        50002: _APP_DISABLED,
        50003: _APP_DISABLED,
        60020: Meaning(Outcome.MISCONFIGURED, "address_not_allowed"),
        81017: Meaning(Outcome.REFUSED, "too_many_owners"),
        301042: Meaning(Outcome.MISCONFIGURED, "no_archive"),
        93000: Meaning(Outcome.MISCONFIGURED, "bad_webhook"),
        95000: _NO_SUCH_KF_ACCOUNT,
        95004: _NO_SUCH_KF_ACCOUNT,
        95001: Meaning(Outcome.REFUSED, "window_used_up"),
        95002: Meaning(Outcome.REFUSED, "window_closed"),
        95007: Meaning(Outcome.REFUSED, "token_of_callback_expired"),
        95013: Meaning(Outcome.REFUSED, "session_closed"),
        95014: Meaning(Outcome.REFUSED, "bad_session_state"),
        95016: Meaning(Outcome.REFUSED, "bad_session_state"),
        95017: _NO_RIGHT,
        95018: Meaning(Outcome.REFUSED, "bad_session_state"),
    },
    families={41: _BAD_PARAMETERS, 44: _BAD_PARAMETERS},
)
# Where tokens are given, 40001 is about the secret.
WECOM_TOKENS = ErrorTable(
    "wecom",
    {**WECOM.codes, 40001: Meaning(Outcome.MISCONFIGURED, "bad_secret")},
    WECOM.families,
)
