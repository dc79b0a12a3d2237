"""The floor of sending: the same calls at the same concurrency, and nothing else. ``python -m
bench.bare_calls URL COUNT CONCURRENCY`` prints how many it made a second."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

from bots import wire

PATH = "/cgi-bin/message/custom/send"


def main(url: str, count: int, concurrency: int) -> None:
    http = wire.connections_to(url)

    def call(number: int) -> None:
        body = {"touser": f"oBench{number}", "msgtype": "text", "text": {"content": "早上好"}}
        wire.call(http, "POST", url + PATH, params={"access_token": "t" * 130}, body=body)

    with ThreadPoolExecutor(concurrency) as hands:
        list(hands.map(call, range(concurrency)))
        began_s = time.perf_counter()
        list(hands.map(call, range(count)))
        print(count / (time.perf_counter() - began_s))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
