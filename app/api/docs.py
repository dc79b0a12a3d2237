"""The API for people: one page made from the same description that machines read."""

from typing import Any

from apiflask import APIFlask
from flask import Blueprint, current_app, render_template

blueprint = Blueprint("api_docs", __name__, template_folder="templates")


@blueprint.get("/api/docs")
def show() -> str:
    app = current_app
    assert isinstance(app, APIFlask)
    spec = app._get_spec()
    assert isinstance(spec, dict)
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
