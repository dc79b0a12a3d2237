"""What a member says gives her tags, and takes them: every keyword rule that her words meet, with
her words as the evidence."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app import inbox
from app.domain.insight import keyword_hits, keyword_parts
from app.domain.insight.keywords import KeywordRule
from app.handlers import member_tags
from app.handlers.scene import Scene
from tagging import terms, windows
from tagging.rules import WORDS, Hit
from tagging.terms import Terms

SAID = ("text", "voice", "archive.text")
EXCERPT_CHARACTERS = 40


def hear(session: Session, scene: Scene, now: datetime) -> None:
    """Notes what her words meet, and gives and takes the tags that follow."""
    reading = scene.reading
    if reading.parts:
        scene.completed = _completed(session, scene, reading.parts)
    if scene.hits:
        keyword_hits.keep(
            session, scene.member.id, scene.event.id, scene.hits, scene.event.happened_at
        )
    for hit in scene.hits:
        _give(session, scene, hit, now)
    for hit in reading.denied:
        rule = scene.words.rules[hit.rule_id]
        if rule.tag_id is not None:
            member_tags.take(session, scene, rule.tag_id, rule=f"keyword:{rule.id}", now=now)


def _give(session: Session, scene: Scene, hit: Hit, now: datetime) -> None:
    rule = scene.words.rules[hit.rule_id]
    its_terms = terms.of(rule.terms)
    if rule.tag_id is None or not _is_often_enough(session, scene, rule, its_terms):
        return
    lasts = timedelta(days=its_terms.expires_days)
    member_tags.give(
        session,
        scene,
        rule.tag_id,
        rule=f"keyword:{rule.id}",
        rule_version=hit.version,
        evidence=_excerpt(scene.heard, hit.start, hit.end),
        expires_at=scene.event.happened_at + lasts if lasts else None,
        now=now,
    )


def _is_often_enough(session: Session, scene: Scene, rule: KeywordRule, its_terms: Terms) -> bool:
    if its_terms.hits_needed == 1:
        return True
    since = scene.event.happened_at - timedelta(days=its_terms.hits_days)
    hits = keyword_hits.count_since(session, scene.member.id, rule.id, since)
    return hits >= its_terms.hits_needed


def _completed(session: Session, scene: Scene, parts: Sequence[Hit]) -> list[Hit]:
    """The rules whose parts she has now said all, each with the last of them; their next round
    begins."""
    member_id, event = scene.member.id, scene.event
    keyword_parts.note(session, member_id, event.id, parts, event.happened_at)
    said = keyword_parts.of(session, member_id, {hit.rule_id: hit.version for hit in parts})
    completed = []
    for rule_id, parts_said in said.items():
        its_terms = terms.of(scene.words.rules[rule_id].terms)
        oldest = inbox.nth_last(session, member_id, SAID, its_terms.within_messages)
        if windows.is_met(its_terms, parts_said, oldest, event.happened_at):
            now_said = [hit for hit in parts if hit.rule_id == rule_id and hit.part >= WORDS]
            completed += now_said[-1:]
    if completed:
        keyword_parts.begin_anew(session, member_id, [hit.rule_id for hit in completed])
    return completed


def _excerpt(text: str, start: int, end: int) -> str:
    around = EXCERPT_CHARACTERS
    before = "…" if start > around else ""
    after = "…" if end + around < len(text) else ""
    return before + text[max(0, start - around) : end + around] + after
