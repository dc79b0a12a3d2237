"""English, as far as what is said beside the Chinese has to count: "1 day", "2 days", "the 3rd"."""


def counted(number: int, one: str) -> str:
    """So many of a thing whose plural only takes an s."""
    return f"{number:,} {one}" if number == 1 else f"{number:,} {one}s"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{('th', 'st', 'nd', 'rd')[number % 10] if number % 10 < 4 else 'th'}"
