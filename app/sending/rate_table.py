"""The table of rates: how often each way of each kind of channel may be called, by the keys of the
platforms' numbers. Who obeys them: ``call_rates``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.domain.outreach.allowances import limit_table
from app.domain.people.channels import Kind
from app.sending.due_messages import AnyMessage

HALF_A_MINUTE = timedelta(seconds=30)
LONGEST_MONTH = timedelta(days=31)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EVERY_WAY, URL_LINK = "*", "url_link"


@dataclass(frozen=True, slots=True)
class Call:
    """A call that a door makes for an operator who waits; what is said is a call as well."""

    way: str
    recipient: str = ""
    through: str = ""


Caller = AnyMessage | Call


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls in any period that long: of the channel, or about each thing there is of this
    kind."""

    limit_key: str
    period: timedelta
    per_recipient: bool = False
    per_through: bool = False
    times_staff: bool = False  # the number is for each member of staff, and all share the sum

    @property
    def is_of_channel(self) -> bool:
        return not (self.per_recipient or self.per_through)

    def subject_of(self, call: Caller) -> str:
        if self.per_through:
            return call.through
        return call.recipient if self.per_recipient else ""


_MASS = (Rate(limit_table.MASS_CALLS_A_DAY, DAY), Rate(limit_table.MASS_CALLS_A_MINUTE, MINUTE))
_WECOM = (
    Rate(limit_table.WECOM_CALLS_A_MINUTE, MINUTE),  # of each API there; of all together here
    Rate(limit_table.WECOM_CALLS_AN_HOUR, HOUR),
)
_APP = (
    Rate(limit_table.APP_MESSAGES_A_MINUTE, MINUTE, per_recipient=True),
    Rate(limit_table.APP_MESSAGES_AN_HOUR, HOUR, per_recipient=True),
    Rate(limit_table.APP_MESSAGES_A_DAY, DAY, times_staff=True),
)
# By the kind of channel and the way a message goes; what is not listed has no rate.
RATES: Mapping[tuple[str, str], Sequence[Rate]] = {
    (Kind.OFFICIAL_ACCOUNT, "mass"): _MASS,
    (Kind.OFFICIAL_ACCOUNT, "mass_tag"): _MASS,
    (Kind.OFFICIAL_ACCOUNT, "template"): (Rate(limit_table.TEMPLATES_A_DAY, DAY),),
    (Kind.WECOM, EVERY_WAY): _WECOM,
    (Kind.WECOM, "app"): _APP,
    (Kind.WECOM, "moment"): (
        Rate(limit_table.MOMENTS_A_MINUTE, MINUTE),
        Rate(limit_table.MOMENTS_A_MONTH, LONGEST_MONTH),
    ),
    (Kind.WECOM, "staff_message_reminder"): (
        Rate(limit_table.REMINDERS_A_DAY, DAY, per_through=True),
    ),
    (Kind.MINI_PROGRAM, URL_LINK): (Rate(limit_table.URL_LINKS_A_DAY, DAY),),
    (Kind.SMS_TENCENT, EVERY_WAY): (
        Rate(limit_table.TENCENT_SMS_A_HALF_MINUTE, HALF_A_MINUTE, per_recipient=True),
        Rate(limit_table.TENCENT_SMS_AN_HOUR, HOUR, per_recipient=True),
        Rate(limit_table.TENCENT_SMS_A_DAY, DAY, per_recipient=True),
    ),
    (Kind.SMS_ALIYUN, EVERY_WAY): (
        Rate(limit_table.ALIYUN_SMS_A_MINUTE, MINUTE, per_recipient=True),
        Rate(limit_table.ALIYUN_SMS_AN_HOUR, HOUR, per_recipient=True),
        Rate(limit_table.ALIYUN_SMS_A_DAY, DAY, per_recipient=True),
    ),
    (Kind.VOICE_TENCENT, EVERY_WAY): (
        Rate(limit_table.TENCENT_CALLS_A_HALF_MINUTE, HALF_A_MINUTE, per_recipient=True),
        Rate(limit_table.TENCENT_CALLS_A_DAY, DAY, per_recipient=True),
    ),
    (Kind.VOICE_ALIYUN, EVERY_WAY): (
        Rate(limit_table.ALIYUN_CALLS_A_MINUTE, MINUTE, per_recipient=True),
        Rate(limit_table.ALIYUN_CALLS_AN_HOUR, HOUR, per_recipient=True),
        Rate(limit_table.ALIYUN_CALLS_A_DAY, DAY, per_recipient=True),
    ),
    (Kind.GROUP_ROBOT, EVERY_WAY): (Rate(limit_table.ROBOT_MESSAGES_A_MINUTE, MINUTE),),
}


def a_day_to_one(kind: str) -> Sequence[str]:
    """The limits of how many messages of a day a provider takes for one recipient."""
    rates = RATES.get((kind, EVERY_WAY), ())
    return [one.limit_key for one in rates if one.per_recipient and one.period == DAY]
