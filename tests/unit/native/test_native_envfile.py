"""The .env file says the same to us as to Docker Compose, or is refused with its line."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from sre_agent.cli.native import envfile
from sre_agent.errors import SettingError

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=plain", "plain"),
        ("export NAME=plain", "plain"),
        ("NAME = spaced ", "spaced"),
        ("NAME=", ""),
        ("NAME=a=b=c", "a=b=c"),
        ("NAME=with # a comment", "with"),
        ("NAME=with#nocomment", "with#nocomment"),
        ('NAME="quoted # no comment"', "quoted # no comment"),
        ('NAME="quoted" # a comment', "quoted"),
        ("NAME='$literal \\ too'", "$literal \\ too"),
        ('NAME="it\'s"', "it's"),
        ("NAME=plain\r", "plain"),
    ],
)
def test_a_line_is_read_as_compose_reads_it(line: str, value: str) -> None:
    assert envfile.parse([line], ".env") == {"NAME": value}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("PROMETHEUS_URL", "NAME=value"),
        ("1NAME=x", "NAME=value"),
        ("MY-NAME=x", "NAME=value"),
        ("=x", "NAME=value"),
        ('NAME="never closed', "closed with the same quote"),
        ("NAME='a' b", "one quoted value"),
        ("NAME=pa$$word", "single quotes"),
        ('NAME="back\\slash"', "single quotes"),
    ],
)
def test_a_line_that_compose_would_read_otherwise_is_refused_with_its_number(
    line: str, complaint: str
) -> None:
    with pytest.raises(SettingError, match=r"\.env line 3") as refused:
        envfile.parse(["# settings", "A=1", line], ".env")
    assert complaint in str(refused.value)


def test_a_refusal_does_not_show_the_value_as_it_may_be_a_secret() -> None:
    with pytest.raises(SettingError) as refused:
        envfile.parse(["ADMIN_TOKEN=hush$hush"], ".env")
    assert "hush" not in str(refused.value)


def test_a_file_that_is_no_text_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"NAME=\xff\xfe")
    with pytest.raises(SettingError, match="text file of NAME=value lines"):
        envfile.read(tmp_path / ".env")


def test_the_first_file_holds_fresh_secrets_that_only_its_owner_reads(tmp_path: Path) -> None:
    first, second = tmp_path / "a.env", tmp_path / "b.env"
    assert envfile.ensure(first)
    assert envfile.ensure(second)
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    for name in envfile.GENERATED:
        one, other = envfile.read(first)[name], envfile.read(second)[name]
        assert len(one) >= 32
        assert one != other


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("ADMIN_TOKEN=mine\n")
    assert not envfile.ensure(path)
    assert path.read_text() == "ADMIN_TOKEN=mine\n"


def test_secrets_that_a_file_lacks_are_added_and_those_it_has_stay(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("ADMIN_TOKEN=mine\nPROMETHEUS_URL=http://p:9090")
    assert envfile.complete(path) == ("WEBHOOK_TOKEN", "POSTGRES_PASSWORD")
    known = envfile.read(path)
    assert (known["ADMIN_TOKEN"], known["PROMETHEUS_URL"]) == ("mine", "http://p:9090")
    assert len(known["WEBHOOK_TOKEN"]) >= 32
    assert envfile.complete(path) == ()


def test_the_shell_writes_the_same_file_as_the_program(tmp_path: Path) -> None:
    """start.sh must write .env on a machine that has Docker and no Python."""
    for folder in ("infrastructure/setup", "sre_agent/cli/native"):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("infrastructure/setup/env.sh", "sre_agent/cli/native/env.template"):
        (tmp_path / file).write_bytes((ROOT / file).read_bytes())
    for _ in range(2):
        subprocess.run(["sh", "infrastructure/setup/env.sh"], cwd=tmp_path, check=True, capture_output=True)
    envfile.ensure(tmp_path / "other.env")
    by_shell, by_program = envfile.read(tmp_path / ".env"), envfile.read(tmp_path / "other.env")
    assert by_shell.keys() == by_program.keys()
    assert all(len(by_shell[name]) >= 32 for name in envfile.GENERATED)
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    plain = [name for name in by_shell if name not in envfile.GENERATED]
    assert [by_shell[name] for name in plain] == [by_program[name] for name in plain]
