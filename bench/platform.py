"""A platform that takes everything a while after it was asked: ``python -m bench.platform MS``
prints its port and serves until it is ended. ``GET /times`` says when it took the messages.

It costs as little as possible, so that what is measured is whoever calls it.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import urlopen

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
TOKEN = json.dumps({"access_token": "t" * 130, "expires_in": 7200}).encode()
TAKEN = b'{"errcode":0,"errmsg":"ok"}'


@contextmanager
def served(latency_ms: int) -> Iterator[str]:
    """Its address, in a process of its own."""
    command = [sys.executable, "-m", "bench.platform", str(latency_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def times(url: str) -> dict[str, list[float]]:
    """When messages were asked for, on this machine's monotonic clock: those with the word "reply"
    in them, and the others."""
    with urlopen(f"{url}/times", timeout=30) as answer:  # noqa: S310  our own
        told: dict[str, list[float]] = json.load(answer)
        return told


class Taking(asyncio.Protocol):
    """One connection."""

    taken: dict[str, list[float]] = {"replies": [], "others": []}

    def __init__(self, latency_s: float):
        self._latency_s = latency_s
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, ended, rest = self._received.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if ended and len(rest) >= length:
            self._received = rest[length:]
            self._asked(head, rest[:length])

    def _asked(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"GET /times"):
            self._answer(json.dumps(self.taken).encode())
        elif b"stable_token" in head:
            self._answer(TOKEN)
        else:
            self.taken["replies" if b"reply" in body else "others"].append(time.monotonic())
            asyncio.get_running_loop().call_later(self._latency_s, self._answer, TAKEN)

    def _answer(self, body: bytes) -> None:
        self._transport.write(HEAD % (len(body), body))


async def main(latency_s: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Taking(latency_s), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) / 1000))
