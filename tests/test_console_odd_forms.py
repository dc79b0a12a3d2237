"""Every field of the forms of loyalty and segments, with what nobody should type: on PostgreSQL,
which minds numbers that are too large."""

import re

import pytest
from werkzeug.datastructures import MultiDict

from tests.console_desk import Desk
from tests.form_reading import form_of
from tests.test_console_segments import OILY
from tests.test_console_typing import FORMS
from tests.world import World

ODD = ("   ", "abc", "9" * 30, "3000000000", "9999-12-31T23:59", "字" * 5000)
LATER_ROW = re.compile(r"[pw][1-9]-")  # of prizes and windows, read as the first is
PATHS = {path: form for path, (form, _kept) in FORMS.items()}
PATHS |= {f"/earning/new/{kind}": {"points": "5"} for kind in ("order", "sign_in", "campaign")}
PATHS |= {"/referrals": {}, "/segments/new": OILY}


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


@pytest.mark.parametrize("path", PATHS)
def test_no_field_of_a_form_breaks_its_page_whatever_is_typed(
    world: World, desk: Desk, path: str
) -> None:
    page = desk.read(path)
    typed = form_of(page[page.rindex('<form method="post"') :]).to_dict(flat=False)
    form = MultiDict(typed | {name: [value] for name, value in PATHS[path].items()})
    names = [name for name in form if name != "csrf_token" and not LATER_ROW.match(name)]
    assert names
    for name in names:
        for odd in ODD:
            sent = form.copy()
            sent.setlist(name, [odd])
            answer = desk.client.post(f"/console{path}", data=sent)
            assert answer.status_code in (200, 303), (name, odd[:20])
            if answer.status_code == 200:
                is_told = "invalid-feedback" in answer.text or "alert-danger" in answer.text
                assert is_told, (name, odd[:20])
