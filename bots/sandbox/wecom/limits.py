"""Every number our WeCom refuses by, in one place; each from the official page of its API."""

from datetime import timedelta

TOKEN_LIVES = timedelta(seconds=7200)
CALLS_A_MINUTE = 10_000  # per corp and API
MEDIA_LIVES = timedelta(days=3)
MEDIA_MIN_BYTES = 5
MEDIA_MAX_BYTES = {
    "image": 10 * 1024 * 1024,
    "voice": 2 * 1024 * 1024,
    "video": 10 * 1024 * 1024,
    "file": 20 * 1024 * 1024,
}

# contacts
USERIDS_MAX = 100  # of one batch
BATCH_MAX = 100  # contacts a page
REMARK_MAX_CHARS, DESCRIPTION_MAX_CHARS = 20, 150
REMARK_MOBILES_MAX = 5
WELCOME_LIVES = timedelta(seconds=20)
WELCOME_TEXT_MAX_BYTES = 4000
ATTACHMENTS_MAX = 9

# live codes
WAY_REMARK_MAX_CHARS, WAY_STATE_MAX_CHARS = 30, 30
WAY_USERS_MAX = 100
WAYS_MAX = 500_000  # contact ways and join ways together
WAYS_PAGE_MAX = 1000
WAY_EXPIRES_MAX_S = 14 * 24 * 3600

# attachments
LINK_TITLE_MAX_BYTES, LINK_URL_MAX_BYTES, LINK_DESC_MAX_BYTES = 128, 2048, 512
MINI_TITLE_MAX_BYTES = 64

# tags
TAGS_MAX = 10_000
TAG_NAME_MAX_CHARS = 30

# customer groups
OWNERS_MAX = 100  # of one filter
GROUPS_PAGE_MAX = 1000
JOIN_WAY_CHATS_MAX = 5
ROOM_NAME_MAX_CHARS = 40
STATISTIC_DAYS_MAX, STATISTIC_DAYS_BACK = 30, 180
GROUP_WELCOMES_MAX = 100
GROUP_WELCOME_TEXT_MAX_BYTES = 3000

# session archive
ARCHIVE_CALLS_A_MINUTE = 4000
ARCHIVE_PAGE_MAX = 1000
ARCHIVE_KEPT = timedelta(days=5)
ARCHIVE_NEWS_APART = timedelta(seconds=15)
AGREEMENTS_MAX = 100  # of one question

# 微信客服
KF_ACCOUNTS_MAX = 5000
KF_NAME_MAX_CHARS = 16
KF_ACCOUNTS_PAGE_MAX = 100
KF_SCENE_MAX_CHARS = 32
KF_SERVICERS_MAX = 100  # of one call
KF_CUSTOMERS_MAX = 100  # of one call
KF_KEPT = timedelta(days=3)
KF_PAGE_MAX = 1000
KF_TOKEN_LIVES = timedelta(minutes=10)
KF_BARE_SYNCS_A_MINUTE = 6  # without a token: "strictly limited", the number is ours
KF_WINDOW, KF_MESSAGES = timedelta(hours=48), 5
KF_TEXT_MAX_BYTES = 2048
KF_MENU_TEXT_MAX_BYTES, KF_MENU_CHOICES_MAX = 1024, 10
KF_WELCOME_LIVES = KF_END_LIVES = timedelta(seconds=20)
KF_QUEUE_LIVES = timedelta(hours=48)

# group sends
SENDS_EXTERNAL_USERIDS_MAX = 10_000
SENDS_CHATS_MAX = 2000
SENDS_TAGS_MAX = 100
SENDS_TEXT_MAX_BYTES = 4000
SENDS_PAGE_MAX, SENDS_RESULTS_PAGE_MAX = 100, 1000
SENDS_SPAN = timedelta(days=31)
REMINDS_MAX, REMINDS_PERIOD = 3, timedelta(hours=24)

# app messages
APP_TEXT_MAX_BYTES = 2048
APP_USERIDS_MAX = 1000
APP_A_MINUTE, APP_AN_HOUR = 30, 1000  # per member of staff
APP_A_DAY_PER_STAFF = 200  # person-times, counted for the whole app
DUPLICATE_INTERVAL_S, DUPLICATE_INTERVAL_MAX_S = 1800, 4 * 3600
CARD_TITLE_MAX_BYTES, CARD_DESCRIPTION_MAX_BYTES = 128, 512
ARTICLES_MAX = 8

# group robots
ROBOT_A_MINUTE = 20  # per key
ROBOT_TEXT_MAX_BYTES, ROBOT_MARKDOWN_MAX_BYTES = 2048, 4096
ROBOT_IMAGE_MAX_BYTES = 2 * 1024 * 1024

# smart bots
STREAM_MAX_BYTES = 20_480
STREAM_LASTS = timedelta(minutes=6)
RESPONSE_URL_LIVES = timedelta(hours=1)
INTERACTIONS_MAX = 3  # of one person at a time

# moments, transfers, conversions
MOMENT_TEXT_MAX_CHARS = 2000
MOMENTS_A_MINUTE = 10
MOMENT_JOB_LIVES = timedelta(hours=24)
TRANSFER_MAX = 100  # contacts a call
TRANSFER_TAKES = timedelta(hours=24)
