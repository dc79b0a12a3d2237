"""How numbers and days are read as people write them in tables, and headings are known."""

from zoneinfo import ZoneInfo

import pytest

from app.imports import fields, telling
from app.imports.fields import BadRow


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("138-0000-0001", "13800000001"),
        ("008613800000001", "13800000001"),
        ("8613800000001", "13800000001"),
        ("+852 5123 4567", "+85251234567"),
        ("23800000001", None),
        ("+8613800", None),
        ("", None),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, read: str | None) -> None:
    if read is None:
        with pytest.raises(BadRow):
            fields.phone(text)
    else:
        assert fields.phone(text) == read


@pytest.mark.parametrize("text", ["2001-02-03", "2001/2/3", "20010203", "2001年2月3日 10:00"])
def test_days_are_read_as_people_write_them(text: str) -> None:
    assert str(fields.day(text)) == "2001-02-03"


@pytest.mark.parametrize("text", ["2001-02-30", "2001", "3.2.2001", "明天"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(BadRow):
        fields.day(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-10-01 09:01:02", "09:01:02"),
        ("2026/10/1 9:01", "09:01:00"),  # as a spreadsheet writes it when it saves
        ("2026年10月1日 9:01:02", "09:01:02"),
        ("20261001090102", "09:01:02"),
        ("2026/10/1", "00:00:00"),
    ],
)
def test_the_time_of_a_moment_is_read_however_it_is_written(text: str, shown: str) -> None:
    at = fields.moment(text, ZoneInfo("Asia/Shanghai"))
    assert f"{at:%Y-%m-%d %H:%M:%S}" == f"2026-10-01 {shown}"


def test_a_time_that_no_clock_shows_is_refused() -> None:
    with pytest.raises(BadRow):
        fields.moment("2026/10/1 25:00", ZoneInfo("Asia/Shanghai"))


def test_headings_are_known_by_themselves_however_they_are_written() -> None:
    heading = ("序号", "*手机号码（必填）", "会员昵称", "E-Mail", "注册 时间", "标签")
    told = {"phone": 1, "nickname": 2, "email": 3, "joined_at": 4, "tags": 5}
    assert fields.guessed(telling.FIELDS, heading) == told
