"""Rotating the keys of grants writes who did it and why into the audit trail, and touches nothing where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from sre_agent.adapters.audit import SqlAuditTrail
from sre_agent.bootstrap_keys import rotate_keys
from sre_agent.bootstrap_store import make_keys, open_store
from sre_agent.errors import BadInput
from sre_agent.ports.archive import Page
from sre_agent.ports.audit import AuditFilter
from sre_agent.settings import read


@pytest.mark.promise("KEEP-7")
async def test_a_rotation_stands_in_the_audit_trail(tmp_path: Path) -> None:
    settings = read({"SRE_AGENT_HOME": str(tmp_path)})
    before = make_keys(tmp_path / "keys").read_bytes()
    until = await rotate_keys(settings, tmp_path / "keys", by="ada", reason="yearly")
    assert (tmp_path / "keys" / "grant.key").read_bytes() != before
    store = open_store(settings)
    await store.start()
    try:
        found = await SqlAuditTrail(store).entries(AuditFilter(action="grant_key."), Page())
        entry = found.items[0]
        assert (entry.actor, entry.reason) == ("ada", "yearly")
        assert until.isoformat(timespec="seconds") in entry.detail
        assert (await SqlAuditTrail(store).verify()).whole
    finally:
        await store.close()


async def test_where_there_is_no_pair_it_says_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="sre-agent keys --folder"):
        await rotate_keys(read({"SRE_AGENT_HOME": str(tmp_path)}), tmp_path / "nowhere", by="ada", reason="")
