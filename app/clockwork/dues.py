"""Dues: what the clock brings to an account of ours: a morning's report, a look at what a callback
should have told of. Each is an event of our own under a key of the account and the period, so the
clock may ask as often as it likes.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from app import inbox
from app.domain.people import channels, kf_accounts
from app.domain.people.channels import Channel, Kind
from app.domain.people.kf_accounts import KfAccount
from app.programme import Programme

REPORTS_AT = time(9)
HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
UNREAD_FOR = timedelta(minutes=5)  # a question about a callback is answered long before


def put(session: Session, programme: Programme, now: datetime) -> None:
    """Keeps what is due by ``now``, once."""
    for channel in channels.all_of(session):
        if channel.kind == Kind.GROUP_ROBOT and channel.settings.get("daily_report") == "daily":
            _put_report(session, channel, programme, now)
        if channel.kind == Kind.WECOM and channel.settings.get("archive_url"):
            _put(session, channel, "archive_due", _number_of(QUARTER, now), {}, now)
    for account in kf_accounts.all_of(session):
        _put_kf(session, account, now)


def _put_report(session: Session, channel: Channel, programme: Programme, now: datetime) -> None:
    local = now.astimezone(programme.zone)
    if local.time() >= REPORTS_AT:
        yesterday = str(local.date() - timedelta(days=1))
        _put(session, channel, "report_due", yesterday, {"Day": yesterday}, now)


def _put_kf(session: Session, account: KfAccount, now: datetime) -> None:
    """Callbacks are not guaranteed, and a question may have failed: once an hour, or sooner where a
    callback has remained without an answer, the platform is asked without one."""
    is_unread = account.called_at is not None and (
        account.read_at is None or account.read_at < account.called_at <= now - UNREAD_FOR
    )
    period = QUARTER if is_unread else HOUR
    channel = session.get_one(Channel, account.channel_id)
    fields = {"OpenKfId": account.open_kfid, "Token": ""}
    _put(session, channel, "kf_due", f"{account.id}:{_number_of(period, now)}", fields, now)


def _put(
    session: Session,
    channel: Channel,
    kind: str,
    period: str,
    fields: Mapping[str, str],
    now: datetime,
) -> None:
    inbox.receive_own(
        session,
        key=f"{kind}:{channel.key}:{period}",
        kind=kind,
        subject=f"{channel.key}/",  # the lane of all that the platform tells of the account itself
        fields=fields,
        channel_id=channel.id,
        now=now,
    )


def _number_of(period: timedelta, now: datetime) -> str:
    seconds = int(period.total_seconds())
    return f"{seconds}:{int(now.timestamp()) // seconds}"
