"""Access tokens: one for all processes, renewed by one of them, and without Redis by each."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from bots.accounts import Account
from bots.tokens import REFRESH_INTERVAL_S, Token, TokenStore
from bots.wire import NotSent

ACCOUNT = Account(key="shop", appid="wx1")


class Tokens:
    """A platform's tokens: the same one until it is forced to make another."""

    def __init__(self, expires_in_s: int = 7200) -> None:
        self.number = 1
        self.forced: list[bool] = []
        self._expires_in_s = expires_in_s
        self._lock = threading.Lock()

    def fetch(self, *, force: bool) -> Token:
        with self._lock:
            self.forced.append(force)
            self.number += force
            return Token(f"token-{self.number}", self._expires_in_s)


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def unreachable(tmp_path) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(tmp_path / "nobody.sock"), retry=None)


def test_twenty_at_once_ask_once(redis_client, tokens):
    stores = [TokenStore(redis_client) for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        found = set(pool.map(lambda store: store.token_of(ACCOUNT, tokens.fetch), stores))
    assert found == {"token-1"}
    assert tokens.forced == [False]


def test_twenty_refused_at_once_renew_once(redis_client, tokens):
    stores = [TokenStore(redis_client) for _ in range(20)]
    stores[0].token_of(ACCOUNT, tokens.fetch)
    with ThreadPoolExecutor(20) as pool:
        renewed = pool.map(lambda store: store.refresh(ACCOUNT, "token-1", tokens.fetch), stores)
        assert set(renewed) == {"token-2"}
    assert tokens.forced == [False, False, True]


def test_a_token_that_somebody_else_renewed_is_not_forced(redis_client, tokens):
    store = TokenStore(redis_client)
    store.token_of(ACCOUNT, tokens.fetch)
    tokens.number = 7
    assert store.refresh(ACCOUNT, "token-1", tokens.fetch) == "token-7"
    assert True not in tokens.forced


def test_a_second_refresh_has_to_wait(redis_client, tokens):
    TokenStore(redis_client).refresh(ACCOUNT, "token-1", tokens.fetch)
    asked = len(tokens.forced)
    assert TokenStore(redis_client).refresh(ACCOUNT, "token-2", tokens.fetch) is None
    assert len(tokens.forced) == asked
    mark = "siyu:token:wx1:refreshed"
    assert 0 < redis_client.ttl(mark) <= REFRESH_INTERVAL_S
    redis_client.delete(mark)
    assert TokenStore(redis_client).refresh(ACCOUNT, "token-2", tokens.fetch) == "token-3"


def test_one_that_another_process_renewed_is_found_at_the_first_refusal(redis_client, tokens):
    one, other = TokenStore(redis_client), TokenStore(redis_client)
    assert one.token_of(ACCOUNT, tokens.fetch) == other.token_of(ACCOUNT, tokens.fetch) == "token-1"
    assert other.refresh(ACCOUNT, "token-1", tokens.fetch) == "token-2"
    assert one.token_of(ACCOUNT, tokens.fetch) == "token-1", "for a few seconds it does not look"
    asked = len(tokens.forced)
    assert one.refresh(ACCOUNT, "token-1", tokens.fetch) == "token-2"
    assert one.token_of(ACCOUNT, tokens.fetch) == "token-2"
    assert len(tokens.forced) == asked


def test_accounts_do_not_share(redis_client, tokens):
    store, other = TokenStore(redis_client), Tokens()
    other.number = 5
    assert store.token_of(ACCOUNT, tokens.fetch) == "token-1"
    assert store.token_of(Account(key="other", appid="wx2"), other.fetch) == "token-5"


@pytest.mark.parametrize(("expires_in_s", "kept_s"), [(7200, 6900), (400, 200), (1, 1)])
def test_a_token_is_dropped_before_the_platform_drops_it(redis_client, expires_in_s, kept_s):
    TokenStore(redis_client).token_of(ACCOUNT, Tokens(expires_in_s).fetch)
    assert kept_s - 5 <= redis_client.ttl("siyu:token:wx1") <= kept_s


def test_without_redis_a_process_keeps_its_own_and_says_so(unreachable, tokens, caplog):
    store = TokenStore(unreachable)
    with caplog.at_level(logging.WARNING, logger="bots.tokens"):
        assert store.token_of(ACCOUNT, tokens.fetch) == "token-1"
        assert store.token_of(ACCOUNT, tokens.fetch) == "token-1"
        assert store.refresh(ACCOUNT, "token-1", tokens.fetch) == "token-2"
        assert store.refresh(ACCOUNT, "token-2", tokens.fetch) is None
    assert tokens.forced == [False, False, True]
    assert len(caplog.records) == 3  # what it had just got it did not look up again
    assert "token-" not in caplog.text


def test_what_redis_lost_in_mid_refresh_is_not_asked_for_again(redis_client, tokens):
    store = TokenStore(redis_client)
    redis_client.config_set("maxmemory-policy", "noeviction")

    def fetch_while_redis_fills_up(*, force: bool) -> Token:
        redis_client.config_set("maxmemory", "1")
        return tokens.fetch(force=force)

    try:
        assert store.token_of(ACCOUNT, fetch_while_redis_fills_up) == "token-1"
    finally:
        redis_client.config_set("maxmemory", "0")
    assert tokens.forced == [False]


def test_a_lock_held_for_too_long_is_not_waited_for(redis_client, tokens, monkeypatch):
    monkeypatch.setattr("bots.tokens._LOCK_WAIT_S", 0.1)
    with redis_client.lock("siyu:token:wx1:lock", timeout=30), pytest.raises(NotSent):
        TokenStore(redis_client).token_of(ACCOUNT, tokens.fetch)
    assert tokens.forced == []


def test_a_failed_fetch_frees_the_lock(redis_client, tokens):
    def fail(*, force: bool) -> Token:
        raise NotSent("unreachable")

    store = TokenStore(redis_client)
    with pytest.raises(NotSent):
        store.token_of(ACCOUNT, fail)
    assert store.token_of(ACCOUNT, tokens.fetch) == "token-1"
