"""A table comes in by the command or by the page, and what was exported comes in elsewhere."""

import io
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import worker
from app.domain.imports import Import
from app.domain.people.members import Member
from app.exports import commands as exports
from app.imports import commands
from app.spreadsheets import reading
from tests.console_desk import Desk
from tests.importing import LINES, counts, named, taken
from tests.world import World


def test_the_command_takes_a_file_and_reports_what_it_refused(world: World, tmp_path: Path) -> None:
    file, report = tmp_path / "members.csv", tmp_path / "refused.csv"
    file.write_text("\n".join((*LINES, "12345,错,,,")), "gb18030")
    run = CliRunner().invoke
    dry = ["members", str(file), "--make-tags", "--dry-run"]
    assert "a trial" in run(commands.importing(world.siyu), dry).output
    assert world.rows(Member) == []
    arguments = ["members", str(file), "--make-tags", "--report", str(report)]
    answer = run(commands.importing(world.siyu), arguments)
    assert answer.exit_code == 0, answer.output
    assert re.search(r"added +2", answer.output)
    assert "12345,错" in report.read_text("utf-8")
    out = tmp_path / "out.xlsx"
    answer = run(exports.exporting(world.siyu), ["members", str(out)])
    assert answer.exit_code == 0, answer.output
    with out.open("rb") as opened:
        table = reading.table(opened)
        rows = list(table.rows)
    assert len(rows) == 2
    assert "138****0001" in rows[0][1]


def test_what_was_exported_in_full_can_be_imported_elsewhere(world: World, desk: Desk) -> None:
    taken(world, LINES)
    form = {"what": "members", "format": "csv", "in_full": "yes"}
    text = desk.post("/members/export", form, page="/members").text
    assert "13800000001" in text
    assert counts(taken(world, text.splitlines())) == (0, 0, 2, 0)
    masked = desk.post("/members/export", {"what": "members", "format": "csv"}, page="/members")
    assert "13800000001" not in masked.text
    held = desk.post("/members/export", {"what": "tags", "format": "csv"}, page="/members").text
    assert "油性发质" in held
    assert "导出会员" in desk.read("/audit")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_was_exported_changes_nothing_where_it_comes_from(
    world: World, desk: Desk, form: str
) -> None:
    """Nor do names and numbers that a spreadsheet would take for formulas."""
    odd = ("+14155550100,-2,,=特价；@四月,", "13800000009,'引号,,+1,")
    taken(world, (*LINES, *odd))
    for what, kind in (("members", "members"), ("tags", "member_tags")):
        asked = {"what": what, "format": form, "in_full": "yes"}
        exported = desk.post("/members/export", asked, page="/members").data
        table = reading.table(io.BytesIO(exported))
        lines = [table.heading, *(cells for _, cells in table.rows)]
        written = [",".join(f'"{cell}"' for cell in line) for line in lines]
        done = taken(world, written, kind, overwrites=True)
        assert (done.added, done.changed, done.refused) == (0, 0, 0), what
        assert done.unchanged == len(lines) - 1
    assert {"-2", "'引号"} <= {member.nickname for member in world.rows(Member)}


def test_an_operator_uploads_names_the_columns_tries_and_imports(world: World, desk: Desk) -> None:
    lines = ("号码,称呼", "13800000001,小雨", "1234,错")
    answer = desk.post(
        "/imports",
        {"kind": "members", "file": (io.BytesIO("\n".join(lines).encode()), "会员.csv")},
        page="/imports",
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303
    path = "/imports/1"
    page = desk.read(path)
    assert "13800000001" in page
    assert re.search(r'value="nickname" selected', page)
    form = {"column-0": "phone", "column-1": "nickname", "adds": "yes"}
    desk.post(path, form | {"in_earnest": "no"}, page=path)
    worker.go_through_imports(world.siyu)
    page = desk.read(path)
    assert "什么都还没有改" in page
    assert "手机号不对：1234" in page
    assert world.rows(Member) == []
    desk.post(path, form | {"in_earnest": "yes"}, page=path)
    worker.go_through_imports(world.siyu)
    assert named(world, "小雨")
    assert "1234,错" in desk.post(f"{path}/refused", page=path).text
    assert "已经导入过了" in desk.get(desk.post(path, form, page=path).location[8:]).text


def test_what_is_no_table_is_said_to_be_none(world: World, desk: Desk) -> None:
    def uploaded(content: bytes) -> str:
        form = {"kind": "members", "file": (io.BytesIO(content), "a.xls")}
        answer = desk.post("/imports", form, page="/imports", content_type="multipart/form-data")
        assert answer.status_code == 303
        return desk.read("/imports")

    assert "旧版 Excel" in uploaded(b"\xd0\xcf\x11\xe0....")
    assert "文件是空的" in uploaded(b"")
    assert world.rows(Import) == []
