"""What a member sees where there is nothing."""

from flask import Blueprint, Response

from app.h5.pages import page

blueprint = Blueprint("h5_errors", __name__, template_folder="templates")


@blueprint.route("/h5/<path:anything>", methods=["GET", "POST"])
def not_there(anything: str) -> Response:
    return page("no_link.html", 404)
