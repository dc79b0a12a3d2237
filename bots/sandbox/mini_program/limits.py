"""Every number by which the sandbox's mini-programs refuse (platform.md §3)."""

from datetime import timedelta

# customer-service messages: what a member does lets the mini-program speak so long, so often
CHAT_WINDOW, CHAT_MESSAGES = timedelta(hours=48), 5
ENTER_WINDOW, ENTER_MESSAGES = timedelta(minutes=1), 2

LOGIN_PERIOD, LOGINS = timedelta(minutes=1), 100  # of one member
CODE_LIVES = timedelta(minutes=5)
