"""The shop's customers: a steady stream of requests through the front door, and campaigns on top of it."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter, deque
from random import Random
from time import monotonic

import aiohttp
from yarl import URL

from infrastructure.lab.shop.traffic import Ask, Profile, RouteLoad, next_ask

_TIMEOUT_SECONDS = 5.0
_MOST_AT_ONCE = 300
_REMEMBERED = 400


class Customers:
    """Open-loop load: requests start when they are due, whether or not earlier ones were answered."""

    def __init__(self, profile: Profile, *, port: int, trusted: bytes, random: Random) -> None:
        self.profile = profile
        self.per_second = profile.per_second
        self.campaigns: dict[str, RouteLoad] = {}
        self.recent: deque[tuple[float, str]] = deque(maxlen=_REMEMBERED)
        """(monotonic time, `200` or what went wrong) of the latest requests."""
        self._port = port
        self._random = random
        self._tls = ssl.create_default_context(cadata=trusted.decode())
        self._under_way: set[asyncio.Task[None]] = set()
        self._streams: dict[str, asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_MOST_AT_ONCE, keepalive_timeout=8, ssl=self._tls),
            timeout=aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS),
            auto_decompress=False,
        )
        self._streams[""] = asyncio.get_running_loop().create_task(self._stream(None))

    async def stop(self) -> None:
        tasks = [*self._streams.values(), *self._under_way]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    def begin_campaign(self, service: str, per_second: float | None = None) -> None:
        """More demand on one service, until it is ended. KeyError for a service without a public route."""
        route = self.profile.campaigns[service]
        self.end_campaign(service)
        self.campaigns[service] = route.model_copy(update={"per_second": per_second or route.per_second})
        self._streams[service] = asyncio.get_running_loop().create_task(self._stream(service))

    def end_campaign(self, service: str) -> None:
        self.campaigns.pop(service, None)
        stream = self._streams.pop(service, None)
        if stream:
            stream.cancel()

    def outcomes(self, seconds: float) -> Counter[str]:
        """How the requests of the last seconds ended."""
        since = monotonic() - seconds
        return Counter(how for at, how in self.recent if at >= since)

    async def _stream(self, service: str | None) -> None:
        due = monotonic()
        while True:
            route = self.campaigns.get(service) if service else None
            rate = route.per_second if route else self.per_second
            due = max(due + self._random.uniform(0.6, 1.4) / rate, monotonic() - 1)
            await asyncio.sleep(max(0.0, due - monotonic()))
            if len(self._under_way) < _MOST_AT_ONCE:
                ask = next_ask(self.profile, self._random, route)
                task = asyncio.get_running_loop().create_task(self._send(ask))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)

    async def _send(self, ask: Ask) -> None:
        if self._session is None:
            return
        url = URL(f"https://127.0.0.1:{self._port}{ask.path}", encoded=True)
        try:
            async with self._session.request(
                ask.method, url, json=ask.body, headers={"Host": ask.host}, server_hostname=ask.host
            ) as answer:
                await answer.read()
                how = str(answer.status)
        except aiohttp.ClientConnectorCertificateError:
            how = "certificate refused"
        except TimeoutError:
            how = "timed out"
        except (aiohttp.ClientError, OSError) as error:
            how = type(error).__name__
        self.recent.append((monotonic(), how))
