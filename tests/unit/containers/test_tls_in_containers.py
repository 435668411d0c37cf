"""In containers the key lies before the agent alone, and what could not be called is refused before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from infrastructure.images.init import Ground, prepare, unfit

pytestmark = pytest.mark.promise("KEEP-10")
ROOT = Path(__file__).parents[3]
COMPOSE = (ROOT / "infrastructure" / "docker-compose.yaml").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]


def make_keys(folder: Path) -> None:
    for name in ("grant.key", "grant.pub"):
        (folder / name).write_text(name)


def test_the_pair_is_laid_before_the_agent_alone_and_taken_away_when_it_is_given_no_longer(
    tmp_path: Path,
) -> None:
    launch, given = tmp_path / "launch", tmp_path / "given"
    given.mkdir()
    (given / "tls-cert").write_text("certificate")
    (given / "tls-key").write_text("key")
    ground = Ground(launch, given, lambda _: None, make_keys)
    prepare(ground, {})
    assert [path.parent.name for path in launch.rglob("tls-key")] == ["agent"]
    key = launch / "agent" / "tls-key"
    assert (key.read_text(), key.stat().st_mode & 0o777) == ("key", 0o400)
    (given / "tls-key").write_text("")
    prepare(ground, {})
    assert not key.exists()


@pytest.mark.parametrize(
    ("environment", "fits"),
    [
        ({}, True),
        ({"TLS_CERT_FILE": "c.pem", "REAL_SYSTEMS": "yes"}, True),
        ({"TLS_CERT_FILE": "c.pem", "REAL_SYSTEMS": ""}, False),
    ],
)
def test_a_certificate_beside_the_lab_is_refused_in_words(environment: dict[str, str], fits: bool) -> None:
    assert ("PROMETHEUS_URL" in unfit(environment)) is not fits


def test_health_and_the_way_to_the_dashboard_follow_the_certificate() -> None:
    assert "http${TLS_CERT_FILE:+s}://127.0.0.1:8080/healthz" in SERVICES["agent"]["healthcheck"]["test"][-1]
    source = SERVICES["dashboard"]["volumes"][0]["source"]
    asked = SERVICES["dashboard"]["healthcheck"]["test"][-1]
    for ending in ("", "-tls"):
        text = (ROOT / source.replace("${TLS_CERT_FILE:+-tls}", ending)).read_text()
        assert "listen 127.0.0.1:3001;" in text
        assert "location = /_alive" in text
    assert asked == "http://127.0.0.1:3001/_alive"
