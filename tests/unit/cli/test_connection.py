"""Where the platform is, is found in a fixed order; its problems become exit codes; lost streams are taken up again."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from journal_examples import INCIDENT, entry

from sre_agent.api.views import Me
from sre_agent.cli.client import Client
from sre_agent.cli.connection import DEFAULT_URL, Connection, Here, Told, connection
from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.native.here import running_here
from sre_agent.cli.native.home import Home
from sre_agent.cli.replay import paced
from sre_agent.domain.journal import JournalEntry, Kind

AT = Connection(url="http://api", token="t")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text("url: http://file/\ntoken: of-the-file\n")
    path.chmod(0o600)
    return path


def test_options_win_over_the_environment_and_that_over_the_file(file: Path) -> None:
    env = {"SRE_AGENT_URL": "http://env", "SRE_AGENT_TOKEN": "of-the-env"}
    assert connection(env, Told("http://option", "o"), config_file=file) == Connection("http://option", "o")
    assert connection(env, config_file=file) == Connection("http://env", "of-the-env")
    assert connection({}, config_file=file) == Connection("http://file", "of-the-file")


def test_without_anything_it_is_this_machine_and_no_token(tmp_path: Path) -> None:
    assert connection({}, config_file=tmp_path / "absent") == Connection(DEFAULT_URL, "")


def test_the_platform_that_runs_here_is_found_and_its_token_goes_nowhere_else(tmp_path: Path) -> None:
    here, absent = Here("http://127.0.0.1:9", "of-the-folder"), tmp_path / "absent"
    assert connection({}, config_file=absent, here=here) == Connection("http://127.0.0.1:9", "of-the-folder")
    elsewhere = connection({"SRE_AGENT_URL": "http://elsewhere"}, config_file=absent, here=here)
    assert elsewhere == Connection("http://elsewhere", "")
    named = connection({"SRE_AGENT_TOKEN": "mine"}, config_file=absent, here=here)
    assert named == Connection("http://127.0.0.1:9", "mine")


@pytest.mark.promise("KEEP-10")
def test_whom_to_believe_is_said_like_the_address_and_the_certificate_of_here_counts_here_alone(
    file: Path, tmp_path: Path
) -> None:
    here, absent = Here("https://127.0.0.1:9", "t", "/own.pem"), tmp_path / "absent"
    own = connection({}, config_file=absent, here=here)
    assert (own.ca, own.certificate) == ("", "/own.pem")
    elsewhere = connection({"SRE_AGENT_URL": "https://elsewhere"}, config_file=absent, here=here)
    assert (elsewhere.ca, elsewhere.certificate) == ("", "")
    file.write_text("url: https://file\nca: /file.pem\n")
    assert connection({}, config_file=file).ca == "/file.pem"
    assert connection({"SRE_AGENT_CA": "/env.pem"}, config_file=file).ca == "/env.pem"
    assert (
        connection({"SRE_AGENT_CA": "/env.pem"}, Told(ca="/option.pem"), config_file=file).ca == "/option.pem"
    )


def test_only_a_platform_that_is_kept_counts_as_running_here(tmp_path: Path) -> None:
    home = Home(tmp_path / "var")
    home.make()
    (tmp_path / ".env").write_text("ADMIN_TOKEN=of-the-folder\n")
    home.tell({"ready": True, "api": "http://127.0.0.1:9"})
    assert running_here({}, tmp_path) == Here()
    with home.kept():
        home.tell({"ready": True, "api": "http://127.0.0.1:9"})
        assert running_here({}, tmp_path) == Here("http://127.0.0.1:9", "of-the-folder")
        home.tell({"ready": True, "api": "https://127.0.0.1:9", "certificate": "/own.pem"})
        assert running_here({}, tmp_path) == Here("https://127.0.0.1:9", "of-the-folder", "/own.pem")
        home.tell({"ready": False, "error": "no"})
        assert running_here({}, tmp_path) == Here()


def test_a_token_in_a_file_that_others_may_read_is_warned_about(file: Path) -> None:
    file.chmod(0o644)
    assert "chmod 600" in connection({}, config_file=file).warning
    assert "of-the-file" not in repr(connection({}, config_file=file))


@pytest.mark.parametrize("text", ["- a", "{", "7", "url: x\npassword: y", "\x00"])
def test_a_file_that_makes_no_sense_is_wrong_usage(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(CommandFailed) as failed:
        connection({}, config_file=file)
    assert failed.value.code is ExitCode.USAGE


def answering(code: int, body: object, **headers: str) -> Client:
    content = body if isinstance(body, str) else json.dumps(body)
    return Client(
        AT, transport=httpx.MockTransport(lambda _: httpx.Response(code, content=content, headers=headers))
    )


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        (400, ExitCode.USAGE),
        (401, ExitCode.REFUSED),
        (403, ExitCode.REFUSED),
        (404, ExitCode.NOT_FOUND),
        (409, ExitCode.REFUSED),
        (422, ExitCode.USAGE),
        (500, ExitCode.BROKEN),
        (503, ExitCode.BROKEN),
    ],
)
def test_each_problem_has_its_exit_code(code: int, exit_code: ExitCode) -> None:
    with pytest.raises(CommandFailed, match=r"Title\. detail") as failed:
        answering(code, {"title": "Title", "detail": "detail"}).get("/", Me)
    assert failed.value.code is exit_code


@pytest.mark.parametrize("body", ["<html>\x1b[2J</html>", "[]", "", '{"title": 1}'])
def test_an_answer_that_is_not_the_platforms_is_told_without_harm(body: str) -> None:
    with pytest.raises(CommandFailed) as failed:
        answering(502, body).get("/", Me)
    assert "\x1b" not in str(failed.value)


def test_nobody_there_says_what_to_do() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(CommandFailed) as failed:
        Client(AT, transport=httpx.MockTransport(refuse)).get("/", Me)
    assert failed.value.code is ExitCode.UNREACHABLE
    assert "sre-agent up" in failed.value.hint


def stream_of(*entries: JournalEntry) -> str:
    events = [f"id: {each.seq}\nevent: entry\ndata: {each.model_dump_json()}\n\n" for each in entries]
    return "retry: 2000\n\n: alive\n\n" + "".join(events)


def test_a_lost_stream_is_taken_up_where_it_was() -> None:
    one, two, three = (entry(Kind.NOTE_ADDED, f"entry {n}", seq=n) for n in (1, 2, 3))
    asked: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("last-event-id", ""))
        if len(asked) == 2:
            raise httpx.ReadError("gone")
        return httpx.Response(200, content=stream_of(one, two) if len(asked) == 1 else stream_of(three))

    pauses: list[float] = []
    with Client(AT, transport=httpx.MockTransport(serve), sleep=pauses.append) as client:
        following = client.follow(INCIDENT)
        assert [next(following).text for _ in range(3)] == ["entry 1", "entry 2", "entry 3"]
    assert asked == ["", "2", "2"]
    assert pauses == [1.0, 1.0]


def test_a_platform_that_stays_away_ends_the_watching() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with (
        Client(AT, transport=httpx.MockTransport(refuse), sleep=lambda _: None) as client,
        pytest.raises(CommandFailed) as failed,
    ):
        next(client.follow(INCIDENT))
    assert failed.value.code is ExitCode.UNREACHABLE


@pytest.mark.parametrize(("speed", "pauses"), [(1.0, [2.0, 5.0]), (2.0, [1.0, 5.0]), (0.0, [])])
def test_a_replay_keeps_the_pace_within_reason(speed: float, pauses: list[float]) -> None:
    entries = [entry(Kind.NOTE_ADDED, seq=n, after=after) for n, after in ((1, 0), (2, 2), (3, 2), (4, 100))]
    slept: list[float] = []
    assert list(paced(entries, speed=speed, longest=5.0, sleep=slept.append)) == entries
    assert slept == pauses


def test_what_looks_through_all_that_is_on_file_is_waited_for_and_the_rest_is_not() -> None:
    """Of a hundred thousand entries the proof takes twenty seconds on an idle machine."""
    waited: list[float] = []

    def serve(request: httpx.Request) -> httpx.Response:
        waited.append(request.extensions["timeout"]["read"])
        return httpx.Response(200, json={"name": "ada", "role": "admin"})

    with Client(AT, transport=httpx.MockTransport(serve)) as client:
        client.get("/api/v1/me", Me)
        client.get("/api/v1/me", Me, patient=True)
    assert waited[0] == 30
    assert waited[1] >= 600
