"""The sandbox for a WSGI server: ``granian --interface wsgi bots.sandbox.wsgi:app``."""

from bots.sandbox import create_app

app = create_app()
