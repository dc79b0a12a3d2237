"""The numbers that platforms set us, each once, with its source. Who obeys them asks ``limits``.

The names below are keys; the numbers themselves are looked up by key, since an operator may have
changed them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.people.channel_kinds import Kind


@dataclass(frozen=True, slots=True)
class Limit:
    """One number: what the platform says, and between what an operator may set it."""

    key: str
    value: int
    unit: str
    least: int
    most: int
    source: str


_declared: dict[str, Limit] = {}


def _limit(key: str, value: int, unit: str, source: str, *, most: int = 0, least: int = 1) -> str:
    _declared[key] = Limit(key, value, unit, least, most or value * 100, source)
    return key


# Where a number comes from: a page of the platforms' official documentation.
CUSTOMER_SERVICE = "customer_service"  # official account: customer-service messages
CALLBACKS = "callbacks"  # official account: receiving messages, three tries of 5 s
PASSIVE_REPLY = "passive_reply"  # official account: passive replies
MASS_SEND = "mass_send"  # official account: mass messages
TEMPLATES = "templates"  # official account: template messages
TAGS = "tags"  # official account: tags of followers
QR_CODES = "qr_codes"  # official account: QR codes with parameters
MINI_CUSTOMER_SERVICE = "mini_customer_service"  # mini-program: customer-service messages
URL_LINKS = "url_links"  # mini-program: URL links
WECOM_CALLS = "wecom_calls"  # WeCom: frequency limits
WECOM_APP = "wecom_app"  # WeCom: app messages
WELCOME = "welcome"  # WeCom: welcome messages
GROUP_WELCOME = "group_welcome"  # WeCom: group welcome templates
GROUP_MESSAGES = "group_messages"  # WeCom: messages by staff to their contacts and groups
MOMENTS = "moments"  # WeCom: moments
KF = "kf"  # WeCom: WeChat customer service
GROUP_ROBOT = "group_robot"  # WeCom: group robots; gateways have no number of their own
SMART_BOT = "smart_bot"  # WeCom: smart bots

TENCENT_SMS = "tencent_sms"  # Tencent Cloud SMS: frequency limits
ALIYUN_SMS = "aliyun_sms"  # Aliyun SMS: frequency limits
TENCENT_VOICE = "tencent_voice"  # Tencent Cloud voice messages: frequency limits
ALIYUN_VOICE = "aliyun_voice"  # Aliyun voice: SingleCallByTts
OURS = "ours"  # no platform's: what we think is enough

# her message opens so many hours for so many messages of ours
CHAT_WINDOW_H = _limit("chat_window_h", 48, "hours", CUSTOMER_SERVICE, most=720)
CHAT_MESSAGES = _limit("chat_messages", 5, "messages", CUSTOMER_SERVICE, most=1000, least=0)
# following, scanning or a menu click opens so many seconds for so many messages
ACTION_WINDOW_S = _limit("action_window_s", 60, "seconds", CUSTOMER_SERVICE, most=86_400)
ACTION_MESSAGES = _limit("action_messages", 3, "messages", CUSTOMER_SERVICE, most=1000, least=0)
# the platform's window began when she acted: so much before we hear of it, at the latest
CALLBACK_DELAY_S = _limit("callback_delay_s", 15, "seconds", CALLBACKS, most=3600, least=0)
TEXT_BYTES_MAX = _limit("text_bytes_max", 2048, "bytes", CUSTOMER_SERVICE, most=2048, least=64)
PASSIVE_TEXT_BYTES = _limit("passive_text_bytes", 2048, "bytes", PASSIVE_REPLY, most=2048, least=64)

MASS_CALLS_A_DAY = _limit("mass_calls_a_day", 100, "calls", MASS_SEND)
MASS_CALLS_A_MINUTE = _limit("mass_calls_a_minute", 60, "calls", MASS_SEND)
MASS_A_MONTH = _limit("mass_a_month", 4, "messages", MASS_SEND, most=31, least=0)
MASS_RECIPIENTS = _limit("mass_recipients", 10_000, "recipients", MASS_SEND, most=10_000, least=2)
TEMPLATES_A_DAY = _limit("templates_a_day", 100_000, "messages", TEMPLATES)
ACCOUNT_TAGS = _limit("account_tags", 100, "tags", TAGS)
FOLLOWER_TAGS = _limit("follower_tags", 20, "tags", TAGS)
ACCOUNT_QR_CODES = _limit("account_qr_codes", 100_000, "codes", QR_CODES, most=100_000)

MINI_CHAT_WINDOW_H = _limit("mini_chat_window_h", 48, "hours", MINI_CUSTOMER_SERVICE, most=720)
MINI_CHAT_MESSAGES = _limit(
    "mini_chat_messages", 5, "messages", MINI_CUSTOMER_SERVICE, most=1000, least=0
)
MINI_ENTER_WINDOW_S = _limit(
    "mini_enter_window_s", 60, "seconds", MINI_CUSTOMER_SERVICE, most=86_400
)
MINI_ENTER_MESSAGES = _limit(
    "mini_enter_messages", 2, "messages", MINI_CUSTOMER_SERVICE, most=1000, least=0
)
URL_LINKS_A_DAY = _limit("url_links_a_day", 500_000, "calls", URL_LINKS)

WECOM_CALLS_A_MINUTE = _limit("wecom_calls_a_minute", 10_000, "calls", WECOM_CALLS)
WECOM_CALLS_AN_HOUR = _limit("wecom_calls_an_hour", 150_000, "calls", WECOM_CALLS)
APP_MESSAGES_A_MINUTE = _limit("app_messages_a_minute", 30, "messages", WECOM_APP)  # per person
APP_MESSAGES_AN_HOUR = _limit("app_messages_an_hour", 1000, "messages", WECOM_APP)  # per person
# times the members of staff there are, to all of them together
APP_MESSAGES_A_DAY = _limit("app_messages_a_day", 200, "messages", WECOM_APP)
APP_TEXT_BYTES = _limit("app_text_bytes", 2048, "bytes", WECOM_APP, most=2048, least=64)
WELCOME_WINDOW_S = _limit("welcome_window_s", 20, "seconds", WELCOME, most=60)
WELCOME_TEXT_BYTES = _limit("welcome_text_bytes", 4000, "bytes", WELCOME, most=4000, least=64)
WELCOME_ATTACHMENTS = _limit("welcome_attachments", 9, "attachments", WELCOME, most=9, least=0)
GROUP_WELCOME_TEXT_BYTES = _limit(
    "group_welcome_text_bytes", 3000, "bytes", GROUP_WELCOME, most=3000, least=64
)
GROUP_WELCOMES = _limit("group_welcomes", 100, "templates", GROUP_WELCOME)
# the platform allows as many a month as it has days; older rules allowed four
STAFF_MESSAGES_A_MONTH = _limit("staff_messages_a_month", 28, "messages", GROUP_MESSAGES, most=31)
STAFF_MESSAGE_CONTACTS = _limit(
    "staff_message_contacts", 10_000, "recipients", GROUP_MESSAGES, most=10_000
)
STAFF_MESSAGE_TEXT_BYTES = _limit(
    "staff_message_text_bytes", 4000, "bytes", GROUP_MESSAGES, most=4000, least=64
)
STAFF_MESSAGE_GROUPS = _limit("staff_message_groups", 2000, "recipients", GROUP_MESSAGES, most=2000)
REMINDERS_A_DAY = _limit("reminders_a_day", 3, "calls", GROUP_MESSAGES)  # of one message
MOMENTS_A_MINUTE = _limit("moments_a_minute", 10, "calls", MOMENTS)
MOMENTS_A_MONTH = _limit("moments_a_month", 100_000, "calls", MOMENTS)
MOMENT_TEXT_CHARS = _limit("moment_text_chars", 2000, "characters", MOMENTS, most=2000)
KF_WINDOW_H = _limit("kf_window_h", 48, "hours", KF, most=720)
KF_MESSAGES = _limit("kf_messages", 5, "messages", KF, most=1000, least=0)
KF_TEXT_BYTES = _limit("kf_text_bytes", 2048, "bytes", KF, most=2048, least=64)
KF_EVENT_WINDOW_S = _limit("kf_event_window_s", 20, "seconds", KF, most=60)
ROBOT_MESSAGES_A_MINUTE = _limit("robot_messages_a_minute", 20, "messages", GROUP_ROBOT)
ROBOT_TEXT_BYTES = _limit("robot_text_bytes", 2048, "bytes", GROUP_ROBOT, most=2048, least=64)
ROBOT_MARKDOWN_BYTES = _limit(
    "robot_markdown_bytes", 4096, "bytes", GROUP_ROBOT, most=4096, least=64
)
ROOM_MESSAGES_A_MINUTE = _limit("room_messages_a_minute", 60, "messages", GROUP_ROBOT, most=10_000)
BOT_TEXT_BYTES = _limit("bot_text_bytes", 20_480, "bytes", SMART_BOT, most=20_480, least=64)

# How long a text may be, by the kind of channel and the way it goes, or else by the kind of channel
# alone; TEXT_BYTES_MAX elsewhere.
TEXTS: Mapping[tuple[str, str], str] = {
    (Kind.OFFICIAL_ACCOUNT, "passive"): PASSIVE_TEXT_BYTES,
    (Kind.WECOM, "kf"): KF_TEXT_BYTES,
    (Kind.WECOM, "app"): APP_TEXT_BYTES,
    (Kind.WECOM, "welcome"): WELCOME_TEXT_BYTES,
    (Kind.WECOM, "group_welcome"): GROUP_WELCOME_TEXT_BYTES,
    (Kind.WECOM, "group_welcome_editing"): GROUP_WELCOME_TEXT_BYTES,
    (Kind.WECOM, "staff_message"): STAFF_MESSAGE_TEXT_BYTES,
    (Kind.WECOM, "moment"): MOMENT_TEXT_CHARS,
    (Kind.GROUP_ROBOT, ""): ROBOT_TEXT_BYTES,
    (Kind.SMART_BOT, ""): BOT_TEXT_BYTES,
}
MARKDOWN: Mapping[str, str] = {Kind.GROUP_ROBOT: ROBOT_MARKDOWN_BYTES}
# to one number, as the providers set it by default; their consoles may allow more
TENCENT_SMS_A_HALF_MINUTE = _limit("tencent_sms_a_half_minute", 1, "messages", TENCENT_SMS)
TENCENT_SMS_AN_HOUR = _limit("tencent_sms_an_hour", 5, "messages", TENCENT_SMS)
TENCENT_SMS_A_DAY = _limit("tencent_sms_a_day", 10, "messages", TENCENT_SMS)
ALIYUN_SMS_A_MINUTE = _limit("aliyun_sms_a_minute", 1, "messages", ALIYUN_SMS)
ALIYUN_SMS_AN_HOUR = _limit("aliyun_sms_an_hour", 5, "messages", ALIYUN_SMS)
ALIYUN_SMS_A_DAY = _limit("aliyun_sms_a_day", 10, "messages", ALIYUN_SMS)
TENCENT_CALLS_A_HALF_MINUTE = _limit("tencent_calls_a_half_minute", 1, "calls", TENCENT_VOICE)
TENCENT_CALLS_A_DAY = _limit("tencent_calls_a_day", 10, "calls", TENCENT_VOICE)
ALIYUN_CALLS_A_MINUTE = _limit("aliyun_calls_a_minute", 1, "calls", ALIYUN_VOICE)
ALIYUN_CALLS_AN_HOUR = _limit("aliyun_calls_an_hour", 5, "calls", ALIYUN_VOICE)
ALIYUN_CALLS_A_DAY = _limit("aliyun_calls_a_day", 20, "calls", ALIYUN_VOICE)
# to one member by SMS, by mail and by call, each
DIRECT_MESSAGES_A_DAY = _limit("direct_messages_a_day", 1, "messages", OURS)
# staff who have not confirmed a message are reminded after so long, so often; and after so many
# days nobody waits for them any more
STAFF_REMINDED_AFTER_H = _limit("staff_reminded_after_h", 24, "hours", OURS, most=168)
STAFF_REMINDERS = _limit("staff_reminders", 2, "calls", OURS, most=7, least=0)
STAFF_GIVEN_UP_AFTER_DAYS = _limit("staff_given_up_after_days", 7, "days", OURS, most=30)
# a member is told so many days before her points lapse, see app.clockwork.expiry_notices
POINTS_WARNING_DAYS = _limit("points_warning_days", 7, "days", OURS, most=90)
# what goes to more members or groups than that is approved by a second operator, see approvals
APPROVED_ABOVE = _limit("approved_above", 1000, "recipients", OURS, most=100_000_000, least=0)
# an operator gives or takes so many points by hand alone; more take a second one
CORRECTED_ALONE = _limit("corrected_alone", 1000, "points", OURS, most=100_000_000, least=0)

BY_KEY: Mapping[str, Limit] = _declared
LIMITS: tuple[Limit, ...] = tuple(_declared.values())
