"""The web app, for any WSGI server."""

import os

from app.config import Settings
from app.web import create_app
from app.wiring import wire

# commands such as `flask --app wsgi migrate` have to work before the house is in order
app = create_app(wire(Settings()), serving=os.environ.get("FLASK_RUN_FROM_CLI") != "true")
