"""Every number by which the sandbox's mini-programs refuse (platform.md §3)."""

import re
from datetime import timedelta, timezone

# customer-service messages: what a member does lets the mini-program speak so long, so often
CHAT_WINDOW, CHAT_MESSAGES = timedelta(hours=48), 5
ENTER_WINDOW, ENTER_MESSAGES = timedelta(minutes=1), 2

LOGIN_PERIOD, LOGINS = timedelta(minutes=1), 100  # of one member
CODE_LIVES = timedelta(minutes=5)

# ways in
LINK_DAYS_MAX, QUERY_MAX_CHARS, LINKS_A_DAY = 30, 1024, 500_000
SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
BEIJING = timezone(timedelta(hours=8))

CHECKED_TEXT_MAX_CHARS = 2500
