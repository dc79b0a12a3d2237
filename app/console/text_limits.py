"""How long what an operator writes may be: the numbers of the limits' table, told at the field."""

from collections.abc import Callable

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import ValidationError

from app.console.frame import siyu
from app.domain.outreach.allowances import limit_table, limits


def within(key: str) -> Callable[[FlaskForm, TextAreaField], None]:
    """A form's check that a text is within the limit of this key."""

    def check(form: FlaskForm, field: TextAreaField) -> None:
        with siyu().database.reading() as session:
            most = limits.value(session, key)
            if limits.fits(session, key, field.data or ""):
                return
        if limit_table.BY_KEY[key].unit == "characters":
            raise ValidationError(_("最多 %(n)s 个字", n=most))
        raise ValidationError(_("最多 %(n)s 字节", n=most))

    return check
