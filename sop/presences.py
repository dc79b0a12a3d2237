"""Presences: who is here for what is said, whatever a filter asks."""

from sop.manners import UNASKED


def reason_against(
    has_left: bool, has_opted_out: bool, is_recall: bool, category: str
) -> str | None:
    """What recalls members is for those who have left, all else for those who are here; who has
    opted out is served all the same."""
    if has_left != is_recall:
        return "left" if has_left else "came_back"
    return "opted_out" if has_opted_out and category in UNASKED else None
