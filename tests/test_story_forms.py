"""Stories of forms: asked by an operator without JSON, answered once by the member whose it is."""

from urllib.parse import urlsplit

import pytest
from itsdangerous import URLSafeSerializer
from werkzeug.test import TestResponse

from app.domain.insight import forms
from app.domain.insight.form_submissions import FormAnswer, FormSubmission
from app.domain.insight.form_tokens import FormSigner
from app.domain.insight.forms import Form
from app.domain.outreach.journeys.enrolments import Enrolment
from app.inbox import InboxConflict, InboxEvent
from tests.console_desk import Desk
from tests.shop import OA, OPENIDS
from tests.world import World

ASKED = {
    "key": "scalp",
    "title": "头皮小调查",
    "intro": "一分钟",
    "q1-label": "您的头皮？",
    "q1-kind": "single",
    "q1-options": "油\n干\n\n",
    "q1-required": "on",
    "q2-label": "手机号",
    "q2-kind": "phone",
    "q3-label": "",
    "q4-label": "想要的香味",
    "q4-kind": "multiple",
    "q4-options": "茶树\n薄荷\n无香",
}
ANSWERS = {"q1": "油", "q2": "13812345678", "q4": ["茶树", "无香"]}


@pytest.fixture
def asked(world: World, desk: Desk) -> Form:
    assert desk.post("/forms/new", ASKED).status_code == 303
    world.event("小雨", "subscribe", EventKey="")
    world.work()
    (form,) = world.rows(Form)
    return form


def her_path(world: World, form: Form, name: str = "小雨") -> str:
    with world.siyu.database.reading() as session:
        member = world.member(session, name)
    return urlsplit(world.siyu.programme.form_url(form.key, form.id, member.id)).path


def send(world: World, path: str, answers: dict[str, object]) -> TestResponse:
    answer = world.client.post(path, data=answers)
    world.work()
    return answer


def test_an_operator_asks_and_sees_what_was_answered(world: World, desk: Desk, asked: Form):
    assert [one.key for one in asked.asked] == ["q1", "q2", "q4"]
    path = her_path(world, asked)
    page = world.client.get(path)
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert ("头皮小调查" in page.text, "薄荷" in page.text) == (True, True)
    assert "谢谢" in send(world, path, ANSWERS).text
    shown = desk.read(f"/forms/{asked.id}")
    assert "茶树、无香" in shown
    assert "138****5678" in shown
    assert "填写表单" in desk.read("/members/1")
    assert ">1<" in desk.read("/forms")


def test_a_phone_number_is_nowhere_in_clear(world: World, asked: Form):
    send(world, her_path(world, asked), ANSWERS)
    kept = str([(one.value, one.sealed) for one in world.rows(FormAnswer)])
    assert "13812345678" not in kept + str([one.fields for one in world.rows(InboxEvent)])
    (sealed,) = [one.sealed for one in world.rows(FormAnswer) if one.sealed]
    assert world.siyu.vault.open(sealed, context=f"form:{asked.id}:q2") == "13812345678"


def test_she_answers_once_and_sending_again_changes_nothing(world: World, asked: Form):
    path = her_path(world, asked)
    for answers in (ANSWERS, ANSWERS, {"q1": "干"}):
        assert send(world, path, answers).status_code == 200
    assert "已经填过" in world.client.get(path).text
    assert len(world.rows(FormSubmission)) == 1
    assert [one.value for one in world.rows(FormAnswer, FormAnswer.question == "q1")] == ["油"]
    assert world.rows(InboxConflict) == []


def test_a_form_that_may_be_repeated_takes_each_answer_once_a_day(world: World, desk: Desk):
    desk.post("/forms/new", ASKED | {"repeatable": "y"})
    world.event("小雨", "subscribe", EventKey="")
    world.work()
    path = her_path(world, world.rows(Form)[0])
    for answers in (ANSWERS, ANSWERS, {"q1": "干"}):
        assert "谢谢" in send(world, path, answers).text
    assert len(world.rows(FormSubmission)) == 2
    world.at(3)
    send(world, path, ANSWERS)
    assert len(world.rows(FormSubmission)) == 3
    assert world.rows(InboxConflict) == []


def test_what_is_wrong_is_said_beside_its_question(world: World, asked: Form):
    answer = send(world, her_path(world, asked), {"q2": "123", "q4": ["玫瑰"]})
    assert answer.status_code == 422
    for said in ("请填写 <", "11 位手机号", "请从选项里选", 'value="123"'):
        assert said in answer.text
    assert world.rows(InboxEvent, InboxEvent.kind == "form_submitted") == []


def test_nobody_answers_for_another_or_another_form(world: World, desk: Desk, asked: Form):
    desk.post("/forms/new", ASKED | {"key": "other"})
    of_other = FormSigner("of another house, with its own secret").token(asked.id, 1)
    for token in (of_other, world.siyu.programme.form_signer.token(2, 1), "x", "%00"):
        assert send(world, f"/h5/forms/scalp/{token}", ANSWERS).status_code == 404
    gone = world.siyu.programme.form_signer.token(asked.id, 999)
    assert world.client.get(f"/h5/forms/scalp/{gone}").status_code == 404
    radar = world.siyu.programme.radar_signer.token(asked.id, 1)
    assert world.client.get(f"/h5/forms/scalp/{radar}").status_code == 404
    assert world.rows(FormSubmission) == []
    answers = ANSWERS | {"member_id": "2", "form_id": "2"}
    send(world, her_path(world, asked), answers)
    (kept,) = world.rows(FormSubmission)
    assert (kept.form_id, kept.member_id) == (asked.id, 1)


def test_who_has_no_link_of_her_own_comes_through_wechat(world: World, asked: Form):
    answer = world.client.get("/h5/forms/scalp")
    assert (answer.status_code, answer.location) == (
        302,
        "/h5/login?channel=&next=%2Fh5%2Fforms%2Fscalp",
    )
    assert world.client.post("/h5/forms/scalp", data=ANSWERS).status_code == 302
    assert world.rows(FormSubmission) == []
    with world.siyu.database.reading() as session:
        channel_id = world.channel(session, OA).id
    world.client.set_cookie("siyu_h5", _session_cookie(world, channel_id, "小雨"), path="/h5")
    assert "头皮小调查" in world.client.get("/h5/forms/scalp").text
    assert "谢谢" in send(world, "/h5/forms/scalp", ANSWERS).text
    assert world.rows(FormSubmission)[0].member_id == 1
    assert world.client.get("/h5/forms/nothing").status_code == 404


def test_a_closed_form_takes_no_answers_until_it_is_opened_again(
    world: World, desk: Desk, asked: Form
):
    path = her_path(world, asked)
    desk.post(f"/forms/{asked.id}/close")
    assert "已经结束" in send(world, path, ANSWERS).text
    assert world.rows(FormSubmission) == []
    desk.post(f"/forms/{asked.id}/reopen")
    assert "谢谢" in send(world, path, ANSWERS).text


def test_questions_may_be_changed_until_somebody_has_answered(
    world: World, desk: Desk, asked: Form
):
    assert "茶树" in desk.read(f"/forms/{asked.id}/edit")
    changed = ASKED | {"q1-label": "头皮怎么样？"}
    assert desk.post(f"/forms/{asked.id}/edit", changed).status_code == 303
    assert world.rows(Form)[0].asked[0].label == "头皮怎么样？"
    send(world, her_path(world, asked), ANSWERS)
    later = ASKED | {"title": "新标题", "q1-label": "头发怎么样？"}
    assert desk.post(f"/forms/{asked.id}/edit", later).status_code == 303
    (form,) = world.rows(Form)
    assert (form.title, form.asked[0].label) == ("新标题", "头皮怎么样？")
    with world.siyu.database.writing() as session, pytest.raises(forms.Answered):
        forms.change(session, session.get_one(Form, form.id), title="", intro="", asked=[TEXT])


def test_more_rows_are_given_and_mistakes_are_named(world: World, desk: Desk):
    more = desk.post("/forms/new", ASKED | {"more": "1"})
    assert (more.status_code, "q7-label" in more.text) == (200, True)
    for wrong, said in (
        ({"q1-options": "油"}, "至少要有两个选项"),
        ({"key": "a b"}, "标识由字母"),
        ({"q1-label": "", "q2-label": "", "q4-label": ""}, "至少要有一个问题"),
        ({"q1-kind": "text"}, None),
    ):
        answer = desk.post("/forms/new", ASKED | {"key": "k"} | wrong)
        assert (said or "") in answer.text
        assert answer.status_code == (200 if said else 303), wrong
    assert "已有这个标识" in desk.post("/forms/new", ASKED | {"key": "k"}).text


def test_a_plans_text_leads_her_to_her_own_form(world: World, asked: Form):
    world.plan(({"kind": "after_minutes", "minutes": 1}, "请填 {form:scalp}"))
    world.event("阿诚", "subscribe", EventKey="")
    world.says("阿诚", "你们好")
    world.work()
    assert len(world.rows(Enrolment)) == 1
    world.at(2, "12:02")
    world.work()
    said = world.heard("阿诚")[-1]
    assert urlsplit(said[said.index("http") :]).path == her_path(world, asked, "阿诚")


TEXT = {"key": "q1", "kind": "text", "label": "?"}


def _session_cookie(world: World, channel_id: int, name: str) -> str:
    """As the login through WeChat leaves it, see test_h5_logins."""
    who = {"channel_id": channel_id, "openid": OPENIDS[name], "at": int(world.now.timestamp())}
    return str(URLSafeSerializer(world.siyu.settings.secret(), salt="siyu_h5").dumps(who))
