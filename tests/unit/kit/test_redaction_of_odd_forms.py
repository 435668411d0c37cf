"""A secret is found as it stands in configurations, commands, documents and codings, not only as `name=value`."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from html import escape
from urllib.parse import quote, quote_plus

import pytest

from mcp_servers.kit.limits import shortened
from mcp_servers.kit.redaction import MARKER_START, redacted, redacted_text
from tests.unit.kit.secret_makings import ORDINARY, jwt_like, random_text, tokens

PASSWORD = f"Hk7{random_text(9)}"
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
BASIC = base64.b64encode(f"bob:{PASSWORD}".encode()).decode()
DOCKER = json.dumps({"auths": {"registry.example": {"username": "bob", "auth": BASIC}}})
IN_DATA = base64.b64encode(PASSWORD.encode()).decode()
SECRET = json.dumps({"kind": "Secret", "data": {"p": IN_DATA}})

FORMS = {
    "netrc": "machine api.example login bob password {}",
    "a dump of commands": "mysqldump -h db -uroot -p{} shop",
    "curl": "curl -u bob:{} https://api.example",
    "curl in full": "curl --user bob:{} https://api.example",
    "a flag in quotes": "run --password '{}'",
    "a flag of one dash": "run -password {}",
    "arguments as JSON": '["--password", "{}"]',
    "arguments as Python": "['--db-password', '{}']",
    "SQL": "CREATE USER bob IDENTIFIED BY '{}'",
    "SQL with its plugin": "CREATE USER bob IDENTIFIED WITH caching_sha2_password BY '{}'",
    "SQL of a role": "ALTER ROLE bob WITH ENCRYPTED PASSWORD '{}';",
    "SQL for a user": "SET PASSWORD FOR 'bob'@'%' = '{}'",
    "redis": "requirepass {}",
    "redis speaking": '1700000000.1 [0 10.0.0.1:5] "AUTH" "{}"',
    "prose": "the password is {}, said bob",
    "prose with a name": "password for bob: {}",
    "an arrow": "password -> {}",
    "short for password": "DB_PASS={}",
    "shorter for password": "DB_PW={}",
    "a key that is short for it": '{{"pass": "{}"}}',
    "XML": "<db><password>{}</password></db>",
    "XML with attributes": '<add key="DbPassword" value="{}"/>',
    "XML of properties": '<property name="db.password">{}</property>',
    "an entry of YAML on one line": "{{name: DB_PASSWORD, value: {}}}",
    "an entry of JSON": '[{{"name": "DB_PASSWORD", "value": "{}"}}]',
    "an entry of JSON backwards": '[{{"value": "{}", "name": "DB_PASSWORD"}}]',
    "an entry of JSON within JSON": '"[{{\\"name\\": \\"DB_PASSWORD\\", \\"value\\": \\"{}\\"}}]"',
    "an entry as Go prints it": "{{Name:DB_PASSWORD Value:{} ValueFrom:nil}}",
    "an entry as Python prints it": "{{'name': 'DB_PASSWORD', 'value': '{}'}}",
    "bytes as Python prints them": "{{b'password': b'{}'}}",
    "TOML": "password = '''{}'''",
    "YAML on the next line": "db:\n  password:\n    {}\n  host: db\n",
    "a block of YAML": "password: |\n  {}\nhost: db\n",
    "an address whose password has a slash": "postgres://bob:x/{}@db:5432/shop",
}


@pytest.mark.promise("KEEP-4")
@pytest.mark.parametrize("form", sorted(FORMS))
def test_a_password_is_found_in_the_forms_that_programs_write(form: str) -> None:
    clean = redacted_text(FORMS[form].format(PASSWORD))
    assert PASSWORD not in clean
    assert MARKER_START in clean
    assert redacted_text(clean) == clean


CODINGS: dict[str, Callable[[str], str]] = {
    "percent signs": lambda text: quote(text, safe=""),
    "a form": lambda text: f"body={quote_plus(text)}",
    "percent signs twice": lambda text: quote(quote(text, safe=""), safe=""),
    "entities": escape,
    "escapes of JSON": lambda text: text.replace('"', "\\u0022").replace("=", "\\u003d"),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 of addresses": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 twice": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "what nobody sees": lambda text: f"{text[:-6]}\u200b{text[-6:]}",
    "a line that goes on": lambda text: f"{text[:-6]}\\\n{text[-6:]}",
}


@pytest.mark.promise("KEEP-4")
@pytest.mark.parametrize("coding", sorted(CODINGS))
def test_a_coding_hides_no_secret(coding: str) -> None:
    said = {
        "password": f'{{"password":"{PASSWORD}"}}',
        **{kind: tokens()[kind] for kind in ("github-token", "jwt")},
    }
    for secret in said.values():
        coded = CODINGS[coding](secret)
        clean = redacted_text(f"it said {coded} and died")
        assert MARKER_START in clean, coded
        assert coded not in clean
        assert PASSWORD not in clean
        assert clean.startswith("it said ")
        assert clean.endswith(" and died")


def test_a_coding_that_hides_nothing_stays_as_it_was_written() -> None:
    harmless = 'up{job="cart"} < 1 & more'
    for coding, coded in CODINGS.items():
        if coding != "what nobody sees":
            assert redacted_text(coded(harmless)) == coded(harmless)
    assert [text for text in ORDINARY if redacted_text(quote(text)) != quote(text)] == []


def test_a_token_whose_parts_stand_on_lines_of_their_own_is_found() -> None:
    token = jwt_like()
    last = token.rpartition(".")[2]
    assert last not in redacted_text(f"got\n{token.replace('.', '.' + chr(10))}\nthere")


@pytest.mark.promise("KEEP-4")
@pytest.mark.parametrize(
    "around",
    ["{}", "applied {} ok", "[{}]", "\n{}", '{{"a": {}}}'],
    ids=["alone", "in a sentence", "in a list", "after a line", "in an object"],
)
def test_a_secret_object_is_blanked_wherever_its_json_stands(around: str) -> None:
    for document in (SECRET, SECRET.replace(" ", ""), json.dumps(SECRET), json.dumps(json.dumps(SECRET))):
        assert IN_DATA not in redacted_text(around.format(document))


YAML = {
    "in a list": "items:\n- apiVersion: v1\n  kind: Secret\n  data:\n    p: {}\n",
    "deeper": "  - apiVersion: v1\n    kind: Secret\n    stringData:\n      p: {}\n",
    "data before kind": "data:\n  p: {}\nkind: Secret\n",
    "in a block": "kind: Secret\ndata:\n  p: |\n    {}\n",
    "on one line": "kind: Secret\ndata: {{p: {}}}\n",
    "in quotes": '"kind": "Secret"\n"data":\n  "p": "{}"\n',
    "in a diff": " kind: Secret\n data:\n-  p: old\n+  p: {}\n",
    "after another": "kind: ConfigMap\ndata:\n  a: b\n---\nkind: Secret\ndata:\n  p: {}\n",
}


@pytest.mark.promise("KEEP-4")
@pytest.mark.parametrize("form", sorted(YAML))
def test_a_secret_object_is_blanked_however_its_yaml_is_written(form: str) -> None:
    clean = redacted_text(YAML[form].format(IN_DATA))
    assert IN_DATA not in clean
    assert redacted_text(clean) == clean
    assert form != "after another" or "  a: b\n" in clean


def test_the_login_of_a_registry_is_found_as_text_too() -> None:
    for text in (DOCKER, json.dumps(DOCKER), f"read {DOCKER} ok", base64.b64encode(DOCKER.encode()).decode()):
        assert BASIC not in redacted_text(text)
        assert MARKER_START in redacted_text(text)
    assert BASIC not in redacted_text(f"//registry.example/:_auth={BASIC}")


def test_the_secret_half_of_a_pair_of_keys_is_told_by_the_half_beside_it() -> None:
    half = random_text(38) + "/+"
    for between in (" ", ",", ":", '", "', "\n"):
        assert half not in redacted_text(f"{tokens()['aws-access-key']}{between}{half}")


def test_an_id_under_the_name_of_a_token_is_that_token() -> None:
    assert UUID not in redacted_text(f"//registry.example/:_authToken={UUID}")
    assert UUID not in redacted_text(f'{{"secret":"{UUID}"}}')
    assert UUID in redacted_text(f"request_id={UUID}")


def test_a_variable_in_capitals_holds_what_it_says() -> None:
    assert "swordfish" not in redacted_text("API_TOKEN=swordfish")
    assert "swordfish" not in json.dumps(redacted({"env": [{"name": "APP_SECRET", "value": "swordfish"}]}))
    for harmless in ("MAX_TOKEN=4096", "APP_SECRET=/run/secrets/app", "APP_SECRET=shop-db", "TOKEN=$(X)"):
        assert redacted_text(harmless) == harmless


def test_tokens_of_more_issuers_are_known_by_their_form() -> None:
    letters, digits = random_text(60), secrets.token_hex(40)
    made = (
        "ATAT" + "T3" + letters,
        "sntr" + "yu_" + digits[:64],
        "sq0" + "atp-" + letters[:22],
        "dp" + ".pt." + letters[:43],
        "PM" + f"AK-{digits[:24]}-{digits[:34]}",
        "pul" + "-" + digits[:40],
        "rubygems" + "_" + digits[:48],
        "sb" + "p_" + digits[:40],
        "dt0" + f"c01.{letters[:24].upper()}.{(letters + letters)[:64].upper()}",
        "tskey" + "-auth-" + letters[:30],
        "xa" + "i-" + letters + letters[:10],
        "AB" + "SK" + letters,
        digits[:36] + "NR" + "AL",
        "SS" + "WS " + letters[:42],
        "acme.webhook.office" + f".com/webhookb2/{UUID}@{UUID}/IncomingWebhook/{digits[:32]}/{UUID}",
        "bob:$ap" + "r1$x1y2z3$" + letters[:22],
        "$2" + "b$12$" + letters[:53],
    )
    assert [each for each in made if MARKER_START not in redacted_text(f"got {each} there")] == []


@pytest.mark.promise("KEEP-4")
@pytest.mark.parametrize("kind", sorted(tokens()))
def test_no_half_of_a_secret_is_left_where_a_text_is_cut(kind: str) -> None:
    secret = tokens()[kind]
    text = f"{'word ' * 40}{secret} {'more ' * 40}"
    for limit in range(200, 200 + len(secret) + 2):
        clean = redacted_text(shortened(text, limit))
        assert [
            line[:12] for line in secret.split("\n") if not line.startswith("--") and line[:12] in clean
        ] == []


def test_a_text_is_cut_between_words_and_a_word_without_an_end_anywhere() -> None:
    assert shortened("one two three", 9) == "one two … [5 more characters]"
    assert shortened("one two three", 7) == "one two… [6 more characters]"
    assert shortened("x" * 9000, 8000).startswith("x" * 8000 + "…")
