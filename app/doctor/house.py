"""The house itself: its secret, its address, Redis, the database, and whether it is at work."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import sqlalchemy as sa
from redis import RedisError
from sqlalchemy.exc import DBAPIError

from app import db, inbox, lanes, wakeups
from app.broadcasting import figures
from app.doctor.findings import Said, Trouble
from app.domain.outreach import halts
from app.inbox import InboxEvent
from app.lanes import Lane
from app.wiring import Siyu

HANDLED_WITHIN = timedelta(seconds=60)
PUBLIC_PORTS = (None, 80, 443)  # the only ones WeChat calls, see "Start developing"
DATABASE = Said("数据库", "database")


def secret_is_private(siyu: Siyu) -> Trouble | None:
    path = siyu.settings.var / "secret.key"
    if siyu.settings.secret_key or not path.stat().st_mode & 0o077:
        return None
    return Trouble(
        f"{path} 其他用户也能读取，凭据和手机号都用它加密。请运行 chmod 600 {path}",
        f"others may read {path}, which seals credentials and phone numbers: chmod 600 {path}",
    )


def public_url_is_an_address(siyu: Siyu) -> Trouble | None:
    url = siyu.settings.public_base_url
    if not _is_base_url(url):
        return Trouble(
            f"SIYU_PUBLIC_URL 不是网址：{url}。应类似 https://siyu.example.com",
            f"SIYU_PUBLIC_URL is no address: {url}. It should look like https://siyu.example.com",
        )
    if siyu.settings.public_url and urlsplit(url).port not in PUBLIC_PORTS:
        return Trouble(
            f"微信只回调 80 和 443 端口，而 SIYU_PUBLIC_URL 是 {url}。请在前面放一个反向代理",
            f"WeChat calls ports 80 and 443 only, but SIYU_PUBLIC_URL is {url}: "
            "put a reverse proxy in front",
        )
    return None


def redis_answers(siyu: Siyu) -> Trouble | None:
    try:
        siyu.redis.ping()
    except RedisError as error:
        trouble = type(error).__name__
        return Trouble(
            f"Redis 没有回应（{trouble}），消息会变慢但不会丢。"
            "请启动它（单机：make run），或检查 SIYU_REDIS_URL",
            f"Redis does not answer ({trouble}): all gets slower, nothing is lost. "
            "Start it (on one machine: make run), or check SIYU_REDIS_URL",
        )
    return None


def database_is_ready(siyu: Siyu) -> Trouble | None:
    try:
        if db.pending_migrations(siyu.database.engine):
            return Trouble(
                "数据库不是最新版本。请运行 flask --app wsgi migrate",
                "the database is behind the code: run flask --app wsgi migrate",
            )
        _write(siyu)
    except DBAPIError as error:
        return Trouble(
            f"数据库不能读写：{error.orig}。请检查 SIYU_DATABASE_URL、磁盘空间和权限",
            f"the database cannot be read and written: {error.orig}. "
            "Check SIYU_DATABASE_URL, the space left and who may write",
        )
    return None


def scheduler_ticks(siyu: Siyu) -> Trouble | None:
    with siyu.database.reading() as session:
        if lanes.is_taken(session, lanes.CLOCK, 0, siyu.clock()):
            return None
    return Trouble(
        "定时进程没有运行：计划和重试都会停下。请启动 Procfile 里的 scheduler",
        "the scheduler is not running, so plans and retries stand still: "
        "start `scheduler` of the Procfile",
    )


def worker_is_there(siyu: Siyu) -> Trouble | None:
    if _is_there(siyu, wakeups.ANSWERING):
        return None
    return Trouble(
        "没有处理进程在运行：收到的事件和要回的消息都在等。请启动 Procfile 里的 worker",
        "no worker is running, so what came in and what is to be replied waits: "
        "start `worker` of the Procfile",
    )


def sender_is_there(siyu: Siyu) -> Trouble | None:
    if _is_there(siyu, wakeups.SPEAKING):
        return None
    return Trouble(
        "没有发送进程在运行：计划和群发都在等。请启动 Procfile 里的 sender",
        "no sender is running, so plans and broadcasts wait: start `sender` of the Procfile",
    )


def worker_keeps_up(siyu: Siyu) -> Trouble | None:
    oldest = sa.select(sa.func.count(), sa.func.min(InboxEvent.received_at))
    with siyu.database.reading() as session:
        count, since = session.execute(oldest.where(inbox.is_waiting())).one()
    if since is None or siyu.clock() - since <= HANDLED_WITHIN:
        return None
    waited_s = int((siyu.clock() - since).total_seconds())
    return Trouble(
        f"{count} 个事件没有处理，最早的等了 {waited_s} 秒。请启动（或增加）Procfile 里的 worker",
        f"{count} events wait, the oldest for {waited_s} s: start `worker` of the Procfile, "
        "or more of them",
    )


def nothing_is_halted(siyu: Siyu) -> Trouble | None:
    with siyu.database.reading() as session:
        halt = halts.present(session)
    if halt is None:
        return None
    return Trouble(
        f"已全部停发（{halt.begun_at:%Y-%m-%d %H:%M} UTC，{halt.reason}）：什么都不会发出。"
        "在控制台「全部停发」里恢复",
        f"everything is stopped since {halt.begun_at:%Y-%m-%d %H:%M} UTC ({halt.reason}), so "
        "nothing is sent: resume it in the console under Stop everything",
    )


def broadcasts_add_up(siyu: Siyu) -> Trouble | None:
    with siyu.database.reading() as session:
        wrong = figures.discrepancies(session)
    if not wrong:
        return None
    listed = "; ".join(wrong)
    return Trouble(
        f"有群发的各状态之和与名单人数不符：{listed}。请暂停它并报告",
        f"the states of a broadcast do not add up to its audience: {listed}. Pause and report it",
    )


Check = Callable[[Siyu], Trouble | None]
GROUND: dict[Said, Check] = {
    Said("密钥", "secret key"): secret_is_private,
    Said("公网地址", "public address"): public_url_is_an_address,
    Said("Redis", "Redis"): redis_answers,
}
PROCESSES: dict[Said, Check] = {
    Said("定时进程", "scheduler"): scheduler_ticks,
    Said("处理进程", "worker"): worker_is_there,
    Said("发送进程", "sender"): sender_is_there,
    Said("处理进度", "events waiting"): worker_keeps_up,
    Said("群发名单", "broadcasts"): broadcasts_add_up,
    Said("发送", "sending"): nothing_is_halted,
}


def _is_there(siyu: Siyu, duty: str) -> bool:
    try:
        return bool(siyu.wakeups.alive(duty))
    except RedisError:
        return True  # Redis is looked at by itself, and without it the scheduler does the work


def _is_base_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    whole = parts.scheme in ("http", "https") and bool(parts.hostname) and has_port
    return whole and not parts.query and not parts.fragment


def _write(siyu: Siyu) -> None:
    """A real write that changes nothing. Raises DBAPIError."""
    clock = sa.update(Lane).where(Lane.pipe == lanes.CLOCK).values(pipe=lanes.CLOCK)
    with siyu.database.writing() as session:
        session.execute(clock.execution_options(synchronize_session=False))
