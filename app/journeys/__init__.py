"""Journeys 旅程: how members and groups go through plans. The clock moves them on (``running``),
and so does what happens to them (``hearing``); ``sop.journeys`` says where to."""

from app.journeys.running import run_due
from app.journeys.stopping import stop

__all__ = ["run_due", "stop"]
