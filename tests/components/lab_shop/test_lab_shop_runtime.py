"""Containers of the shop on loopback: real programs, real connections, real ends."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest
from lab_shop_small_world import Shop

from infrastructure.lab.faults.model import read_fault
from infrastructure.lab.faults.verbs import apply_edits
from infrastructure.lab.seams import ContainerStartFailed, Exit, ImagePullFailed
from infrastructure.lab.shop.kit.pool import Connection, DatabaseError, PoolSettings
from infrastructure.lab.shop.runtime import DATABASE_REPOSITORY

DATABASE_IMAGE = f"{DATABASE_REPOSITORY}:15.8"
CLIENT = {
    "DB_HOST": "orders-db",
    "DB_PORT": "5432",
    "DB_USER": "cart",
    "DB_PASSWORD": "pw",
    "DB_POOL_MIN_SIZE": "0",
    "DB_POOL_MAX_SIZE": "8",
    "MOST_ITEMS": "40",
}


async def get(url: str) -> tuple[int, str]:
    """Asks until the program listens."""
    async with aiohttp.ClientSession() as session:
        for _ in range(200):
            try:
                async with session.get(url) as answer:
                    return answer.status, await answer.text()
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.02)
    raise AssertionError(f"nobody listens at {url}")


def configured(connections: int) -> dict[str, bytes]:
    text = f"max_connections = {connections}\nsuperuser_reserved_connections = 1\n"
    return {"/etc/postgresql/postgresql.conf": text.encode()}


async def database(shop: Shop, connections: int = 20) -> None:
    await shop.start(
        "orders-db", {"POSTGRES_PASSWORD": "pw"}, files=configured(connections), image=DATABASE_IMAGE
    )
    for _ in range(100):
        if any("ready to accept connections" in line for line in shop.lines):
            return
        await asyncio.sleep(0.02)


async def test_a_service_answers_measures_and_logs_with_its_own_code(shop: Shop) -> None:
    await shop.start("catalog", {"PAGE_SIZE": "7"})
    status, body = await get(shop.url("catalog", "/products?thing=lamp&channel=app"))
    assert (status, len(json.loads(body)["products"])) == (200, 7)
    _, metrics = await get(shop.url("catalog", "/metrics"))
    assert 'http_requests_total{method="GET",route="/products",code="200"} 1' in metrics
    assert "http_server_workers 2" in metrics
    assert json.loads(shop.lines[-1])["path"] == "/products"


async def test_a_setting_the_program_refuses_ends_it_with_code_one_and_the_reason(shop: Shop) -> None:
    container = await shop.start("catalog", {"PAGE_SIZE": "7", "CHANNEL_BUDGETS": "web=1.6s"})
    assert await container.wait() == Exit(1, "Error")
    entry = json.loads(shop.lines[-1])
    assert entry["level"] == "fatal"
    assert entry["msg"].startswith("setting CHANNEL_BUDGETS is 'web=1.6s': expected name=milliseconds pairs")
    assert 'File "services/catalog/app.py", line 6' in entry["stack"]


async def test_a_defect_in_the_commit_throws_there_with_file_and_line(shop: Shop) -> None:
    merge = read_fault("bad-deploy", {"service": "catalog"}).do[0].merge
    assert merge is not None
    files = {**shop.registry.source(""), "deploy/catalog.yaml": merge.edits[2].old}
    shop.registry.changes = apply_edits(files, merge.edits)
    await shop.start("catalog", {"PAGE_SIZE": "7", "CHANNEL_BUDGETS": "web=900/1600,app=700/1200"})
    assert (await get(shop.url("catalog", "/products?channel=web")))[0] == 200
    status, body = await get(shop.url("catalog", "/products?channel=partner"))
    assert (status, json.loads(body)) == (500, {"error": "internal error"})
    entry = json.loads(shop.lines[-1])
    assert entry["error"] == "KeyError: 'partner'"
    assert 'File "services/catalog/app.py"' in entry["stack"]
    assert "in budget_of" in entry["stack"]
    assert "infrastructure/lab" not in entry["stack"]


async def test_a_program_fills_its_memory_while_it_loads(shop: Shop) -> None:
    container = await shop.start("catalog", {"PAGE_SIZE": "7"})
    early = container.memory_bytes()
    await asyncio.sleep(0.6)
    assert container.memory_bytes() > early + 10 * 2**20


async def test_a_stopped_container_ends_well_and_its_address_is_free_again(shop: Shop) -> None:
    container = await shop.start("catalog", {"PAGE_SIZE": "7"})
    await get(shop.url("catalog", "/healthz"))
    await container.stop(1.0)
    assert await container.wait() == Exit(0, "Completed")
    with pytest.raises(aiohttp.ClientConnectorError):
        async with aiohttp.ClientSession() as session, session.get(shop.url("catalog", "/healthz")):
            pass


async def test_a_peer_that_cannot_be_resolved_is_a_bad_gateway_that_names_it(shop: Shop) -> None:
    await shop.start("recommendations", {"SHOWN": "3", "CATALOG_URL": "http://catalog:80"})
    status, body = await get(shop.url("recommendations", "/for/oak-lamp"))
    assert status == 502
    assert "lookup catalog.shop.svc.cluster.local: no such host" in json.loads(body)["error"]


async def test_a_slow_peer_is_a_gateway_timeout_after_the_budget(shop: Shop) -> None:
    await shop.start("catalog", {"PAGE_SIZE": "7"})
    await get(shop.url("catalog", "/healthz"))
    budgets = "web=5,app=5,partner=5"
    await shop.start(
        "recommendations", {"SHOWN": "3", "CATALOG_URL": "http://catalog:80", "CHANNEL_BUDGETS": budgets}
    )
    status, body = await get(shop.url("recommendations", "/for/oak-lamp"))
    assert status == 504
    assert "no answer within 0.01 s" in json.loads(body)["error"]


async def test_an_image_that_was_never_built_cannot_be_pulled(shop: Shop) -> None:
    image = "registry.lab/shop/cart:7f3e09c"
    shop.registry.missing.add(image)
    with pytest.raises(ImagePullFailed, match=f'failed to resolve reference "{image}": {image}: not found'):
        await shop.runtime.pull(image)
    with pytest.raises(ImagePullFailed):
        await shop.runtime.pull(f"{DATABASE_REPOSITORY}:99")


async def test_an_image_without_the_services_program_cannot_be_started(shop: Shop) -> None:
    with pytest.raises(ContainerStartFailed, match=r"services/basket/app\.py: no such file"):
        await shop.start("basket")


async def test_a_full_database_refuses_in_postgres_words_and_the_service_fails(shop: Shop) -> None:
    await database(shop, connections=3)
    greedy = PoolSettings(*shop.network.table["orders-db"], "mira", "pw", "psql", 0, 1, 0)
    held = [await Connection.open(greedy, lambda host, port: (host, port)) for _ in range(2)]
    with pytest.raises(DatabaseError, match="FATAL: sorry, too many clients already"):
        await Connection.open(greedy, lambda host, port: (host, port))
    await shop.start("cart", CLIENT)
    status, _ = await get(shop.url("cart", "/carts/u1"))
    assert status == 500
    assert "sorry, too many clients already" in shop.lines[-1]
    for connection in held:
        connection.close()


async def test_a_wrong_password_is_refused_in_postgres_words(shop: Shop) -> None:
    await database(shop)
    stranger = PoolSettings(*shop.network.table["orders-db"], "eve", "guess", "psql", 0, 1, 0)
    with pytest.raises(DatabaseError, match='password authentication failed for user "eve"'):
        await Connection.open(stranger, lambda host, port: (host, port))


async def test_a_cart_keeps_what_is_put_into_it_and_its_pool_lets_go_when_idle(shop: Shop) -> None:
    await database(shop)
    await shop.start("cart", CLIENT)
    await get(shop.url("cart", "/healthz"))
    url = shop.url("cart", "/carts/u1/items")
    async with aiohttp.ClientSession() as session, session.post(url, json={"sku": "oak-lamp"}) as answer:
        assert (await answer.json())["items"] == ["oak-lamp"]
    _, body = await get(shop.url("cart", "/carts/u1"))
    assert json.loads(body)["items"] == ["oak-lamp"]
    for _ in range(100):
        _, metrics = await get(shop.url("cart", "/metrics"))
        if "db_pool_open_connections 0" in metrics:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("idle connections stay open")


async def test_blocked_scrapes_get_no_answer_while_customers_do(shop: Shop) -> None:
    await shop.start("catalog", {"PAGE_SIZE": "7"})
    await get(shop.url("catalog", "/healthz"))
    shop.runtime.block_scrapes("catalog", True)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(get(shop.url("catalog", "/metrics")), 0.2)
    assert (await get(shop.url("catalog", "/products")))[0] == 200
    shop.runtime.block_scrapes("catalog", False)
    assert (await get(shop.url("catalog", "/metrics")))[0] == 200
