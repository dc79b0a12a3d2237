"""What is offered to members, in a form: its name, whom it is for, and between which moments."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.console.fields.bounds import ManyField
from app.console.fields.mistakes import Mistaken
from app.console.frame import zone
from app.console.loyalty.coupon_forms import tier_choices

Found = TypeVar("Found")


class OfferForm(FlaskForm):
    """The terms that rewards and lotteries share."""

    name = StringField(_l("名称"), [DataRequired(), Length(max=60)])
    intro = TextAreaField(_l("介绍"), [Length(max=1_000)], default="")
    tier_ids = ManyField(_l("只给这些等级"), coerce=int, description=_l("都不选表示不限"))

    def __init__(self, *args: Any, **how: Any):
        super().__init__(*args, **how)
        self.tier_ids.choices = tier_choices()
        self.wrong: dict[str, str] = {}  # of the rows beside the fields, by the name of the input

    def asked(self, read: Callable[[], Found]) -> Found | None:
        """What stands in rows beside the fields; None when that is mistaken, which they tell."""
        try:
            return read()
        except Mistaken as mistaken:
            self.wrong |= mistaken.at
            return None

    def terms(self) -> dict[str, Any]:
        """The columns that can be changed, but the windows."""
        return {
            "name": self.name.data.strip(),
            "intro": self.intro.data.strip(),
            "tier_ids": self.tier_ids.data,
        }


def local(written: datetime | None) -> datetime | None:
    """What a form says, on the shop's own clock."""
    return written.replace(tzinfo=zone()) if written else None


def shown(at: datetime | None) -> datetime | None:
    """What stands in a form."""
    return at.astimezone(zone()).replace(tzinfo=None) if at else None
