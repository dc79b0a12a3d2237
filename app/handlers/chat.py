"""Chat: what members write is answered when it asks for something."""

import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.loyalty import points, quizzes, sign_ins
from app.domain.loyalty.standing import tiers
from app.domain.outreach.allowances import windows
from app.domain.outreach.materials.spoken_materials import KEYWORD
from app.handlers import games, opt_outs, spoken, texts
from app.handlers.loyalty import item_codes, lotteries, order_claims, redemptions
from app.handlers.scene import Scene, say

SIGN_IN_WORDS = {"签到", "打卡", "簽到", "sign in", "signin", "check in"}
BALANCE_WORDS = {"积分", "我的积分", "查积分", "积分查询", "積分", "points", "balance"}
REWARD_WORDS = {"兑换", "积分兑换", "积分商城", "兌換", "redeem", "rewards"}
HELP_WORDS = {"帮助", "菜单", "功能", "help", "menu", "?"}
OWN_WORDS = SIGN_IN_WORDS | BALANCE_WORDS | REWARD_WORDS | HELP_WORDS


def open_window(session: Session, scene: Scene, now: datetime) -> None:
    """Her message lets us speak for two days, from when we hear of it."""
    address = scene.address
    if address is None or address.to_group or scene.identity is None or scene.channel is None:
        return
    if windows.needed(scene.channel.kind, address.way):
        began_at = scene.event.received_at
        if address.way == windows.KF:  # it is read later, and says when the platform had it
            began_at = min(began_at, scene.event.happened_at)
        windows.open_by_chat(session, scene.identity, scene.channel.kind, began_at)
        scene.identity.chat_through = address.through or None


def answer(session: Session, scene: Scene, now: datetime) -> None:
    """The first that feels addressed answers; most chat is not for us and gets no answer."""
    for responder in RESPONDERS:
        if responder(session, scene, now):
            return


def answer_menu(session: Session, scene: Scene, now: datetime) -> None:
    """A menu button does what the word of the same meaning does."""
    responder = MENU.get(str(scene.event.fields.get("EventKey", "")).upper())
    if responder is not None:
        responder(session, scene, now)


def _opt_out(session: Session, scene: Scene, now: datetime) -> bool:
    return opt_outs.answer(session, scene, _said(scene), now)


def _claim_order(session: Session, scene: Scene, now: datetime) -> bool:
    return order_claims.answer(session, scene, _said(scene), now)


def _sign_in(session: Session, scene: Scene, now: datetime) -> bool:
    if _said(scene) not in SIGN_IN_WORDS:
        return False
    return _sign_in_now(session, scene, now)


def _sign_in_now(session: Session, scene: Scene, now: datetime) -> bool:
    outcome = games.sign_in(session, scene, now)
    say(session, scene, texts.signed_in(outcome), rule="sign_in", now=now)
    return True


def _tell_balance(session: Session, scene: Scene, now: datetime) -> bool:
    if _said(scene) not in BALANCE_WORDS:
        return False
    return _tell_balance_now(session, scene, now)


def _tell_balance_now(session: Session, scene: Scene, now: datetime) -> bool:
    balance = points.balance_of(session, scene.member.id)
    today = scene.programme.business_day(scene.event.happened_at)
    streak = sign_ins.streak_days(session, scene.member.id, today)
    tier = tiers.of(session, scene.member)
    text = texts.balance(balance.points, tier.name if tier else "", streak)
    say(session, scene, text, rule="balance", now=now)
    return True


def _tell_rewards(session: Session, scene: Scene, now: datetime) -> bool:
    if _said(scene) not in REWARD_WORDS:
        return False
    return _tell_rewards_now(session, scene, now)


def _tell_rewards_now(session: Session, scene: Scene, now: datetime) -> bool:
    redemptions.tell(session, scene, now)
    return True


def _draw(session: Session, scene: Scene, now: datetime) -> bool:
    return lotteries.answer(session, scene, _said(scene), now)


def _help(session: Session, scene: Scene, now: datetime) -> bool:
    if _said(scene) not in HELP_WORDS:
        return False
    return _help_now(session, scene, now)


def _help_now(session: Session, scene: Scene, now: datetime) -> bool:
    say(session, scene, texts.HELP, rule="help", now=now)
    return True


def _answer_quiz(session: Session, scene: Scene, now: datetime) -> bool:
    if scene.channel is None or len(scene.event.text.strip()) > 3:
        return False
    group_id = scene.group.id if scene.group else None
    quiz = quizzes.open_in(session, scene.channel.id, group_id, scene.event.happened_at)
    option = quizzes.option_in(scene.event.text, quiz) if quiz else None
    if quiz is None or option is None:
        return False
    answered = games.answer_quiz(session, scene, quiz, option, now)
    say(session, scene, texts.answered(answered), rule=f"quiz:{quiz.id}", now=now)
    return True


def _reply_by_keyword(session: Session, scene: Scene, now: datetime) -> bool:
    for hit in scene.hits:
        rule = scene.words.rules[hit.rule_id]
        holder, name = (KEYWORD, rule.id), f"keyword:{rule.id}"
        about: dict[str, Any] = {"rule": name, "rule_version": hit.version}
        if spoken.say(session, scene, holder, rule.reply, **about, now=now):
            return True
    return False


Responder = Callable[[Session, Scene, datetime], bool]

RESPONDERS: tuple[Responder, ...] = (
    _answer_quiz,
    item_codes.answer,
    _opt_out,
    _claim_order,
    _sign_in,
    _tell_balance,
    _tell_rewards,
    _help,
    _draw,
    _reply_by_keyword,
)
MENU: dict[str, Responder] = {
    "SIGN_IN": _sign_in_now,
    "BALANCE": _tell_balance_now,
    "REWARDS": _tell_rewards_now,
    "HELP": _help_now,
}


def _said(scene: Scene) -> str:
    """A word as a command, without a mention."""
    text = unicodedata.normalize("NFKC", scene.event.text).strip()
    if text.startswith("@") and " " in text.replace("\u2005", " "):
        text = text.replace("\u2005", " ").split(" ", 1)[1]
    return as_said(text)


def as_said(text: str) -> str:
    """A word in any width and case, without blanks and closing marks."""
    word = unicodedata.normalize("NFKC", text).strip().lower()
    return word if word in HELP_WORDS else word.rstrip("。.!！~～ ")
