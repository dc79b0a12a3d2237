"""The API described: `/api/openapi.json` for machines, and one page made from it for people."""

from typing import Any

from apiflask import APIBlueprint, APIFlask
from flask import Blueprint, current_app, render_template
from pydantic.json_schema import models_json_schema

from app.api.shapes import SCHEMAS, Accepted, Refused

blueprint = Blueprint("api_docs", __name__, template_folder="templates")


def init_app(app: APIFlask) -> None:
    """Called when all doors are there: whatever is not of the API is left out."""
    app.register_blueprint(blueprint)
    for other in app.blueprints.values():
        if not isinstance(other, APIBlueprint):
            other.enable_openapi = False  # type: ignore[attr-defined]
    error = {"$ref": f"{SCHEMAS}{Refused.__name__}"}
    app.config.update(
        OPENAPI_VERSION="3.1.0",  # whose schemas are those that pydantic makes
        HTTP_ERROR_SCHEMA=error,
        VALIDATION_ERROR_SCHEMA=error,
    )
    app.spec_processor(_completed)


def _completed(spec: dict[str, Any] | str) -> dict[str, Any]:
    """Adds the shapes that answers of several operations share."""
    assert isinstance(spec, dict), "the description is made as JSON"
    _, definitions = models_json_schema(
        [(Refused, "serialization"), (Accepted, "serialization")],
        ref_template=f"{SCHEMAS}{{model}}",
    )
    spec["components"]["schemas"] |= definitions["$defs"]
    return spec


@blueprint.get("/api/docs")
def show() -> str:
    spec = current_app.spec  # type: ignore[attr-defined]
    return render_template("api/docs.html", spec=spec, operations=_operations(spec))


def _operations(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        operation
        | {"method": method.upper(), "path": path}
        | {
            "body": _schema(spec, operation.get("requestBody", {})),
            "answer": _schema(spec, operation["responses"]["200"]),
        }
        for path, methods in spec["paths"].items()
        for method, operation in methods.items()
        if "responses" in operation
    ]


def _schema(spec: dict[str, Any], side: dict[str, Any]) -> dict[str, Any] | None:
    """What is sent or answered, looked up where the description only refers to it."""
    content = side.get("content", {}).get("application/json")
    if content is None:
        return None
    schema: dict[str, Any] = content["schema"]
    if "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return schema
