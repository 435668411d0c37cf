"""Builds real things for the API's process: settings in, a whole platform out. The runner's are built next door."""

from __future__ import annotations

import os
from asyncio.subprocess import Process
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import structlog

from sre_agent.adapters.accounts import SqlAccounts
from sre_agent.adapters.archive import SqlArchive
from sre_agent.adapters.audit import SqlAuditTrail
from sre_agent.adapters.bulletin import SqlBulletin
from sre_agent.adapters.clock import SystemClock
from sre_agent.adapters.grant_issuer import issuer_from_file
from sre_agent.adapters.jobs import SqlJobs
from sre_agent.adapters.ledger import SqlLedger
from sre_agent.adapters.log_templates import templates_of
from sre_agent.adapters.mcp_failures import ServerAddress
from sre_agent.adapters.mcp_toolbox import McpToolbox
from sre_agent.adapters.measurements import measurement_in
from sre_agent.adapters.redaction import redact_text
from sre_agent.adapters.store import Store
from sre_agent.adapters.trust_book import SqlTrustBook
from sre_agent.api.parts import ApiParts, ApiSettings, HealthCheck, Platform, TrustParts, Worker
from sre_agent.api.probes import WORKER as CONNECTION_TEST
from sre_agent.bootstrap_identity import identity_parts
from sre_agent.bootstrap_model import counted, open_model, told
from sre_agent.bootstrap_notify import notifier_worker, notify_parts
from sre_agent.bootstrap_store import key_file, open_store
from sre_agent.domain.law import Autonomy, Role
from sre_agent.errors import BadInput, SettingError
from sre_agent.intake.relabel import relabel_rules
from sre_agent.intake.settings import IntakeSettings, Relabel
from sre_agent.job_loop import Weather
from sre_agent.law_office import LawOffice
from sre_agent.law_shelf import LawShelf
from sre_agent.law_source import LawSource
from sre_agent.ports.clock import Clock
from sre_agent.runner_process import RUNNER, RunnerProcess, runners_environment
from sre_agent.settings import TOOL_SERVERS, Settings
from sre_agent.telemetry import Telemetry, set_up_logging
from sre_agent.tls import trust_in_tool_servers
from sre_agent.tool_belt import ToolBelt
from sre_agent.tool_desk import ToolDesk

log = structlog.get_logger("bootstrap")
SHIPPED_BELT = Path(__file__).parent / "config" / "agent_config.yaml"
_BUILT_DASHBOARD = Path(__file__).resolve().parents[1] / "dashboard" / "out"
_KEPT_EVALS = Path(__file__).resolve().parents[1] / "docs" / "evals"


@dataclass(frozen=True)
class Shared:
    """What the API stands on; each part says itself that it may be shared between threads."""

    settings: Settings
    store: Store
    bulletin: SqlBulletin
    clock: SystemClock
    weather: Weather
    telemetry: Telemetry
    law: LawOffice
    desk: ToolDesk


def build(settings: Settings, ahead: Process | None = None) -> Platform:
    """The platform, not yet started. Raises SettingError (or LawError) for anything that would stop it later.

    `ahead`: the runner's process, where it was started before this was imported.
    """
    set_up_logging(settings.log_level, settings.log_format)
    settings.sre_agent_home.mkdir(parents=True, exist_ok=True)
    # The runner reads this for itself; here it is read so that what is wrong with it stops the start.
    issuer_from_file(key_file(settings))
    belt = read_belt(settings.agent_config_path)
    store, clock, telemetry = open_store(settings), SystemClock(), Telemetry(process_metrics=True)
    shared = Shared(
        settings=settings,
        store=store,
        bulletin=SqlBulletin(store),
        clock=clock,
        weather=Weather(clock),
        telemetry=telemetry,
        law=open_law(settings, clock, telemetry),
        desk=ToolDesk(
            lambda: McpToolbox(tool_servers(settings), clock),
            probing=lambda toolbox: belt.worn_by(CONNECTION_TEST, toolbox),
            looking=lambda toolbox: belt.worn_by("approval", toolbox),
        ),
    )
    runner = _runner(shared, ahead)
    notify = notify_parts(settings, store, clock)
    parts = replace(
        _api_parts(shared, runner),
        notify=notify,
        identity=identity_parts(settings, clock),
        trust=TrustParts(SqlTrustBook(store), Autonomy(settings.trust_start)),
    )

    async def start() -> None:
        await store.start()
        await _first_account(parts, settings)

    async def watch_the_law() -> None:
        await shared.law.watch(timedelta(seconds=settings.policy_poll_seconds), parts.audit)

    workers: dict[str, Worker] = {"tools": shared.desk.work, "law": watch_the_law}
    workers |= notifier_worker(parts, notify)
    if runner:
        workers["runner"] = runner.work
    return Platform(parts=parts, workers=workers, start=start, close=store.close)


def _runner(shared: Shared, ahead: Process | None) -> RunnerProcess | None:
    """The process that works on incidents; none where this installation's runner is elsewhere."""
    if shared.settings.runner_concurrency == 0:
        return None
    environment = runners_environment(os.environ)
    return RunnerProcess(
        RUNNER,
        environment,
        shared.bulletin,
        shared.weather,
        shared.clock,
        ahead=ahead,
        note_circuits=lambda left: shared.telemetry.note_circuits(TOOL_SERVERS, left),
        note_tokens=counted(shared.telemetry),
    )


def tool_servers(settings: Settings) -> list[ServerAddress]:
    """Where each tool server is; those that are not set up have no address. Raises SettingError for MCP_CA_FILE."""
    trust = trust_in_tool_servers(settings)
    return [ServerAddress(name, *settings.server(name), trust) for name in TOOL_SERVERS]


def open_law(settings: Settings, clock: Clock, telemetry: Telemetry | None = None) -> LawOffice:
    """The law in force, with the profile laid over it. Raises LawError with every mistake, where none is kept."""
    shelf = LawShelf(settings.sre_agent_home / "law.json") if settings.policy_path else None
    return LawOffice(LawSource(settings.policy_path, settings.policy_profile), clock, telemetry, shelf)


def read_belt(path: Path | None) -> ToolBelt:
    """Which worker may use which tool; without a path, the shipped belt. Raises SettingError."""
    place = path or SHIPPED_BELT
    try:
        return ToolBelt.read(place.read_text(encoding="utf-8"), str(place))
    except (OSError, BadInput) as wrong:
        expected = "a file that lists each worker's tools, like sre_agent/config/agent_config.yaml"
        raise SettingError("AGENT_CONFIG_PATH", f"{place} ({wrong})", expected) from wrong


def _api_parts(shared: Shared, runner: RunnerProcess | None) -> ApiParts:
    settings, store = shared.settings, shared.store
    jobs = SqlJobs(store)
    intake = IntakeSettings(default_cluster=settings.cluster, relabel=_relabel(settings.alert_relabel_file))
    return ApiParts(
        ledger=SqlLedger(store, shared.bulletin),
        archive=SqlArchive(store),
        accounts=SqlAccounts(store),
        audit=SqlAuditTrail(store),
        bulletin=shared.bulletin,
        tools=shared.desk,
        clock=shared.clock,
        telemetry=shared.telemetry,
        law=shared.law,
        runners_law=lambda: runner.law if runner else 0,
        redact=redact_text,
        templates=templates_of,
        settings=ApiSettings(
            webhook_token=settings.webhook_token.get_secret_value(),
            intake=intake,
            public_url=settings.public_url,
            audit_keep=timedelta(days=settings.audit_keep_days),
            dashboard=settings.dashboard_folder or _BUILT_DASHBOARD,
            cluster=settings.cluster,
            listens=(settings.agent_host, settings.agent_port),
            model_time=settings.limits.model_time,
        ),
        health=_health(store, runner),
        backlog=jobs.backlog,
        note_delivery=shared.weather.note_delivery,
        probe=shared.desk.probe,
        look=shared.desk.look,
        model=open_model(settings, shared.clock, told(counted(shared.telemetry))),
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


def _health(store: Store, runner: RunnerProcess | None) -> dict[str, HealthCheck]:
    checks: dict[str, HealthCheck] = {"database": lambda: _database_answers(store)}
    return {"runner": runner.health, **checks} if runner else checks


async def _database_answers(store: Store) -> str:
    await store.check()
    return ""


async def _first_account(parts: ApiParts, settings: Settings) -> None:
    token = settings.admin_token.get_secret_value()
    if token:
        await parts.accounts.ensure_token("admin", Role.ADMIN, token, label="ADMIN_TOKEN of the first start")
