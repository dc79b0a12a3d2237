"""The longest first: else the last one begins when all the others have ended, and one core waits.

Nothing depends on this list but the time that all of them take together.
"""

import pytest

LONGEST = (
    "test_kills.py",
    "test_ledger_walk.py",
    "test_segments_agree.py",
    "test_stopping.py",
    "test_limits_in_traffic.py",
    "test_wecom_limits_in_traffic.py",
    "test_oa_limits_in_traffic.py",
    "test_crash.py",
    "test_mutations.py",
    "test_api_description.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(LONGEST)))
