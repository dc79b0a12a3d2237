"""Every number the sandbox refuses by, in one place (platform.md §1.6, §1.7, §2.12)."""

from datetime import timedelta

# customer-service messages: what a member does lets the account speak so long, so often
CHAT_WINDOW, CHAT_MESSAGES = timedelta(hours=48), 5
ACTION_WINDOW, ACTION_MESSAGES = timedelta(minutes=1), 3

TEXT_MAX_BYTES = 2048  # of UTF-8; private, mass and group messages alike
ARTICLES_MAX = 1  # since 2018: one article a customer-service message

# mass messages
OPENIDS_MIN, OPENIDS_MAX = 2, 10_000
MASS_A_MONTH = 4  # per member and calendar month in Beijing
CLIENT_KEY_MAX_BYTES = 64
CLIENT_KEY_LIVES = timedelta(hours=24)

# group gateway: ours to choose, since gateways have no number of their own; WeCom's group robots
# take 20
ROOM_PERIOD, ROOM_MESSAGES = timedelta(minutes=1), 60
