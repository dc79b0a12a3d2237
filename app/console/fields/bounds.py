"""What a number or a moment in a form may be, beyond what its kind of field sees to: each raises
wtforms' ValidationError, which the page shows at the field."""

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, DateTimeLocalField, DecimalField, IntegerField, SelectMultipleField
from wtforms.validators import StopValidation, ValidationError

FIRST_YEAR, LAST_YEAR = 2000, 2099  # what a clock on any coast still shows, a day to each side
YUAN_MAX = 10**11  # more than any field takes


def in_our_days(form: FlaskForm, field: DateField | DateTimeLocalField) -> None:
    """A year slipped in typing (0202, 20222) is told, not kept."""
    if field.data is not None and not FIRST_YEAR <= field.data.year <= LAST_YEAR:
        raise ValidationError(
            _("要在 %(first)s 年到 %(last)s 年之间。", first=FIRST_YEAR, last=LAST_YEAR)
        )


def _stop_at_what_is_no_number(field: IntegerField | DecimalField) -> None:
    """Whether nothing may stand in it is for the field's validators to say."""
    if field.process_errors and any(str(one).strip() for one in field.raw_data or ()):
        raise StopValidation


class WholeField(IntegerField):
    """A whole number. Of what is none only that is told, and not its bounds as well."""

    def pre_validate(self, form: Any) -> None:
        _stop_at_what_is_no_number(self)


class NumberField(DecimalField):
    """A number: what counts as one in Python alone (NaN, Infinity) is told to be none, and only
    that."""

    data: Any

    def pre_validate(self, form: Any) -> None:
        _stop_at_what_is_no_number(self)

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if self.data is not None and not self.data.is_finite():
            super().process_formdata(["?"])  # so that it is told as what is no number at all


class ManyField(SelectMultipleField):
    """Several of what is offered; what is not is told in the operator's language."""

    def pre_validate(self, form: Any) -> None:
        try:
            super().pre_validate(form)
        except ValidationError:
            raise ValidationError(_("有的选项这里没有，请重新选。")) from None


def whole_fen(form: FlaskForm, field: DecimalField) -> None:
    """Money is whole fen: 1.555 is asked about, instead of a part of it dropped."""
    yuan: Decimal | None = field.data
    if yuan is not None and _is_sum(yuan) and yuan * 100 % 1:
        raise ValidationError(_("最多两位小数。"))


def _is_sum(yuan: Decimal) -> bool:
    """Whether its fen can be reckoned; beyond that the field's own bounds speak."""
    return yuan.is_finite() and abs(yuan) < YUAN_MAX
