"""The demo shop: a house with everything in it, beside a sandbox that plays WeChat.

It uses the same verbs as the console, so what it makes is what an operator could have made. The
sandbox is told of its accounts by a file, as an operator would type them into WeChat's console.
"""

import json
import os
import secrets
import string
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.demo import loyalty
from app.domain.insight import articles, keywords, radar, tags
from app.domain.insight.radar import RadarLink
from app.domain.loyalty import quizzes
from app.domain.loyalty.earning import rules
from app.domain.loyalty.earning.rules import EarningRule
from app.domain.loyalty.standing.tiers import Tier
from app.domain.outreach import audience
from app.domain.outreach.journeys import enrolments, plans
from app.domain.people import channels, groups, operators
from app.domain.people.channel_kinds import SHAPES, Kind
from app.domain.people.channels import Channel
from app.domain.people.live_codes import LiveCode
from app.segments import keeping
from app.wiring import Siyu
from sop import plan_templates
from tagging import terms

HERE = Path(__file__).parent
EMAIL = "demo@siyu.example"
ACCOUNTS_FILE, LOGIN_FILE = "sandbox/accounts.json", "demo-login.json"
CHANNELS = (
    ("demo-oa", Kind.OFFICIAL_ACCOUNT, "四月生活馆"),
    ("demo-mini", Kind.MINI_PROGRAM, "四月会员小程序"),
    ("demo-groups", Kind.GROUP_GATEWAY, "四月社群"),
    ("demo-wecom", Kind.WECOM, "四月企业微信"),
)
AGENT_ID = "1000002"


def furnish(siyu: Siyu) -> None:
    """Fills an empty house; in a furnished one only tells the sandbox where everything is."""
    now = siyu.clock()
    with siyu.database.writing() as session:
        if channels.by_key(session, CHANNELS[0][0]) is None:
            _furnish(session, siyu, now)
        for key, kind, name in CHANNELS:
            known = channels.by_key(session, key)  # an older demo has fewer
            channel = known or _add_channel(session, siyu, key, kind, name)
            channel.api_base_url = siyu.settings.sandbox_url
    with siyu.database.reading() as session:
        _write_private(siyu.settings.var / ACCOUNTS_FILE, _sandbox_accounts(session, siyu))


def _furnish(session: Session, siyu: Siyu, now: datetime) -> None:
    world = _world()
    made = {key: _add_channel(session, siyu, key, kind, name) for key, kind, name in CHANNELS}
    for tier in world["tiers"]:
        session.add(Tier(**tier))
    for rule_key, points in world["earning"].items():
        session.add(EarningRule(key=rule_key, points=points))
    for rule in world["earning_with_terms"]:
        rules.add(session, **rule, operator_id=None, now=now)
    session.flush()
    _add_keyword_rules(session, now)
    _add_groups(session, made["demo-groups"], world, now)
    _add_ways_in(session, made, world, now)
    _add_quizzes(session, made, world, now)
    loyalty.furnish(session, siyu.vault, now)
    for segment in world["segments"]:
        keeping.add(session, **segment, operator_id=None, now=now)
    for plan in world["plans"]:
        _add_plan(session, siyu, made, plan, now)
    for key in world["plan_templates"]:
        template = plan_templates.by_key(key)
        assert template is not None, key
        definition = plan_templates.made(template)
        plan = {"name": template.name[0], "channel": "demo-oa", "definition": definition}
        _add_plan(session, siyu, made, plan, now)
    _add_operator(session, siyu, now)


def _add_channel(session: Session, siyu: Siyu, key: str, kind: Kind, name: str) -> Channel:
    appids = {Kind.GROUP_GATEWAY: "gateway-" + _letters(8), Kind.WECOM: "ww" + secrets.token_hex(8)}
    return channels.add(
        session,
        key=key,
        kind=kind,
        name=name,
        appid=appids.get(kind, "wx" + secrets.token_hex(8)),
        original_id="" if kind in appids else "gh_" + secrets.token_hex(6),
        api_base_url=siyu.settings.sandbox_url,
        secrets=_made_up(kind),
        settings={"agent_id": AGENT_ID} if kind == Kind.WECOM else {},
        vault=siyu.vault,
        now=siyu.clock(),
    )


def _made_up(kind: Kind) -> dict[str, str]:
    """Secrets such as a platform gives out, those that the kind has."""
    known = {
        "token": _letters(24),
        "encoding_aes_key": _letters(42) + "A",  # the last character carries 4 bits only
        "secret": secrets.token_hex(16),
    }
    return {name: known[name] for name in known if name in SHAPES[kind].secrets}


def _add_keyword_rules(session: Session, now: datetime) -> None:
    written = json.loads((HERE / "tag_rules.json").read_text())
    for rule in written["rules"]:
        tag = tags.named(session, rule["tag"], rule["dimension"], now)
        tag.visible = rule["visible"]
        keywords.write(
            session,
            name=rule["tag"],
            words=rule["words"],
            unless=[*rule["unless"], *written["shop_talk"]],
            terms=terms.of(rule.get("terms")),
            tag_id=tag.id,
            now=now,
        )
    for rule in json.loads((HERE / "reply_rules.json").read_text()):
        keywords.write(
            session,
            name=rule["words"][0],
            words=rule["words"],
            unless=rule["unless"],
            reply=rule["reply_zh"],
            now=now,
        )


def _add_groups(session: Session, channel: Channel, world: dict[str, Any], now: datetime) -> None:
    for group in world["groups"]:
        made = groups.meet(session, channel.id, group["room_id"], group["name"], now)
        made.tier_label = group["tier_label"]


def _add_ways_in(
    session: Session, made: dict[str, Channel], world: dict[str, Any], now: datetime
) -> None:
    for code in world["live_codes"]:
        tag = tags.named(session, code["tag"], "channel", now)
        session.add(
            LiveCode(
                channel_id=made[code["channel"]].id,
                scene=code["scene"],
                name=code["name"],
                tag_id=tag.id,
                welcome=code["welcome"],
                created_at=now,
            )
        )
    for link in world["radar_links"]:
        tag = tags.named(session, link["tag"], "preference", now)
        session.add(
            RadarLink(
                key=link["key"],
                title=link["title"],
                url=link["url"],
                tag_id=tag.id,
                points=link["points"],
                created_at=now,
            )
        )
    for told in world["articles"]:
        written = {"title": told["title"], "cover": "", "body": told["body"]}
        article = articles.write(session, **written, now=now)
        link = told["link"] | {"url": "", "article_id": article.id}
        tag = tags.named(session, link.pop("tag"), "preference", now)
        radar.add(session, **link, tag_id=tag.id, now=now)


def _add_quizzes(
    session: Session, made: dict[str, Channel], world: dict[str, Any], now: datetime
) -> None:
    for quiz in world["quizzes"]:
        channel, group_id = made[quiz["channel"]], None
        if quiz.get("room_id"):
            group_id = groups.meet(session, channel.id, quiz["room_id"], "", now).id
        drafted = quizzes.draft(
            session,
            channel_id=channel.id,
            group_id=group_id,
            question=quiz["question"],
            options=quiz["options"],
            right_option=quiz["right_option"],
            points=quiz["points"],
            now=now,
        )
        quizzes.open_quiz(session, drafted, now)


def _add_plan(
    session: Session, siyu: Siyu, made: dict[str, Channel], plan: dict[str, Any], now: datetime
) -> None:
    drafted = plans.draft(
        session,
        name=plan["name"],
        channel_id=made[plan["channel"]].id,
        definition=plan["definition"],
        now=now,
    )
    plans.move_to(session, drafted, plans.State.RUNNING, now)
    if drafted.trigger == "manual":
        meant = audience.of(session, drafted)
        enrolments.enrol_all(session, drafted, meant, siyu.settings.zone, now)


def _add_operator(session: Session, siyu: Siyu, now: datetime) -> None:
    password = _letters(12)
    operators.add(session, EMAIL, "演示运营", password, now)
    _write_private(siyu.settings.var / LOGIN_FILE, {"email": EMAIL, "password": password})


def _sandbox_accounts(session: Session, siyu: Siyu) -> dict[str, Any]:
    world = _world()
    return {
        "accounts": [_sandbox_account(session, siyu, key) for key, _, _ in CHANNELS],
        "members": world["members"],
        "groups": [
            {
                "account": "demo-groups",
                "room_id": group["room_id"],
                "name": group["name"],
                "members": group["members"],
            }
            for group in world["groups"]
        ]
        + [{"account": "demo-wecom", **group} for group in world["customer_groups"]],
    }


def _sandbox_account(session: Session, siyu: Siyu, key: str) -> dict[str, Any]:
    channel = channels.by_key(session, key)
    assert channel is not None, "all demo channels are made together"
    opened = channel.secrets(siyu.vault)
    account = {"kind": channel.kind, "key": key, "name": channel.name, "secret": opened["secret"]}
    callback = {"callback_url": f"http://127.0.0.1:{siyu.settings.port}/callback/{key}"}
    if channel.kind == Kind.GROUP_GATEWAY:
        return account | callback | {"account_id": channel.appid}
    named = {"appid": channel.appid, "original_id": channel.original_id}
    keys = {name: opened[name] for name in ("token", "encoding_aes_key") if name in opened}
    if channel.kind == Kind.WECOM:
        people = {name: _world()[name] for name in ("staff", "kf")}
        settings = {"settings": {**channel.settings, **people}}
        return account | callback | keys | {"appid": channel.appid} | settings
    if not keys:
        return account | named  # of a house furnished before mini-programs pushed anything
    wire_format = "json" if channel.kind == Kind.MINI_PROGRAM else "xml"
    return account | callback | keys | named | {"format": wire_format}


def _world() -> dict[str, Any]:
    world: dict[str, Any] = json.loads((HERE / "world.json").read_text())
    return world


def _write_private(path: Path, content: dict[str, Any]) -> None:
    """Whole or not at all, and for nobody else's eyes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
    draft.replace(path)


def _letters(count: int) -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(count))
