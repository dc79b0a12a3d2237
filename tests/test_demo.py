"""The demo shop: furnished once, with everything in it working."""

import json
from pathlib import Path

import sqlalchemy as sa

from app import demo
from app.config import Settings
from app.domain.insight import segments
from app.domain.insight.keywords import KeywordRule
from app.domain.loyalty.item_codes import batches
from app.domain.loyalty.referrals import terms as referral_terms
from app.domain.loyalty.spending import blind_boxes, cash_terms, lotteries, rewards
from app.domain.loyalty.spending.rewards import RewardKind
from app.domain.loyalty.standing import benefits, membership_cards, tiers
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plans import Plan
from app.domain.people import operators
from app.domain.people.channels import Channel
from app.domain.people.live_codes import LiveCode
from app.domain.people.operators import Operator
from app.personal import check
from app.segments import compiling, keeping
from app.wiring import Siyu, wire
from bots import sandbox


def furnished(var: Path, sqlite_url: str) -> Siyu:
    siyu = wire(Settings(var=var, database_url=sqlite_url, secret_key="april-" * 8))
    demo.furnish(siyu)
    return siyu


def test_furnishing_twice_adds_nothing_and_keeps_the_credentials(
    tmp_path: Path, sqlite_url: str
) -> None:
    siyu = furnished(tmp_path, sqlite_url)
    accounts = (tmp_path / demo.ACCOUNTS_FILE).read_text()
    login = (tmp_path / demo.LOGIN_FILE).read_text()
    demo.furnish(siyu)
    assert (tmp_path / demo.ACCOUNTS_FILE).read_text() == accounts
    assert (tmp_path / demo.LOGIN_FILE).read_text() == login
    with siyu.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count(Channel.id))) == len(demo.CHANNELS)
        assert session.scalar(sa.select(sa.func.count(Operator.id))) == 1
    siyu.close()


def test_the_printed_login_opens_the_console_and_nobody_else_may_read_it(
    tmp_path: Path, sqlite_url: str
) -> None:
    siyu = furnished(tmp_path, sqlite_url)
    login = json.loads((tmp_path / demo.LOGIN_FILE).read_text())
    with siyu.database.reading() as session:
        assert operators.log_in(session, login["email"], login["password"]) is not None
        assert operators.log_in(session, login["email"], login["password"] + "x") is None
    for name in (demo.LOGIN_FILE, demo.ACCOUNTS_FILE):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0
    siyu.close()


def test_the_plans_run_and_the_gold_group_is_in_its_plan(tmp_path: Path, sqlite_url: str) -> None:
    siyu = furnished(tmp_path, sqlite_url)
    with siyu.database.reading() as session:
        assert {plan.state for plan in session.scalars(sa.select(Plan))} == {"running"}
        enrolled = session.scalars(sa.select(Enrolment)).all()
        assert [bool(enrolment.group_id and enrolment.due_at) for enrolment in enrolled] == [True]
    siyu.close()


def test_its_segments_can_be_asked_and_nobody_is_in_them_yet(
    tmp_path: Path, sqlite_url: str
) -> None:
    siyu = furnished(tmp_path, sqlite_url)
    with siyu.database.reading() as session:
        known = segments.all_of(session)
        assert {one.name for one in known} >= {"有消费的活跃会员", "30 天没来的老客"}
        for one in known:
            asked = compiling.members(keeping.rule_of(session, one.key), siyu.clock())
            assert session.scalars(asked).all() == []
    siyu.close()


def test_its_members_find_something_to_have_for_their_points(
    tmp_path: Path, sqlite_url: str
) -> None:
    siyu = furnished(tmp_path, sqlite_url)
    with siyu.database.reading() as session:
        assert {one.kind for one in rewards.on_shelf(session)} == {*RewardKind}
        (wheel,) = lotteries.running(session)
        assert wheel.is_running
        assert wheel.free_per_day
        assert [box.name for box in blind_boxes.all_of(session)] == ["满 199 元送盲盒"]
        assert batches.all_of(session)
        assert membership_cards.all_of(session)
        assert cash_terms.present(session)
        invited = referral_terms.present(session)
        assert invited is not None
        assert invited.friend_coupon_id
        gold = tiers.by_key(session)["gold"]
        assert benefits.present(session, benefits.of_tier(gold.id)).terms.off_percent == 5
    siyu.close()


def test_every_reply_of_the_demo_can_be_said(tmp_path: Path, sqlite_url: str) -> None:
    siyu = furnished(tmp_path, sqlite_url)
    with siyu.database.reading() as session:
        replies = session.scalars(sa.select(KeywordRule.reply).where(KeywordRule.reply != ""))
        said = replies.all()
        for reply in said:
            check(session, reply)
        assert said, "the demo has replies"
    siyu.close()


def test_a_demo_of_an_older_release_gets_the_corp_too(tmp_path: Path, sqlite_url: str) -> None:
    siyu = furnished(tmp_path, sqlite_url)
    with siyu.database.writing() as session:
        corp = sa.select(Channel.id).where(Channel.key == "demo-wecom").scalar_subquery()
        session.execute(sa.delete(LiveCode).where(LiveCode.channel_id == corp))
        session.execute(sa.delete(Channel).where(Channel.key == "demo-wecom"))
    demo.furnish(siyu)
    accounts = json.loads((tmp_path / demo.ACCOUNTS_FILE).read_text())
    (corp_account,) = [one for one in accounts["accounts"] if one["key"] == "demo-wecom"]
    assert [one["name"] for one in corp_account["settings"]["staff"]] == ["小王", "丽丽", "老陈"]
    siyu.close()


def test_the_sandbox_takes_the_demo_s_corp(tmp_path: Path, sqlite_url: str) -> None:
    siyu = furnished(tmp_path, sqlite_url)
    accounts = json.loads((tmp_path / demo.ACCOUNTS_FILE).read_text())
    corp = next(one for one in accounts["accounts"] if one["key"] == "demo-wecom")
    client = sandbox.create_app(accounts, tmp_path / "sandbox.db").test_client()
    asked = {"corpid": corp["appid"], "corpsecret": corp["secret"]}
    token = client.get("/cgi-bin/gettoken", query_string=asked).json["access_token"]
    path = f"/cgi-bin/externalcontact/groupchat/list?access_token={token}"
    owned = {"owner_filter": {"userid_list": ["xiaowang", "lili"]}, "limit": 10}
    found = client.post(path, json=owned).json["group_chat_list"]
    assert len(found) == 2
    siyu.close()
