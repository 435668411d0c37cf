"""The only room that builds real things: settings in, a whole platform out."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from sre_agent.adapters.accounts import SqlAccounts
from sre_agent.adapters.archive import SqlArchive
from sre_agent.adapters.audit import SqlAuditTrail
from sre_agent.adapters.bulletin import SqlBulletin
from sre_agent.adapters.checkpoints import open_checkpoints
from sre_agent.adapters.clock import SystemClock
from sre_agent.adapters.grant_issuer import issuer_from_file, make_key_pair
from sre_agent.adapters.jobs import SqlJobs
from sre_agent.adapters.leases import SqlLeases
from sre_agent.adapters.ledger import SqlLedger
from sre_agent.adapters.log_templates import templates_of
from sre_agent.adapters.mcp_failures import ServerAddress
from sre_agent.adapters.mcp_toolbox import MOST_READS, McpToolbox
from sre_agent.adapters.measurements import measurement_in
from sre_agent.adapters.redaction import redact_text
from sre_agent.adapters.seal import Seal, seal_from
from sre_agent.adapters.store import Store
from sre_agent.api.parts import ApiParts, ApiSettings, Platform
from sre_agent.api.probes import WORKER as CONNECTION_TEST
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.law import Role
from sre_agent.domain.work import Lease
from sre_agent.errors import BadInput, SettingError
from sre_agent.graph_builder import build_graph
from sre_agent.graph_runner import GraphRunner
from sre_agent.intake.relabel import relabel_rules
from sre_agent.intake.settings import IntakeSettings, Relabel
from sre_agent.job_loop import JobLoop, Turnstile, Weather
from sre_agent.policy.reading import LawFile
from sre_agent.policy_engine import PolicyEngine
from sre_agent.ports.grants import GrantIssuer
from sre_agent.ports.run import Law, Run
from sre_agent.runner_thread import RunnerThread
from sre_agent.settings import TOOL_SERVERS, Settings
from sre_agent.telemetry import Telemetry, set_up_logging
from sre_agent.tool_belt import ToolBelt

log = structlog.get_logger("bootstrap")
READS_IN_A_STORM = 1
"""An investigation that asks all it wants at once takes every core there is from intake for half a second."""
SHIPPED_LAW = Path(__file__).parent / "config" / "policies.yaml"
SHIPPED_BELT = Path(__file__).parent / "config" / "agent_config.yaml"
_BUILT_DASHBOARD = Path(__file__).resolve().parents[1] / "dashboard" / "out"
_KEPT_EVALS = Path(__file__).resolve().parents[1] / "docs" / "evals"


@dataclass(frozen=True)
class Shared:
    """What both threads use; each part says itself that it may be shared."""

    settings: Settings
    store: Store
    bulletin: SqlBulletin
    clock: SystemClock
    weather: Weather
    law: Law
    belt: ToolBelt
    grants: GrantIssuer


def build(settings: Settings) -> Platform:
    """The platform, not yet started. Raises SettingError (or LawError) for anything that would stop it later."""
    set_up_logging(settings.log_level, settings.log_format)
    settings.sre_agent_home.mkdir(parents=True, exist_ok=True)
    store, clock = Store(settings.database, seal=_seal(settings)), SystemClock()
    shared = Shared(
        settings=settings,
        store=store,
        bulletin=SqlBulletin(store),
        clock=clock,
        weather=Weather(clock),
        law=read_law(settings.policy_path),
        belt=read_belt(settings.agent_config_path),
        grants=issuer_from_file(_key_file(settings)),
    )
    runner = RunnerThread(lambda stop: _run(shared, runner, stop))
    parts = _api_parts(shared, runner)

    async def start() -> None:
        await store.start()
        await _first_account(parts, settings)

    return Platform(parts=parts, workers={"runner": runner.work}, start=start, close=store.close)


async def upgrade_database(settings: Settings) -> None:
    """Bring the tables to the newest revision, and nothing else."""
    store = Store(settings.database)
    try:
        await store.start()
    finally:
        await store.close()


def read_law(path: Path | None) -> PolicyEngine:
    """The law at this path: one file, or every YAML file of a folder; without a path, the shipped one."""
    place = path or SHIPPED_LAW
    if not place.exists():
        raise SettingError(
            "POLICY_PATH", f"{place}, which does not exist", "a policy file or a folder of them"
        )
    files = sorted(place.glob("*.y*ml")) if place.is_dir() else [place]
    return PolicyEngine.read([LawFile(str(file), file.read_text(encoding="utf-8")) for file in files])


def read_belt(path: Path | None) -> ToolBelt:
    """Which worker may use which tool; without a path, the shipped belt. Raises SettingError."""
    place = path or SHIPPED_BELT
    try:
        return ToolBelt.read(place.read_text(encoding="utf-8"), str(place))
    except (OSError, BadInput) as wrong:
        expected = "a file that lists each worker's tools, like sre_agent/config/agent_config.yaml"
        raise SettingError("AGENT_CONFIG_PATH", f"{place} ({wrong})", expected) from wrong


def _key_file(settings: Settings) -> Path:
    """The key that signs grants; made in the home folder where none is set."""
    if settings.grant_private_key_file is not None:
        return settings.grant_private_key_file
    folder = settings.sre_agent_home / "keys"
    return make_keys(folder)


def _seal(settings: Settings) -> Seal:
    """What signs the audit trail; the key is made in the home folder where none is set."""
    home = settings.sre_agent_home
    key = settings.audit_key_file
    if key is None:
        key = home / "keys" / "audit.key"
        make_key_pair(key, key.with_suffix(".pub"))
    return seal_from(key, settings.audit_head_file or home / "audit-head.json", syslog=settings.syslog)


def make_keys(folder: Path) -> Path:
    """Make the pair that signs and verifies grants where it is absent; the private key's path."""
    make_key_pair(folder / "grant.key", folder / "grant.pub")
    return folder / "grant.key"


def _api_parts(shared: Shared, runner: RunnerThread) -> ApiParts:
    settings, store = shared.settings, shared.store
    jobs = SqlJobs(store)
    intake = IntakeSettings(default_cluster=settings.cluster, relabel=_relabel(settings.alert_relabel_file))
    return ApiParts(
        ledger=SqlLedger(store, shared.bulletin),
        archive=SqlArchive(store),
        accounts=SqlAccounts(store),
        audit=SqlAuditTrail(store),
        bulletin=shared.bulletin,
        tools=runner,
        clock=shared.clock,
        telemetry=Telemetry(process_metrics=True),
        redact=redact_text,
        templates=templates_of,
        settings=ApiSettings(
            webhook_token=settings.webhook_token.get_secret_value(),
            intake=intake,
            audit_keep=timedelta(days=settings.audit_keep_days),
            dashboard=settings.dashboard_folder or _BUILT_DASHBOARD,
            cluster=settings.cluster,
        ),
        health={"runner": runner.health, "database": lambda: _database_answers(store)},
        backlog=jobs.backlog,
        note_delivery=shared.weather.note_delivery,
        probe=runner.probe,
        measured=lambda: measurement_in([settings.evals_folder or _KEPT_EVALS]),
    )


def _relabel(path: Path | None) -> tuple[Relabel, ...]:
    if path is None:
        return ()
    try:
        return relabel_rules(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as wrong:
        expected = "a YAML list of {source, target, operation: add or replace}"
        raise SettingError("ALERT_RELABEL_FILE", f"{path} ({wrong})", expected) from wrong


async def _database_answers(store: Store) -> str:
    await store.check()
    return ""


async def _first_account(parts: ApiParts, settings: Settings) -> None:
    token = settings.admin_token.get_secret_value()
    if token:
        await parts.accounts.ensure_token("admin", Role.ADMIN, token, label="ADMIN_TOKEN of the first start")


async def _run(shared: Shared, thread: RunnerThread, stop: asyncio.Event) -> None:
    """The runner's own thread: its toolbox, its checkpoints, its jobs."""
    settings = shared.settings
    addresses = [ServerAddress(name, *settings.server(name)) for name in TOOL_SERVERS]
    checkpoints = settings.sre_agent_home / "checkpoints.db"
    toolbox = McpToolbox(addresses, shared.clock, most_reads=lambda: _most_reads(shared.weather))
    async with toolbox, open_checkpoints(checkpoints) as saved:
        thread.toolbox = toolbox
        thread.probes = shared.belt.worn_by(CONNECTION_TEST, toolbox)
        await toolbox.tools()
        runner = GraphRunner(
            graph=build_graph(saved.saver),
            jobs=SqlJobs(shared.store),
            run_for=_runs(shared, toolbox),
            owner=f"{os.uname().nodename}-{os.getpid()}-{secrets.token_hex(3)}",
            trim=saved.trim,
        )
        log.info(
            "runner.ready",
            owner=runner.owner,
            servers=[one.name for one in toolbox.servers() if one.connected],
        )
        turnstile = Turnstile(shared.weather, shared.clock)
        loop = JobLoop(runner, shared.bulletin, turnstile, settings.runner_concurrency)
        await loop.serve(stop)


def _most_reads(weather: Weather) -> int:
    return READS_IN_A_STORM if weather.is_stormy else MOST_READS


def _runs(shared: Shared, toolbox: McpToolbox) -> Callable[[IncidentId, Callable[[], Lease]], Run]:
    ledger, archive = SqlLedger(shared.store, shared.bulletin), SqlArchive(shared.store)
    leases = SqlLeases(shared.store)

    def run_for(incident_id: IncidentId, lease: Callable[[], Lease]) -> Run:
        return Run(
            incident_id=incident_id,
            toolbox=toolbox,
            ledger=ledger,
            archive=archive,
            leases=leases,
            grants=shared.grants,
            clock=shared.clock,
            law=shared.law,
            belt=shared.belt,
            limits=shared.settings.limits,
            cluster=shared.settings.cluster,
            lease=lease,
        )

    return run_for
