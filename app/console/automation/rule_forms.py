"""The form of a keyword rule: its words, and in plain fields all its terms."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from app.console.content import spoken_materials
from app.console.fields.bounds import WholeField
from app.domain.insight import tag_exclusions
from app.domain.insight.keywords import KeywordRule
from app.domain.insight.tags import DIMENSIONS, Tag
from app.domain.outreach.materials.spoken_materials import KEYWORD
from tagging import terms as tagging_terms
from tagging.rules import Denials, Questions
from tagging.terms import DAYS_MAX, EXPIRES_DAYS_MAX, HITS_MAX, MESSAGES_MAX, USUAL, Terms

OR = "|"


class RuleForm(FlaskForm):
    name = StringField(_l("名称"), [DataRequired(), Length(max=60)])
    words = TextAreaField(_l("关键词"), description=_l("每行一个，说到任意一个即命中"))
    unless = TextAreaField(_l("排除词"), description=_l("每行一个，同一句里说到就不算命中"))
    all_of = TextAreaField(
        _l("并且还要说到"), description=_l("每行一个条件，行内用 | 隔开可替换的词")
    )
    none_of = TextAreaField(_l("并且不可说到"), description=_l("每行一个，范围内说到就不算命中"))
    within_messages = WholeField(
        _l("最近几条消息之内"), [Optional(), NumberRange(1, MESSAGES_MAX)], default=1
    )
    within_days = WholeField(
        _l("或最近几天之内"), [Optional(), NumberRange(0, DAYS_MAX)], default=0
    )
    questions = SelectField(
        _l("问句"),
        choices=[
            SelectChoice(Questions.COUNT, _l("也算")),
            SelectChoice(Questions.IGNORE, _l("不算")),
            SelectChoice(Questions.ONLY, _l("只有问句才算")),
        ],
        default=Questions.COUNT,
    )
    denials = SelectField(
        _l("否定，如“没有头屑”"),
        choices=[
            SelectChoice(Denials.IGNORE, _l("不算命中")),
            SelectChoice(Denials.COUNT, _l("也算命中")),
            SelectChoice(Denials.TAKE, _l("收回这个标签")),
        ],
        default=Denials.IGNORE,
    )
    is_own = BooleanField(_l("只算说自己的，如不算“我朋友是油皮”"))
    in_pinyin = BooleanField(_l("也听拼音，如 minganji"))
    hits_needed = WholeField(
        _l("命中几次才给标签"), [Optional(), NumberRange(1, HITS_MAX)], default=1
    )
    hits_days = WholeField(_l("在几天之内"), [Optional(), NumberRange(0, DAYS_MAX)], default=0)
    expires_days = WholeField(
        _l("标签在最后一次命中后几天失效"),
        [Optional(), NumberRange(0, EXPIRES_DAYS_MAX)],
        default=0,
        description=_l("0 为长期有效"),
    )
    tag = StringField(_l("给标签"), [Length(max=40)], description=_l("没有的标签会新建"))
    dimension = SelectField(_l("新标签的维度"), choices=list(DIMENSIONS))
    excludes = TextAreaField(
        _l("互斥标签"), description=_l("每行一个；给了这个标签就收回那些，后来的为准")
    )
    reply = TextAreaField(_l("回复"), [Length(max=600)])
    material = SelectField(
        _l("用素材库里的回复"),
        validate_choice=False,
        default="",
        description=_l("发不出素材时说上面的回复"),
    )
    notify_userid = StringField(
        _l("通知员工"),
        [Length(max=64)],
        description=_l("企业微信的成员账号（userid），每位会员每小时最多通知一次"),
    )

    def lines(self, name: str) -> list[str]:
        return [line.strip() for line in (self[name].data or "").splitlines() if line.strip()]

    @property
    def terms_are_unusual(self) -> bool:
        return self.terms != USUAL or bool(self.lines("excludes"))

    @property
    def terms(self) -> Terms:
        return Terms(
            all_of=tuple(_alternatives(line) for line in self.lines("all_of")),
            none_of=tuple(self.lines("none_of")),
            within_messages=self.within_messages.data or 1,
            within_days=self.within_days.data or 0,
            questions=Questions(self.questions.data or Questions.COUNT),
            denials=Denials(self.denials.data or Denials.IGNORE),
            is_own=bool(self.is_own.data),
            in_pinyin=bool(self.in_pinyin.data),
            hits_needed=self.hits_needed.data or 1,
            hits_days=self.hits_days.data or 0,
            expires_days=self.expires_days.data or 0,
        )


def as_data(session: Session, rule: KeywordRule) -> dict[str, Any]:
    """What the form of a rule shows."""
    tag = session.get(Tag, rule.tag_id) if rule.tag_id else None
    terms = tagging_terms.of(rule.terms)
    excluded = tag_exclusions.of(session, tag.id) if tag else set()
    names = [session.get_one(Tag, other).name for other in sorted(excluded)]
    plain = {name: getattr(terms, name) for name in Terms.__dataclass_fields__}
    return plain | {
        "name": rule.name,
        "words": "\n".join(rule.words),
        "unless": "\n".join(rule.unless),
        "all_of": "\n".join(f" {OR} ".join(group) for group in terms.all_of),
        "none_of": "\n".join(terms.none_of),
        "tag": tag.name if tag else "",
        "dimension": tag.dimension if tag else DIMENSIONS[0],
        "excludes": "\n".join(names),
        "reply": rule.reply,
        "material": spoken_materials.chosen(session, KEYWORD, rule.id),
        "notify_userid": rule.notify_userid,
    }


def _alternatives(line: str) -> tuple[str, ...]:
    """A regular expression keeps its bars: it is one word."""
    if line.startswith("/"):
        return (line,)
    return tuple(word.strip() for word in line.split(OR) if word.strip())
