"""The fields of a live code's form."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from app.console.fields.bounds import WholeField
from app.domain.people.live_codes import SCENE_MAX

MOST = 1_000_000


class LiveCodeForm(FlaskForm):
    name = StringField(_l("名称"), [DataRequired(), Length(max=60)])
    tag = StringField(_l("给标签"), [Length(max=40)], description=_l("没有的标签会新建"))
    material = SelectField(
        _l("用素材库里的欢迎语"),
        validate_choice=False,
        default="",
        description=_l("发不出素材时说欢迎语；企业微信会把图片、链接等跟在欢迎语后面"),
    )
    welcome = TextAreaField(_l("欢迎语"), [Length(max=600)], description=_l("空着就用通用的欢迎语"))
    store = StringField(_l("门店"), [Length(max=60)])
    staff_userid = StringField(
        _l("员工"), [Length(max=64)], description=_l("谁的码；企业微信成员填账号")
    )
    hours = TextAreaField(
        _l("有效时段"),
        description=_l("一行一段，如 1-5 09:00-18:00；1 是周一，7 是周日；空着就一直有效"),
    )
    members_max_a_day = WholeField(_l("每天最多带来会员"), [Optional(), NumberRange(1, MOST)])
    members_max = WholeField(_l("总共最多带来会员"), [Optional(), NumberRange(1, MOST)])
    fallback = SelectField(
        _l("不在时段或已满时用"),
        coerce=int,
        default=0,
        description=_l("标签、欢迎语、计划都用那个码的"),
    )
    plan = SelectField(_l("进入计划"), coerce=int, default=0)
    group = SelectField(
        _l("邀请进群"), coerce=int, default=0, description=_l("有活码通向的群；邀请写在欢迎语后面")
    )


class NewLiveCodeForm(LiveCodeForm):
    channel = SelectField(_l("渠道账号"), coerce=int)
    scene = StringField(
        _l("场景值"),
        [DataRequired(), Length(max=SCENE_MAX)],
        description=_l("1 到 64 个字符，例如 store_002"),
    )
