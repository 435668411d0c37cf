"""Opens the database of this installation, with the keys that sign what is written and what may be done."""

from __future__ import annotations

from pathlib import Path

from sre_agent.adapters.archive import SqlArchive
from sre_agent.adapters.key_pairs import make_key_pair
from sre_agent.adapters.seal import Seal, seal_from
from sre_agent.adapters.store import Store
from sre_agent.policy.simulating import PastPlan
from sre_agent.ports.archive import IncidentFilter, every_incident
from sre_agent.settings import Settings


def open_store(settings: Settings) -> Store:
    """The database, with what signs the audit trail of whatever is written through it."""
    return Store(settings.database, seal=_seal(settings))


def _seal(settings: Settings) -> Seal:
    """What signs the audit trail; the key is made in the home folder where none is set."""
    home = settings.sre_agent_home
    key = settings.audit_key_file
    if key is None:
        key = home / "keys" / "audit.key"
        make_key_pair(key, key.with_suffix(".pub"))
    return seal_from(key, settings.audit_head_file or home / "audit-head.json", syslog=settings.syslog)


def key_file(settings: Settings) -> Path:
    """The key that signs grants; made in the home folder where none is set."""
    if settings.grant_private_key_file is not None:
        return settings.grant_private_key_file
    folder = settings.sre_agent_home / "keys"
    return make_keys(folder)


def make_keys(folder: Path) -> Path:
    """Make the pair that signs and verifies grants where it is absent; the private key's path."""
    make_key_pair(folder / "grant.key", folder / "grant.pub")
    return folder / "grant.key"


async def upgrade_database(settings: Settings) -> None:
    """Bring the tables to the newest revision, and nothing else."""
    store = Store(settings.database)
    try:
        await store.start()
    finally:
        await store.close()


async def past_plans(database: str) -> list[PastPlan]:
    """Every plan of a database with its ruling, newest incidents first; nothing in it is changed."""
    store = Store(database)
    try:
        archive = SqlArchive(store)
        return [
            PastPlan(plan=each.plan, ruling=each.ruling)
            async for incident in every_incident(archive, IncidentFilter())
            for each in await archive.plans(incident.id)
        ]
    finally:
        await store.close()
