"""A load client: a few kept connections, each sending the next request when it has its answer."""

import socket
import threading
import time
from collections.abc import Sequence

CONNECTIONS = 16


class NotAccepted(Exception):
    """The server answered something else than 200: there is nothing to measure."""


def rate(port: int, requests: Sequence[bytes]) -> float:
    """Sends all requests and returns how many were answered per second. Raises NotAccepted."""
    shares = [requests[start::CONNECTIONS] for start in range(CONNECTIONS)]
    refused: list[bytes] = []
    threads = [threading.Thread(target=_send_all, args=(port, share, refused)) for share in shares]
    began_s = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refused:
        raise NotAccepted(refused[0][:200])
    return len(requests) / (time.perf_counter() - began_s)


def _send_all(port: int, requests: Sequence[bytes], refused: list[bytes]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in requests:
            connection.sendall(request)
            answer = _answer(connection)
            if not answer.startswith(b"HTTP/1.1 200"):
                refused.append(answer)
                return


def _answer(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65_536)
        if not part:
            return received
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65_536)
    return head
