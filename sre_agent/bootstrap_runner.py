"""Builds real things for the runner's process: settings and a pair of pipes in, a runner at work out."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog

from sre_agent.adapters.archive import SqlArchive
from sre_agent.adapters.audit import SqlAuditTrail
from sre_agent.adapters.bulletin import SqlBulletin
from sre_agent.adapters.checkpoints import open_checkpoints
from sre_agent.adapters.clock import SystemClock
from sre_agent.adapters.grant_issuer import issuer_from_file
from sre_agent.adapters.jobs import SqlJobs
from sre_agent.adapters.leases import SqlLeases
from sre_agent.adapters.ledger import SqlLedger
from sre_agent.adapters.mcp_toolbox import MOST_READS, McpToolbox
from sre_agent.adapters.roll import on_the_roll
from sre_agent.adapters.store import Store
from sre_agent.adapters.trust_book import SqlTrustBook
from sre_agent.bootstrap import open_law, read_belt, tool_servers
from sre_agent.bootstrap_model import open_model, told
from sre_agent.bootstrap_store import key_file, open_store
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.law import Autonomy
from sre_agent.domain.work import Lease
from sre_agent.graph_builder import build_graph
from sre_agent.graph_runner import GraphRunner
from sre_agent.job_loop import JobLoop, ToldWeather, Turnstile
from sre_agent.law_office import LawOffice
from sre_agent.ports.model import Model
from sre_agent.ports.run import Run
from sre_agent.runner_line import Said, Word, numbered, short
from sre_agent.runner_pipes import Pipes
from sre_agent.settings import Settings
from sre_agent.succession import succeed
from sre_agent.telemetry import set_up_logging
from sre_agent.trust_keeper import DryRunLooker, Ladder, TrustKeeper
from sre_agent.waiting import wake_waiting
from sre_agent.windows import WindowWatch

log = structlog.get_logger("bootstrap")
READS_IN_A_STORM = 1
"""An investigation that asks all it wants at once takes every core there is from intake for half a second."""
CONNECTS_WITHIN = timedelta(seconds=1)
LOOK_EVERY = timedelta(seconds=1)
"""For news that the API's process did not tell: of other processes, or while it restarts."""

Runs = Callable[[IncidentId, Callable[[], Lease]], Run]


@dataclass
class _Ear:
    """What is heard from the API's process, and kept or passed on."""

    weather: ToldWeather = field(default_factory=ToldWeather)
    begin: asyncio.Event = field(default_factory=asyncio.Event)
    bulletin: SqlBulletin | None = None

    def hear(self, said: Said) -> None:
        if said.word is Word.BEGIN:
            self.begin.set()
        elif said.word is Word.RANG and self.bulletin:
            self.bulletin.ring(said.number)
        elif said.word is Word.STORM:
            self.weather.is_stormy = bool(said.number)


async def work(settings: Settings, pipes: Pipes, stop: asyncio.Event) -> None:
    """Take jobs until told to stop, or until nobody is at the other end of the pipes any more.

    Nothing is touched before the API's process says that the database is ready: it may have started us first.
    """
    set_up_logging(settings.log_level, settings.log_format)
    ear = _Ear()
    listening = asyncio.create_task(pipes.listen(ear.hear, stop))
    try:
        if await _comes_first(ear.begin, stop):
            await _at_work(settings, pipes, ear, stop)
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def _comes_first(begin: asyncio.Event, stop: asyncio.Event) -> bool:
    tasks = {asyncio.create_task(each.wait()) for each in (begin, stop)}
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    return begin.is_set() and not stop.is_set()


async def _at_work(settings: Settings, pipes: Pipes, ear: _Ear, stop: asyncio.Event) -> None:
    store, clock = open_store(settings), SystemClock()
    bulletin, law = SqlBulletin(store, look_every=LOOK_EVERY), open_law(settings, clock)
    ear.bulletin = bulletin
    name = f"{os.uname().nodename}-{os.getpid()}-{secrets.token_hex(3)}"
    beside = [
        asyncio.create_task(pipes.tell_news(bulletin)),
        asyncio.create_task(
            law.watch(
                timedelta(seconds=settings.policy_poll_seconds),
                reloaded=lambda: wake_waiting(SqlArchive(store), SqlJobs(store), clock),
            )
        ),
    ]
    try:
        toolbox = McpToolbox(
            tool_servers(settings),
            clock,
            most_reads=lambda: READS_IN_A_STORM if ear.weather.is_stormy else MOST_READS,
        )
        with on_the_roll(settings.sre_agent_home / "runners", name) as roll:
            async with toolbox, open_checkpoints(settings.sre_agent_home / "checkpoints.db") as saved:
                await _connected(toolbox)
                await succeed(roll.gone, SqlLeases(store), SqlJobs(store))
                roll.strike_off()
                runner = GraphRunner(
                    graph=build_graph(saved.saver),
                    jobs=SqlJobs(store),
                    run_for=_helped(
                        _runs(settings, store, bulletin, law, toolbox),
                        open_model(settings, clock, told(_counting(pipes))),
                    ),
                    owner=name,
                    trim=saved.trim,
                )
                pipes.tell(Said(Word.LAW, short(law.digest)))
                pipes.tell(Said(Word.READY))
                keeper = _trust_keeper(settings, store, bulletin, clock, toolbox)
                beside.append(asyncio.create_task(keeper.serve(stop)))
                beside.append(asyncio.create_task(_tell_circuits(pipes, toolbox, clock)))
                beside.append(asyncio.create_task(_tell_law(pipes, law)))
                windows = _window_watch(settings, store, law, toolbox)
                beside.append(asyncio.create_task(windows.serve()))
                turnstile = Turnstile(ear.weather, clock)
                await JobLoop(runner, bulletin, turnstile, settings.runner_concurrency).serve(stop)
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await store.close()


async def _connected(toolbox: McpToolbox) -> None:
    """Give the tool servers a moment: one that hangs must not hold up incidents that do not need it."""
    connecting = asyncio.create_task(toolbox.tools())
    await asyncio.wait({connecting}, timeout=CONNECTS_WITHIN.total_seconds())
    log.info("runner.connected", servers=[one.name for one in toolbox.servers() if one.connected])


async def _tell_circuits(pipes: Pipes, toolbox: McpToolbox, clock: SystemClock) -> None:
    """Whenever it changes which tool servers are left alone; until cancelled."""
    told = 0
    while True:
        if (now := numbered(toolbox.left_alone())) != told:
            told = now
            pipes.tell(Said(Word.CIRCUITS, told))
        await clock.sleep(LOOK_EVERY)


async def _tell_law(pipes: Pipes, law: LawOffice) -> None:
    """Whenever another law is judged by; until cancelled."""
    told = law.digest
    while True:
        if law.digest != told:
            told = law.digest
            pipes.tell(Said(Word.LAW, short(told)))
        await law.clock.sleep(LOOK_EVERY)


def _window_watch(settings: Settings, store: Store, law: LawOffice, toolbox: McpToolbox) -> WindowWatch:
    archive, clock = SqlArchive(store), law.clock
    return WindowWatch(
        law=lambda: law.law,
        toolbox=read_belt(settings.agent_config_path).worn_by("policy_gate", toolbox),
        archive=archive,
        clock=clock,
        wake=lambda: wake_waiting(archive, SqlJobs(store), clock),
    )


def _trust_keeper(
    settings: Settings, store: Store, bulletin: SqlBulletin, clock: SystemClock, toolbox: McpToolbox
) -> TrustKeeper:
    return TrustKeeper(
        book=SqlTrustBook(store),
        archive=SqlArchive(store),
        ledger=SqlLedger(store, bulletin),
        audit=SqlAuditTrail(store),
        looker=DryRunLooker(toolbox),
        clock=clock,
        start=Autonomy(settings.trust_start),
    )


def _helped(runs: Runs, model: Model | None) -> Runs:
    """The same runs, with the language model in hand."""
    return lambda incident_id, lease: replace(runs(incident_id, lease), model=model)


def _counting(pipes: Pipes) -> Callable[[str, int], None]:
    """The tokens of the runner's model are counted where `/metrics` is served."""
    return lambda direction, tokens: pipes.tell(Said(Word(direction), tokens))


def _runs(
    settings: Settings, store: Store, bulletin: SqlBulletin, law: LawOffice, toolbox: McpToolbox
) -> Runs:
    ledger, archive, leases = SqlLedger(store, bulletin), SqlArchive(store), SqlLeases(store)
    belt, clock = read_belt(settings.agent_config_path), law.clock
    grants = issuer_from_file(key_file(settings))
    trust = Ladder(SqlTrustBook(store), Autonomy(settings.trust_start))

    def run_for(incident_id: IncidentId, lease: Callable[[], Lease]) -> Run:
        return Run(
            incident_id=incident_id,
            toolbox=toolbox,
            ledger=ledger,
            archive=archive,
            leases=leases,
            grants=grants,
            clock=clock,
            law=law,
            belt=belt,
            limits=settings.limits,
            cluster=settings.cluster,
            lease=lease,
            trust=trust,
        )

    return run_for
