"""The plan's form says everything that a plan can say: nothing is lost on the way through it."""

from typing import Any

from flask import Flask
from hypothesis import HealthCheck, given, settings

from app.console import plan_editor, plan_fields
from app.console.frame import page
from sop import plans
from tests.form_reading import form_of
from tests.plan_definitions import definitions
from tests.world import World

FEW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def shown(world: World, definition: dict[str, Any], problems: Any = ()) -> str:
    """The form's own part."""
    app: Flask = world.client.application
    with app.test_request_context("/console/plans/new"), world.siyu.database.reading() as session:
        fields = plan_editor._fields(session, definition, list(problems))
        return page("_plan_fields.html", **fields)


@FEW
@given(definition=definitions())
def test_what_the_form_shows_is_what_it_says(
    world: World, translations: None, definition: dict[str, Any]
) -> None:
    again = plan_fields.definition_in(form_of(shown(world, definition)))
    assert plans.parse(again) == plans.parse(definition)
    assert plan_fields.definition_in(form_of(shown(world, again))) == again
