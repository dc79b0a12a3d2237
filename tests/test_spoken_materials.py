"""Stories of materials in keyword replies and welcomes: said as they were chosen, and counted where
they are used."""

from typing import Any

import pytest

from app.domain.insight import keywords
from app.domain.outreach.materials import content_uses, materials, spoken_materials
from app.domain.outreach.materials.materials import StillUsed
from app.domain.outreach.materials.spoken_materials import KEYWORD, LIVE_CODE
from app.domain.people import live_codes
from app.domain.people.live_codes import LiveCode
from tests.console_desk import Desk
from tests.wecom_house import CORP, CorpWorld, corp_world
from tests.wecom_world import XIAOYU
from tests.world import World

__all__ = ["corp_world"]  # a fixture
CARD = {"kind": "link", "content": {"title": "洗护三步", "url": "https://april.example/care"}}


def material(world: Any, message: dict[str, Any], **known: int) -> int:
    with world.siyu.database.writing() as session:
        return materials.write(session, name="礼包", message=message, now=world.now, **known).id


def text(words: str) -> dict[str, Any]:
    return {"kind": "text", "content": {"text": words}}


def rule(world: World, material_id: int | None = None) -> int:
    """Who says 礼包 is answered in words, or with this material."""
    told: dict[str, Any] = {"unless": [], "tag_id": None, "reply": "稍等", "operator_id": None}
    told |= {"rule_id": None, "name": "礼包", "words": ["礼包"], "notify_userid": ""}
    with world.siyu.database.writing() as session:
        made = keywords.write(session, **told, now=world.now)
        if material_id is not None:
            spoken_materials.choose(session, KEYWORD, made.id, {"material": str(material_id)})
        return made.id


def test_a_keyword_is_answered_with_its_material_as_it_was_chosen(world: World) -> None:
    number = material(world, text("{nickname|亲}，礼包在此"))
    rule(world, number)
    material(world, text("改了"), material_id=number)
    world.says("小雨", "礼包")
    world.work()
    assert world.heard("小雨")[-1] == "亲，礼包在此"


def test_what_the_account_cannot_say_is_answered_in_words(world: World) -> None:
    mail = {"kind": "mail", "content": {"subject": "礼包", "text": "在此", "url": ""}}
    rule(world, material(world, mail))
    world.says("小雨", "礼包")
    world.work()
    assert world.heard("小雨")[-1] == "稍等"


def test_a_live_code_welcomes_with_its_material(world: World) -> None:
    number = material(world, CARD)
    with world.siyu.database.writing() as session:
        code = live_codes.by_scene(session, world.channel(session).id, "store_001")
        assert code is not None
        spoken_materials.choose(session, LIVE_CODE, code.id, {"material": str(number)})
    world.event("小雨", "subscribe", EventKey="qrscene_store_001")
    world.work()
    (welcome,) = [said for said in world.heard("小雨") if "洗护三步" in str(said)]
    assert "https://april.example/care" in str(welcome)


def test_wecom_sends_it_along_with_the_welcome(corp_world: CorpWorld) -> None:
    number = material(corp_world, CARD)
    with corp_world.siyu.database.writing() as session:
        code = live_codes.by_scene(session, corp_world.channel(session, CORP).id, "store_01")
        assert code is not None
        spoken_materials.choose(session, LIVE_CODE, code.id, {"material": str(number)})
    corp_world.corp.act("add", "小雨", staff="xiaowang", state="store_01")
    corp_world.work()
    said = str(corp_world.sent(XIAOYU))
    assert "一号店的小王为您服务" in said
    assert "洗护三步" in said


def test_where_it_is_used_is_known_and_keeps_it(world: World, desk: Desk) -> None:
    number = material(world, CARD)
    rule_id = rule(world)
    form = {"name": "礼包", "words": "礼包", "unless": "", "tag": "", "dimension": "attribute"}
    form |= {"reply": "稍等", "notify_userid": "", "material": f"{number}@1"}
    assert desk.post(f"/rules/{rule_id}", form).status_code == 303
    (code,) = [one for one in world.rows(LiveCode) if one.scene == "store_001"]
    of_code = {"name": code.name, "tag": "", "welcome": code.welcome, "material": f"{number}@1"}
    assert desk.post(f"/live-codes/{code.id}", of_code).status_code == 303
    with world.siyu.database.reading() as session:
        assert content_uses.counts(session, content_uses.MATERIAL) == {str(number): 2}
    shown = desk.read(f"/materials/{number}")
    assert "关键词规则 · 礼包" in shown
    assert f"渠道活码 · {code.name}" in shown
    assert f'selected value="{number}@1"' in desk.read(f"/rules/{rule_id}")
    with world.siyu.database.writing() as session, pytest.raises(StillUsed):
        materials.delete(session, number)
    assert desk.post(f"/rules/{rule_id}", form | {"material": ""}).status_code == 303
    with world.siyu.database.reading() as session:
        assert content_uses.counts(session, content_uses.MATERIAL) == {str(number): 1}


def test_a_material_that_the_account_cannot_say_is_refused_at_its_field(
    world: World, desk: Desk
) -> None:
    number = material(world, {"kind": "text", "content": {"text": "欢迎来到{group_name}"}})
    (code,) = [one for one in world.rows(LiveCode) if one.scene == "store_001"]
    form = {"name": code.name, "tag": "", "welcome": "", "material": f"{number}@1"}
    assert "没有占位符 {group_name}" in desk.post(f"/live-codes/{code.id}", form).text
    assert world.rows(LiveCode, LiveCode.id == code.id)[0].welcome == code.welcome
