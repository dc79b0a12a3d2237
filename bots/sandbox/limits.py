"""Every number the sandbox refuses by, in one place (platform.md §1.6 to §1.8, §2.12)."""

from datetime import timedelta

# customer-service messages: what a member does lets the account speak so long, so often
CHAT_WINDOW, CHAT_MESSAGES = timedelta(hours=48), 5
ACTION_WINDOW, ACTION_MESSAGES = timedelta(minutes=1), 3

TEXT_MAX_BYTES = 2048  # of UTF-8; private, mass and group messages alike
ARTICLES_MAX = 1  # since 2018: one article a customer-service message

# the typing sign: to who wrote so lately, and so long
TYPING_AFTER, TYPING_LASTS = timedelta(seconds=30), timedelta(seconds=15)

# temporary media
_MB = 1024 * 1024
MEDIA_MAX_BYTES = {"image": 10 * _MB, "voice": 2 * _MB, "video": 10 * _MB, "thumb": 64 * 1024}
MEDIA_LIVES = timedelta(days=3)
PICTURE_IN_ARTICLE_MAX_BYTES = _MB

# mass messages
OPENIDS_MIN, OPENIDS_MAX = 2, 10_000
MASS_A_MONTH = 4  # per member and calendar month in Beijing
MASS_CALLS_A_DAY, MASS_CALLS_A_MINUTE = 100, 60
CLIENT_KEY_MAX_BYTES = 64
CLIENT_KEY_LIVES = timedelta(hours=24)

# template messages: a key is good for ten minutes, the day is that of Beijing
TEMPLATES_MAX, TEMPLATES_A_DAY = 25, 100_000
TEMPLATE_KEY_MAX, TEMPLATE_KEY_LIVES = 64, timedelta(minutes=10)

# group gateway: ours to choose, since gateways have no number of their own; WeCom's group robots
# take 20
ROOM_PERIOD, ROOM_MESSAGES = timedelta(minutes=1), 60

# followers and tags
TAGS_MAX, TAGS_A_FOLLOWER_MAX, TAGGED_AT_ONCE_MAX = 100, 20, 50
TAG_NAME_MAX_CHARS = 30
DELETED_TAG_FOLLOWERS_MAX = 100_000
REMARK_BELOW_CHARS = 30
BLACKLISTED_AT_ONCE_MAX = 20

# calls of one API a day, unless the account has a number of its own
CALLS_A_DAY = 5_000_000
QUOTA_CLEARINGS_A_MONTH = 10
