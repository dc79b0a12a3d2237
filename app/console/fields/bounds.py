"""What a number or a moment in a form may be, beyond what its kind of field sees to: each raises
wtforms' ValidationError, which the page shows at the field."""

from decimal import Decimal

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, DateTimeLocalField, DecimalField
from wtforms.validators import ValidationError

FIRST_YEAR, LAST_YEAR = 2000, 2099  # what a clock on any coast still shows, a day to each side


def in_our_days(form: FlaskForm, field: DateField | DateTimeLocalField) -> None:
    """A year slipped in typing (0202, 20222) is told, not kept."""
    if field.data is not None and not FIRST_YEAR <= field.data.year <= LAST_YEAR:
        raise ValidationError(
            _("要在 %(first)s 年到 %(last)s 年之间。", first=FIRST_YEAR, last=LAST_YEAR)
        )


def whole_fen(form: FlaskForm, field: DecimalField) -> None:
    """Money is whole fen: 1.555 is asked about, instead of a part of it dropped."""
    yuan: Decimal | None = field.data
    if yuan is not None and yuan.is_finite() and yuan * 100 % 1:
        raise ValidationError(_("最多两位小数。"))
