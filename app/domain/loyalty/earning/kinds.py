"""Kinds of earning rules: what members do that is worth points, and what makes it worth more."""

JOIN, SIGN_UP, PROFILE = "join", "sign_up", "profile"
SIGN_IN, STREAK = "sign_in", "streak"
GROUP_CHAT, SHARE, LIVE = "group_chat", "share", "live"
REFERRAL, ITEM_CODE = "referral", "item_code"
QUIZ, RADAR, FORM = "quiz", "radar", "form"
ORDER, CLAIM = "order", "claim"
BIRTHDAY, MEMBER_DAY, CAMPAIGN = "birthday", "member_day", "campaign"
TIER = "tier"  # a factor of her tier or paid membership: no rule of its own, it is a benefit

# A quiz, a radar link, a form, a batch of item codes and the terms of referrals each have points of
# their own: their rule says how they are given.
WITH_OWN_POINTS = (QUIZ, RADAR, FORM, ITEM_CODE, REFERRAL)
ACTS = (
    *(JOIN, SIGN_UP, PROFILE, SIGN_IN, STREAK, GROUP_CHAT, *WITH_OWN_POINTS, SHARE, LIVE),
    *(ORDER, CLAIM),
)
DAYS = (BIRTHDAY, MEMBER_DAY)  # of these only the best counts
BONUSES = (*DAYS, CAMPAIGN)
EVERY = (*ACTS, *BONUSES)


def of_key(key: str) -> str:
    """The kind of a rule that has none written down: before kinds, a rule was named by it."""
    return STREAK if key.startswith(f"{STREAK}_") else key
