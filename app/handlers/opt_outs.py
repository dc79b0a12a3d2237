"""Opting out 退订 and coming back, by a word of hers or a link."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.outreach import manners
from app.domain.people import opt_outs
from app.domain.people.members import Member
from app.handlers import texts
from app.handlers.scene import Scene, say
from sop import manners as sop_manners

LETTERS_IN_GROUPS = 3  # T or TD is said in a group for many reasons


def answer(session: Session, scene: Scene, said: str, now: datetime) -> bool:
    """Whether she has said one of the words, and nothing else; then it is done and confirmed."""
    word, known = sop_manners.plain(said), manners.in_force(session)
    if scene.group is not None and word.isascii() and len(word) < LETTERS_IN_GROUPS:
        return False
    if not hear(session, scene.member, scene.event.id, word, now):
        return False
    if word in known.opt_out_words:
        text, rule = texts.opted_out(known.come_back_words[0]), "opt_out"
    else:
        text, rule = texts.came_back(known.opt_out_words[0]), "come_back"
    say(session, scene, text, rule=rule, now=now)
    return True


def hear(session: Session, member: Member, event_id: int, said: str, now: datetime) -> bool:
    """Does what the word means. False when it means neither."""
    word, known = sop_manners.plain(said), manners.in_force(session)
    if word in known.opt_out_words:
        opt_outs.stop(session, member, event_id, now)
    elif word in known.come_back_words:
        opt_outs.come_back(session, member, event_id, now)
    else:
        return False
    return True


def follow_link(session: Session, scene: Scene, now: datetime) -> None:
    """She has pressed the button behind a link of hers."""
    opt_outs.stop(session, scene.member, scene.event.id, now)
