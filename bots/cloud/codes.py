"""What a provider's codes mean for the sender, where codes are words (``isv.OUT_OF_SERVICE``).

A code that is in no table counts as refused with the reason "unclassified", with the code beside
it: seeing one is a reason to extend the table, not to try again blindly.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bots import answers
from bots.error_tables import UNCLASSIFIED, Meaning
from bots.messages import Answer, Outcome

MINUTE_S, HOUR_S, HALF_A_DAY_S = 60, 3600, 12 * 3600


@dataclass(frozen=True, slots=True)
class CodeTable:
    """``families`` are codes that mean the same by the word before their first dot."""

    platform: str
    codes: Mapping[str, Meaning]
    families: Mapping[str, Meaning] = field(default_factory=dict)

    def meaning_of(self, code: str) -> Meaning:
        known = self.codes.get(code)
        return known or self.families.get(code.partition(".")[0], UNCLASSIFIED)

    def answer(self, code: str, platform_id: str = "", now: datetime | None = None) -> Answer:
        """The answer that a code stands for; its reason names the code too. A quota of a day comes
        back at midnight in Beijing, counted from ``now`` (by default, now)."""
        outcome, reason, retry_after_s = self.meaning_of(code)
        if outcome is Outcome.ACCEPTED:
            return Answer(outcome, platform_id=platform_id)
        if outcome is Outcome.PARKED and not retry_after_s:
            retry_after_s = answers.seconds_to_midnight(now or datetime.now(UTC))
        return Answer(outcome, reason=f"{reason}:{code}", retry_after_s=retry_after_s)


ACCEPTED = Meaning(Outcome.ACCEPTED, "")
BUSY = Meaning(Outcome.LATER, "system_busy", 5)
TOO_FREQUENT = Meaning(Outcome.LATER, "too_frequent", MINUTE_S)
TOO_FREQUENT_TO_HER = Meaning(Outcome.LATER, "number_too_frequent", MINUTE_S)
ENOUGH_THIS_HOUR = Meaning(Outcome.LATER, "number_too_frequent", HOUR_S)
ENOUGH_TODAY = Meaning(Outcome.LATER, "number_daily_limit", HALF_A_DAY_S)
DAILY_QUOTA = Meaning(Outcome.PARKED, "daily_quota")
BAD_NUMBER = Meaning(Outcome.REFUSED, "bad_number")
BLOCKED_NUMBER = Meaning(Outcome.REFUSED, "number_blocked")
BAD_CONTENT = Meaning(Outcome.REFUSED, "content_refused")
TOO_LONG = Meaning(Outcome.REFUSED, "text_too_long")
BAD_PARAMETERS = Meaning(Outcome.REFUSED, "bad_parameters")
BAD_TEMPLATE = Meaning(Outcome.MISCONFIGURED, "template_not_approved")
BAD_SIGN_NAME = Meaning(Outcome.MISCONFIGURED, "sign_name_not_approved")
BAD_CREDENTIALS = Meaning(Outcome.MISCONFIGURED, "bad_secret")
BAD_CLOCK = Meaning(Outcome.MISCONFIGURED, "clock_skew")
NO_RIGHT = Meaning(Outcome.MISCONFIGURED, "no_right")
NO_MONEY = Meaning(Outcome.MISCONFIGURED, "no_money_left")
NOT_ALLOWED_FROM_HERE = Meaning(Outcome.MISCONFIGURED, "address_not_allowed")
BAD_APP = Meaning(Outcome.MISCONFIGURED, "bad_appid")
UNCERTAIN = Meaning(Outcome.AMBIGUOUS, "platform_failed")
