"""What the agent signs is what a tool server accepts, and the key is readable for its owner alone."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mcp_servers.kit.grants import Expected, GrantRefusal, arguments_digest, public_key_from_pem, verify
from sre_agent.adapters.grant_issuer import issuer_from_file
from sre_agent.adapters.key_pairs import make_key_pair
from sre_agent.domain.ids import IncidentId, StepKey
from sre_agent.domain.plan import Call
from sre_agent.errors import SettingError
from sre_agent.ports.grants import GrantOrder
from sre_agent.testing.grants import ReadableGrants

NOW = datetime(2026, 3, 3, 9, 30, tzinfo=UTC)
CALL = Call(server="k8s", tool="scale", arguments={"name": "cart", "replicas": 3})
ORDER = GrantOrder(
    call=CALL,
    audience="k8s@lab",
    incident_id=IncidentId("inc_0000000000000001"),
    key=StepKey("step-00000001"),
    fence=7,
    issued_at=NOW,
    expires_at=NOW + timedelta(seconds=5),
)


def expected(**changed: object) -> Expected:
    body = {
        "audience": "k8s@lab",
        "tool": "scale",
        "arguments_digest": arguments_digest(CALL.arguments),
        "key": "step-00000001",
        "now": NOW.timestamp() + 1,
    }
    return Expected.model_validate(body | changed)


def test_a_server_accepts_the_grant_for_this_call_alone(tmp_path: Path) -> None:
    make_key_pair(tmp_path / "private.pem", tmp_path / "public.pem")
    public = public_key_from_pem((tmp_path / "public.pem").read_bytes())
    grant = issuer_from_file(tmp_path / "private.pem").issue(ORDER)
    claims = verify(grant, expected(), public)
    assert (claims.inc, claims.fence, claims.exp - claims.iat) == ("inc_0000000000000001", 7, 5)
    with pytest.raises(GrantRefusal):
        verify(grant, expected(tool="delete_pod"), public)


def test_no_two_grants_have_one_id(tmp_path: Path) -> None:
    make_key_pair(tmp_path / "private.pem", tmp_path / "public.pem")
    public = public_key_from_pem((tmp_path / "public.pem").read_bytes())
    issuer = issuer_from_file(tmp_path / "private.pem")
    ids = {verify(issuer.issue(ORDER), expected(), public).jti for _ in range(20)}
    assert len(ids) == 20


def test_the_private_key_is_for_its_owner_alone_and_is_made_once(tmp_path: Path) -> None:
    private, public = tmp_path / "keys" / "private.pem", tmp_path / "keys" / "public.pem"
    make_key_pair(private, public)
    first = private.read_bytes(), public.read_bytes()
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    public.write_text("something else")
    make_key_pair(private, public)
    assert (private.read_bytes(), public.read_bytes()) == first


def test_a_key_others_may_read_is_not_used(tmp_path: Path) -> None:
    make_key_pair(tmp_path / "private.pem", tmp_path / "public.pem")
    (tmp_path / "private.pem").chmod(0o644)
    with pytest.raises(SettingError, match="GRANT_PRIVATE_KEY_FILE"):
        issuer_from_file(tmp_path / "private.pem")


@pytest.mark.parametrize("content", [None, b"", b"nonsense"])
def test_a_file_that_is_no_key_is_named_with_its_setting(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "private.pem"
    if content is not None:
        path.write_bytes(content)
        path.chmod(0o600)
    with pytest.raises(SettingError, match="GRANT_PRIVATE_KEY_FILE"):
        issuer_from_file(path)


def test_the_understudy_keeps_its_orders() -> None:
    grants = ReadableGrants()
    assert grants.issue(ORDER) != grants.issue(ORDER)
    assert grants.orders == [ORDER, ORDER]
