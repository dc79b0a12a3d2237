"""How often one caller may ask: together over all processes, and less when they cannot count so."""

from contextlib import suppress

import pytest
import redis

from app.api import login
from app.rates import ALONE_PART, Rate, Rates, TooOften
from tests.world import World

RATE = Rate("test", 8, within_s=3600)


def allowed(rates: Rates, caller: str = "a") -> int:
    """How many requests come through before one does not."""
    came_through = 0
    with suppress(TooOften):
        while came_through < 100:
            rates.count(RATE, caller)
            came_through += 1
    return came_through


def test_processes_count_together(redis_client: redis.Redis):
    one, other = Rates(redis_client), Rates(redis_client)
    for _ in range(RATE.most // 2):
        one.count(RATE, "a")
        other.count(RATE, "a")
    for rates in (one, other):
        with pytest.raises(TooOften):
            rates.count(RATE, "a")


def test_one_caller_does_not_hinder_another(redis_client: redis.Redis):
    rates = Rates(redis_client)
    assert allowed(rates, "a") == allowed(rates, "b") == RATE.most


def test_without_redis_a_process_allows_a_part():
    with redis.Redis(unix_socket_path="/nowhere") as nobody:
        assert allowed(Rates(nobody)) == RATE.most // ALONE_PART


def test_it_is_said_when_to_come_back(redis_client: redis.Redis):
    rates = Rates(redis_client)
    allowed(rates)
    with pytest.raises(TooOften) as refusal:
        rates.count(RATE, "a")
    assert 0 < refusal.value.retry_after_s <= RATE.within_s


def test_nothing_is_counted_for_ever(redis_client: redis.Redis):
    Rates(redis_client).count(RATE, "a")
    assert all(redis_client.ttl(key) > 0 for key in redis_client.keys("siyu:rate:*"))


def test_what_a_header_says_of_the_caller_counts_for_nothing(world: World):
    statuses = [
        world.client.post(
            "/api/v1/login",
            json={"code": "x", "channel": "nobody"},
            headers={"X-Forwarded-For": f"10.0.0.{number % 250}", "X-Real-IP": f"10.1.0.{number}"},
        ).status_code
        for number in range(2 * login.PER_ADDRESS.most + 1)  # a new minute may begin in between
    ]
    assert set(statuses) == {404, 429}
