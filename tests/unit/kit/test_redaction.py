"""No secret leaves; ordinary text stays; nothing changes the second time; hostile text costs linear time."""

from __future__ import annotations

import base64
import json
import time
import timeit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from mcp_servers.kit.redaction import MARKER_START, holds_secret, redacted, redacted_text
from tests.effort import tries
from tests.unit.kit.secret_makings import ALPHANUMERIC, ANNOUNCED, ORDINARY, private_key, random_text, tokens

KINDS = sorted(tokens())


@pytest.mark.parametrize(
    "around", ["{}", "got {} from env", 'key="{}"', "({})", "a,{},b", '["{}"]', "\t{}\n"]
)
def test_a_token_of_a_known_kind_is_named_by_its_kind(around: str) -> None:
    made = tokens()
    clean = {kind: redacted_text(around.format(made[kind])) for kind in KINDS}
    assert [kind for kind in KINDS if made[kind] in clean[kind]] == []
    assert [kind for kind in KINDS if f"{MARKER_START}{kind}]" not in clean[kind]] == []


@pytest.mark.parametrize("announced", ANNOUNCED)
def test_what_a_name_announces_is_taken_out_and_the_name_stays(announced: str) -> None:
    secret = random_text(27)
    clean = redacted_text(announced.format(secret))
    assert secret not in clean
    assert MARKER_START in clean
    assert clean.split(MARKER_START)[0].rstrip("\"'\\ ") in announced.format(secret)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert redacted_text(text) == text


def test_a_short_human_password_is_taken_out_too() -> None:
    assert "hunter2" not in redacted_text("login with password=hunter2 failed")


def test_a_password_with_spaces_in_quotes_is_taken_out_whole() -> None:
    assert redacted_text('{"password": "correct horse \\"battery\\" staple"}').count("staple") == 0


def test_the_value_of_an_environment_entry_with_a_telling_name_is_taken_out() -> None:
    env = {"env": [{"name": "DB_PASSWORD", "value": "hunter2"}, {"name": "LOG_LEVEL", "value": "debug"}]}
    clean = redacted(env)
    assert "hunter2" not in json.dumps(clean)
    assert {"name": "LOG_LEVEL", "value": "debug"} in clean["env"]  # type: ignore[operator]


def test_a_reference_to_a_secret_is_not_a_secret() -> None:
    entry = {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "orders-db", "key": "password"}}}
    assert redacted({"env": [entry]}) == {"env": [entry]}


def test_json_pointers_are_read_as_the_names_they_end_in() -> None:
    fields = {
        "/data/DB_PASSWORD": "hunter2",
        "/spec/env/3/name": "API_TOKEN",
        "/spec/env/3/value": "a1b2c3d4e5",
        "/spec/replicas": 3,
    }
    clean = redacted(fields)
    assert "hunter2" not in json.dumps(clean)
    assert "a1b2c3d4e5" not in json.dumps(clean)
    assert clean["/spec/replicas"] == 3


@pytest.mark.parametrize("field", ["data", "stringData"])
def test_the_values_of_a_kubernetes_secret_are_blanked_and_its_keys_stay(field: str) -> None:
    clean = redacted({"object": {"kind": "Secret", field: {"user": "c2hvcA==", "empty": ""}}})
    assert clean == {
        "object": {"kind": "Secret", field: {"user": "[redacted:kubernetes-secret]", "empty": ""}}
    }


def test_a_secret_inside_an_annotation_or_a_manifest_is_blanked() -> None:
    inside = json.dumps({"kind": "Secret", "data": {"user": "c2hvcA=="}})
    assert "c2hvcA" not in redacted_text(inside)
    manifest = (
        "kind: ConfigMap\ndata:\n  user: shop\n---\nkind: Secret\ndata:\n  user: c2hvcA==\ntype: Opaque\n"
    )
    clean = redacted_text(manifest)
    assert "c2hvcA" not in clean
    assert "user: shop" in clean
    assert "type: Opaque" in clean


def test_a_flag_announces_the_argument_after_it() -> None:
    clean = redacted({"args": ["--password", "hunter2", "--verbose", "yes"]})
    assert clean == {"args": ["--password", "[redacted:password]", "--verbose", "yes"]}


def test_a_private_key_printed_line_by_line_is_taken_out() -> None:
    key = private_key().split("\n")
    lines: list[object] = [f"2026-01-01T00:00:00Z {line}" for line in key]
    clean = json.dumps(redacted({"lines": lines}))  # type: ignore[dict-item]
    assert not any(line in clean for line in key[1:-1])
    assert clean.count("key-material") == 7


def test_a_certificate_stays_and_the_key_beside_it_goes() -> None:
    certificate = private_key().replace("RSA PRIVATE KEY", "CERTIFICATE")
    assert redacted_text(certificate) == certificate
    both = f"{certificate}\n{private_key()}\n"
    assert redacted_text(both) == f"{certificate}\n[redacted:private-key]\n"


def test_numbers_and_lists_under_a_telling_name_are_taken_out() -> None:
    clean = redacted({"password": 12345678, "api_keys": 3, "access_key": ["one", "two"]})
    assert clean["password"] == "[redacted:password]"
    assert clean["api_keys"] == 3
    assert clean["access_key"] == ["[redacted:key]", "[redacted:key]"]


def test_types_without_text_pass_unchanged() -> None:
    value = {"a": None, "b": True, "c": 1.5, "d": [1, {"e": []}], "token": None, "password": False}
    assert redacted(value) == value


def test_whether_a_value_would_be_redacted_can_be_asked() -> None:
    assert holds_secret("hunter2", name="DB_PASSWORD")
    assert not holds_secret("debug", name="LOG_LEVEL")
    assert holds_secret("postgres://shop:pw@db/x", name="DATABASE_URL")


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\\\"'"), max_size=30)


def words(secret: str) -> st.SearchStrategy[str]:
    return st.builds(lambda before, after: f"{before} {secret} {after}", TEXT, TEXT)


@settings(max_examples=tries(60, usual=25))
@given(st.sampled_from(KINDS), st.data())
@pytest.mark.promise("KEEP-4")
def test_a_token_anywhere_in_nested_json_never_survives(kind: str, data: st.DataObject) -> None:
    secret = tokens()[kind]
    leaf = st.none() | st.integers() | st.text(max_size=12) | words(secret)
    shape = st.recursive(
        leaf,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
        max_leaves=8,
    )
    value = data.draw(st.dictionaries(st.text(max_size=6), shape, min_size=1, max_size=3))
    value["surely"] = data.draw(words(secret))
    clean = json.dumps(redacted(value), ensure_ascii=False)
    assert json.dumps(secret, ensure_ascii=False)[1:-1] not in clean


@settings(max_examples=tries(150, usual=50))
@given(
    st.lists(
        st.sampled_from([*ORDINARY, *ANNOUNCED, *tokens().values(), "[redacted:x]", "password=", "://", ":"])
        | st.text(max_size=20),
        max_size=6,
    ),
    st.sampled_from([" ", "", "\n", ",", '"']),
)
def test_redacting_twice_is_redacting_once(parts: list[str], glue: str) -> None:
    once = redacted_text(glue.join(parts))
    assert redacted_text(once) == once


@given(st.uuids(), st.binary(min_size=20, max_size=32), st.integers(0, 10**12))
def test_ids_hashes_and_numbers_are_never_taken_for_secrets(uid: object, digest: bytes, number: int) -> None:
    text = f"pod uid={uid} commit {digest.hex()} image@sha256:{digest.hex()} offset={number} id: {uid}"
    assert redacted_text(text) == text


HOSTILE = {
    "openings": "-----BEGIN RSA PRIVATE KEY-----",
    "dashes": "-",
    "token heads": "eyJ" + "a" * 5,
    "dots": "eyJaaaaaaaaaa.",
    "names": "password",
    "assignments": "password=",
    "quotes": 'password="',
    "backslashes": 'password=\\"',
    "urls": "://a:",
    "names of yaml": "name: aaaaaaaa",
    "yaml": "name: DB_PASSWORD\n value: x\n",
    "flags": "--aaaa",
    "letters": "a",
    "base64": "aA1/",
    "assigned": "a=",
    "at": "a:b@",
    "spaces": " ",
    "cookies": "cookie: ",
    "bearers": "bearer ",
    "numbers": "123456789:",
    "atlas": "aaaaaaaaaaaaaa.",
    "secrets": "kind: Secret\ndata:\n",
    "words": "token: secret ",
}


def seconds(text: str) -> float:
    best = 9e9
    for _ in range(2):
        started = time.process_time()
        redacted_text(text)
        best = min(best, time.process_time() - started)
    return best


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_text_costs_linear_time(name: str) -> None:
    """Four times the text may cost six times the time; a quadratic pattern would cost sixteen."""
    piece = HOSTILE[name]
    small, large = piece * (25_000 // len(piece)), piece * (100_000 // len(piece))
    allowed = max(6 * seconds(small), 0.05)
    assert seconds(large) <= allowed


def test_a_hostile_key_costs_linear_time() -> None:
    small, large = (process_seconds_of_key(size) for size in (50_000, 200_000))
    assert large <= max(6 * small, 0.05)


def process_seconds_of_key(size: int) -> float:
    keys = {"a" * size + "password": "x1", "_" * size: "y"}
    return min(timeit.repeat(lambda: redacted(keys), timer=time.process_time, number=1, repeat=3))


@pytest.mark.parametrize("probe", ["readiness", "liveness", "startup"])
def test_a_pointer_as_long_as_a_line_of_a_key_stays_what_it_is(probe: str) -> None:
    pointer = f"/spec/template/spec/containers/0/{probe}Probe/"
    told = [{pointer.ljust(length, "t") + "Threshold": 3} for length in range(40, 70)]
    assert [redacted(one) for one in told] == told


def key_of(width: int, lines: int = 4, name: str = "OPENSSH PRIVATE KEY") -> list[str]:
    body = [random_text(width, ALPHANUMERIC + "+/") for _ in range(lines)]
    return [f"-----BEGIN {name}-----", *body, random_text(9) + "=", f"-----END {name}-----"]


@pytest.mark.promise("KEEP-4")
@pytest.mark.parametrize("width", [64, 70, 76, 100])
@pytest.mark.parametrize("before", ["", "2026-01-31T08:00:00.123456789Z ", "  "])
@pytest.mark.parametrize("newest_first", [False, True])
def test_a_key_printed_line_by_line_is_taken_out_to_its_last_line(
    width: int, before: str, newest_first: bool
) -> None:
    key = key_of(width)
    lines = [f"{before}starting", *(before + line for line in key), f"{before}listening on 8080"]
    if newest_first:
        lines.reverse()
    for told in ({"lines": lines}, {"lines": [["1769846400", line] for line in lines]}):
        clean = redacted(told)  # type: ignore[arg-type]
        out = str(clean)
        assert [line for line in key[1:-1] if line in out] == []
        assert "listening on 8080" in out
        assert "starting" in out
        assert redacted(clean) == clean


@pytest.mark.parametrize(
    "start", ["ip-10-0-3-17", "worker-b7Kq9", "team-a/checkout", "monitoring/node-exporter-X2v9k"]
)
def test_where_a_kubernetes_list_goes_on_is_no_key_and_what_hides_a_secret_is(start: str) -> None:
    def told(cursor: dict[str, JsonValue]) -> str:
        return base64.b64encode(json.dumps(cursor, separators=(",", ":")).encode()).decode().rstrip("=")

    cursor = told({"v": "meta.k8s.io/v1", "rv": 7318, "start": start})
    assert redacted({"next": cursor}) == {"next": cursor}
    hiding = told({"password": "hunter2hunter2" + random_text(20)})
    assert redacted_text(hiding) != hiding


@pytest.mark.promise("KEEP-4")
@pytest.mark.parametrize("mark", ["", " ", "-", "+", "> "])
def test_the_end_of_a_key_in_a_diff_is_taken_out_though_nobody_sees_where_it_began(mark: str) -> None:
    """The last line of a key is often too short to be told by its form."""
    *body, end = [*key_of(64)[-3:-1], "q7W5dRsWM3aKmw==", "-----END RSA PRIVATE KEY-----"]
    shown = "\n".join(["@@ -6,4 +6,4 @@", "-what was", *(mark + line for line in (*body, end)), "+what is"])
    clean = redacted_text(shown)
    assert [line for line in body if line in clean] == []
    assert clean.startswith("@@ -6,4 +6,4 @@\n-what was\n")
    assert clean.endswith("\n+what is")


def test_what_follows_a_key_or_only_speaks_of_one_stays() -> None:
    lines: list[JsonValue] = [
        *key_of(64),
        "done",
        "GET /cart 200",
        "-----BEGIN RSA PRIVATE KEY----- was expected in tls.key",
        "dial tcp 10.0.0.1: refused",
        "retrying",
    ]
    clean = redacted({"lines": lines})["lines"]
    assert isinstance(clean, list)
    assert clean[-6:-3] == ["-----END OPENSSH PRIVATE KEY-----", "done", "GET /cart 200"]
    assert clean[-2:] == ["dial tcp 10.0.0.1: refused", "retrying"]
