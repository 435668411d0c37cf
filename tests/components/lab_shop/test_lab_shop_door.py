"""The front door and the control endpoint, each asked over real connections."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from random import Random
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from lab_shop_small_world import TableNetwork

from infrastructure.lab.control import Control
from infrastructure.lab.faults.model import FaultWrong
from infrastructure.lab.faults.verbs import tls_secret_data
from infrastructure.lab.shop.certificates import Authority
from infrastructure.lab.shop.customers import Customers
from infrastructure.lab.shop.edge import Edge
from infrastructure.lab.shop.traffic import Profile
from infrastructure.lab.telemetry.blackbox import probe

HOST = "www.shop.example"


class OneIngress:
    """A cluster with one Ingress and its Secret."""

    def __init__(self, authority: Authority, network: TableNetwork) -> None:
        self.network = network
        self.authority = authority
        self.certify(30.0)

    def certify(self, days: float, ago: float = 0.0) -> None:
        self.data = tls_secret_data(self.authority.for_days([HOST], days, ago))

    def objects(self, plural: str, namespace: str | None = None) -> list[dict[str, Any]]:
        backend = {"service": {"name": "frontend", "port": {"number": 80}}}
        rule = {"host": HOST, "http": {"paths": [{"path": "/", "backend": backend}]}}
        meta = {"namespace": "shop", "name": "web"}
        ingress = {
            "metadata": meta,
            "spec": {"tls": [{"hosts": [HOST], "secretName": "web"}], "rules": [rule]},
        }
        return [ingress] if plural == "ingresses" else [{"metadata": meta, "data": self.data}]


async def test_customers_come_through_and_are_turned_away_once_the_certificate_has_run_out() -> None:
    authority, network = Authority(), TableNetwork()

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text="hello")

    pod = await asyncio.get_running_loop().create_server(web.Server(answer), "127.0.0.1", 0)
    network.table["frontend"] = pod.sockets[0].getsockname()
    view = OneIngress(authority, network)
    edge = Edge(view)
    await edge.start()
    profile = Profile.read().model_copy(update={"per_second": 60, "hosts": {"www": HOST, "api": HOST}})
    random = Random(3)  # noqa: S311 - traffic
    customers = Customers(profile, port=edge.port, trusted=authority.certificate, random=random)
    await customers.start()
    try:
        await until(lambda: customers.outcomes(5)["200"] > 5)
        before = await probe(f"https://{HOST}/", lambda *_: ("127.0.0.1", edge.port), authority.certificate)
        view.certify(1.0, ago=2.0)
        edge.look()
        await until(lambda: customers.outcomes(5)["certificate refused"] > 5)
        after = await probe(f"https://{HOST}/", lambda *_: ("127.0.0.1", edge.port), authority.certificate)
    finally:
        await customers.stop()
        await edge.stop()
        pod.close()
    assert (before.succeeded, after.succeeded) == (True, False)
    assert after.expires_at < before.expires_at


async def test_a_service_without_endpoints_is_a_503_and_an_unknown_host_a_404() -> None:
    view = OneIngress(Authority(), TableNetwork())
    edge = Edge(view)
    await edge.start()
    tls = ssl.create_default_context(cadata=view.authority.certificate.decode())
    try:
        async with aiohttp.ClientSession() as session:
            statuses = []
            for host in (HOST, "other.example"):
                url, headers = f"https://127.0.0.1:{edge.port}/", {"Host": host}
                async with session.get(url, headers=headers, ssl=tls, server_hostname=HOST) as answer:
                    statuses.append(answer.status)
    finally:
        await edge.stop()
    assert statuses == [503, 404]
    assert 'service="frontend",host="www.shop.example",status="503"} 1' in edge.metrics()


class Recorder:
    """A director that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def status(self) -> dict[str, Any]:
        return {"services": {}}

    async def break_shop(self, name: str, places: Mapping[str, str]) -> dict[str, Any]:
        if name == "nonsense":
            raise FaultWrong("there is no fault 'nonsense'")
        self.asked.append((name, dict(places)))
        return {"name": name}

    async def heal(self) -> dict[str, Any]:
        return {"healthy": True}


@pytest.mark.parametrize("token", ["", "Bearer wrong", "Basic x"])
async def test_nobody_controls_the_lab_without_its_token(token: str) -> None:
    recorder = Recorder()
    control = Control(recorder, lambda: None)
    await control.start()
    headers, order = {"Authorization": token}, {"name": "bad-deploy"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{control.url}/break", json=order) as answer,
    ):
        assert answer.status == 401
    await control.stop()
    assert recorder.asked == []


async def test_what_is_asked_reaches_the_director_and_its_refusal_comes_back_in_words() -> None:
    recorder = Recorder()
    control = Control(recorder, lambda: None)
    await control.start()
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {control.token}"}) as session:
        async with session.post(
            f"{control.url}/break", json={"name": "bad-deploy", "service": "cart", "x": 1}
        ) as answer:
            assert answer.status == 200
        async with session.post(f"{control.url}/break", json={"name": "nonsense"}) as answer:
            assert (answer.status, await answer.json()) == (400, {"error": "there is no fault 'nonsense'"})
    await control.stop()
    assert recorder.asked == [("bad-deploy", {"service": "cart"})]


async def until(good: Any) -> None:
    for _ in range(300):
        if good():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come to pass in 6 s")
