"""The API keeps to its own description, tried with inputs that schemathesis makes from it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.schemas import BaseSchema

from app.domain.people import partner_keys
from app.rates import Rates
from tests import mini_world
from tests.mini_world import MiniWorld

# Some codes are never accepted, however well they are formed: only a phone has the right ones.
CHECKED = [check for check in CHECKS.get_all() if check.__name__ != "positive_data_acceptance"]

OF_MEMBERS = (
    *("/login", "/members", "/me", "/me/coupons", "/sign-ins"),
    "/order-claims",
    *("/rewards", "/rewards/{reward_id}/redeem", "/redemptions", "/redemptions/{code}/cancel"),
    *("/redemptions/{code}/delivery", "/lotteries", "/lotteries/{lottery_id}/draw", "/me/draws"),
)
OF_PARTNERS = (
    "/benefits",
    *("/orders", "/orders/{source}/{order_no}/refunds"),
    *("/coupons/{code}/price", "/coupons/{code}/use", "/redemptions/{code}/pay"),
    "/redemptions/{code}/hand-over",
    *("/cash-points/quote", "/cash-points", "/cash-points/post", "/cash-points/void"),
    "/live-streams/{stream_id}/watched",
)


@pytest.fixture(scope="module")
def world(
    migrated_sqlite: Path, redis_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MiniWorld]:
    folder = tmp_path_factory.mktemp("described")
    database = folder / "siyu.db"
    database.write_bytes(migrated_sqlite.read_bytes())
    with (
        pytest.MonkeyPatch.context() as patched,
        mini_world.opened(folder, f"sqlite:///{database}", redis_server) as opened,
        opened.at_work(),
    ):
        patched.setattr(Rates, "count", lambda *_: None)
        yield opened


@pytest.fixture(scope="module")
def token(world: MiniWorld) -> str:
    return world.sign_up("小雨")


@pytest.fixture(scope="module")
def key(world: MiniWorld) -> str:
    with world.siyu.database.writing() as session:
        return partner_keys.make(session, "有赞", world.now)[1]


@pytest.fixture(scope="module")
def described(world: MiniWorld) -> BaseSchema:
    """Read once: to make the description takes as long as to call an operation fifty times."""
    return schemathesis.openapi.from_wsgi("/api/openapi.json", world.client.application)


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("path", [*OF_MEMBERS, *OF_PARTNERS])
def test_every_answer_is_one_that_is_described(
    described: BaseSchema, token: str, key: str, path: str, mode: GenerationMode
):
    bearer = key if path in OF_PARTNERS else token
    (operation,) = described[f"/api/v1{path}"].values()

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
    def keeps_to_it(case: schemathesis.Case) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {bearer}"}, checks=CHECKED)

    keeps_to_it()


def test_only_the_api_is_described(world: MiniWorld):
    described = world.client.get("/api/openapi.json").json
    assert {(path, *methods) for path, methods in described["paths"].items()} == {
        ("/api/v1/login", "post"),
        ("/api/v1/me", "get"),
        ("/api/v1/members", "post"),
        ("/api/v1/sign-ins", "post"),
        ("/api/v1/me/coupons", "get"),
        ("/api/v1/me/invites", "get"),
        ("/api/v1/me/points", "get"),
        ("/api/v1/item-codes/claims", "post"),
        ("/api/v1/coupons/{code}/price", "post"),
        ("/api/v1/coupons/{code}/use", "post"),
        ("/api/v1/order-claims", "post"),
        ("/api/v1/earning-rules", "get"),
        ("/api/v1/live-streams/{stream_id}/watched", "post"),
        ("/api/v1/benefits", "post"),
        ("/api/v1/rewards", "get"),
        ("/api/v1/rewards/{reward_id}/redeem", "post"),
        ("/api/v1/redemptions", "get"),
        ("/api/v1/redemptions/{code}/cancel", "post"),
        ("/api/v1/redemptions/{code}/delivery", "post"),
        ("/api/v1/redemptions/{code}/pay", "post"),
        ("/api/v1/redemptions/{code}/hand-over", "post"),
        ("/api/v1/cash-points/quote", "post"),
        ("/api/v1/cash-points", "post"),
        ("/api/v1/cash-points/post", "post"),
        ("/api/v1/cash-points/void", "post"),
        ("/api/v1/lotteries", "get"),
        ("/api/v1/lotteries/{lottery_id}/draw", "post"),
        ("/api/v1/me/draws", "get"),
        ("/api/v1/orders", "post"),
        ("/api/v1/orders/{source}/{order_no}/refunds", "post"),
    }


def test_the_page_for_people_needs_nothing_from_elsewhere(world: MiniWorld):
    page = world.client.get("/api/docs")
    assert page.status_code == 200
    assert re.findall(r"(?:src|href)=.(?:https?:)?//", page.text) == []
    assert "<script" not in page.text
    for told in ("/api/v1/members", "phone_code", "phone_taken", "invite_code"):
        assert told in page.text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/", 404, "not_found"),
        ("DELETE", "/api/v1/me", 405, "method_not_allowed"),
    ],
)
def test_errors_have_one_shape(world: MiniWorld, method: str, path: str, status: int, code: str):
    answer = world.client.open(path, method=method)
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)


def test_a_body_that_is_no_json_or_too_large_has_the_same_shape(world: MiniWorld):
    broken = world.client.post("/api/v1/login", data=b'{"code":')
    assert (broken.status_code, broken.json["error"]["code"]) == (400, "bad_request")
    huge = world.client.post("/api/v1/login", data=b" " * (1024 * 1024 + 1))
    assert (huge.status_code, huge.json["error"]["code"]) == (413, "too_large")


def test_other_doors_keep_their_own_errors(world: MiniWorld):
    assert "error" not in (world.client.get("/nowhere").get_json(silent=True) or {})
