"""Set-up at the start of `make run`: what `flask --app wsgi migrate` and `demo` do, in one go.

One Python start instead of two, and without the web app, brings the first page two seconds
earlier. Both do nothing where nothing is left to do.
"""

from app import db, demo
from app.config import Settings
from app.wiring import wire


def main() -> None:
    settings = Settings()
    settings.var.mkdir(parents=True, exist_ok=True)
    db.migrate(settings.database)
    demo.furnish(wire(settings))


if __name__ == "__main__":
    main()
