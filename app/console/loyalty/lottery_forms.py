"""The form of a lottery: its terms. Its prizes are ``prize_fields``."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from app.console.fields.bounds import WholeField, in_our_days
from app.console.loyalty.coupon_forms import MANY
from app.console.loyalty.offer_forms import OfferForm, local
from app.domain.loyalty.spending.lotteries import WORD_MAX
from app.handlers import chat


class LotteryForm(OfferForm):
    word = StringField(
        _l("聊天口令"),
        [Length(max=WORD_MAX)],
        description=_l("会员在聊天或群里发这个词就抽一次，例如 抽奖；空着表示不能"),
    )
    points = WholeField(_l("抽一次多少积分"), MANY, description=_l("空着表示不能用积分抽"))
    free_per_day = WholeField(_l("每天免费几次"), [InputRequired(), NumberRange(0, 100)], default=0)
    per_day = WholeField(_l("每位会员每天最多几次"), MANY, description=_l("空着表示不限"))
    per_member = WholeField(_l("每位会员一共最多几次"), MANY, description=_l("空着表示不限"))
    begins_at = DateTimeLocalField(_l("开始时间"), [Optional(), in_our_days])
    ends_at = DateTimeLocalField(_l("结束时间"), [Optional(), in_our_days])

    def validate_word(self, field: StringField) -> None:
        """Raises ValidationError for a word that has a meaning of its own in chats."""
        if chat.as_said(field.data or "") in chat.OWN_WORDS:
            raise ValidationError(_("这个词已经有别的用处了。"))

    def terms(self) -> dict[str, Any]:
        return super().terms() | {
            "word": chat.as_said(self.word.data or "") or None,
            "points": self.points.data,
            "free_per_day": self.free_per_day.data,
            "per_day": self.per_day.data,
            "per_member": self.per_member.data,
            "begins_at": local(self.begins_at.data),
            "ends_at": local(self.ends_at.data),
        }
