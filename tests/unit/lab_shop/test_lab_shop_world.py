"""The database's admission, the front door's rules, customers' wishes, people's rights."""

from __future__ import annotations

from random import Random

import pytest

from infrastructure.lab.ground.accounts import People, manifests
from infrastructure.lab.shop.database import ConfigurationWrong, read_settings
from infrastructure.lab.shop.front_door import certificates_of, find_rule, rules_of
from infrastructure.lab.shop.traffic import Profile, next_ask


def ingress(name: str, host: str, paths: dict[str, str]) -> dict[str, object]:
    return {
        "metadata": {"namespace": "shop", "name": name},
        "spec": {
            "tls": [{"hosts": [host], "secretName": f"{name}-tls"}],
            "rules": [
                {
                    "host": host,
                    "http": {
                        "paths": [
                            {"path": path, "backend": {"service": {"name": service, "port": {"number": 80}}}}
                            for path, service in paths.items()
                        ]
                    },
                }
            ],
        },
    }


def test_the_longest_path_wins_and_prefixes_match_whole_segments() -> None:
    rules = rules_of([ingress("api", "api.x", {"/": "front", "/cart": "cart", "/cart/shared": "shared"})])
    found = [find_rule(rules, "api.x", path) for path in ("/cart/shared/u1", "/cart/u1", "/cartoon")]
    assert [rule.service for rule in found if rule] == ["shared", "cart", "front"]


def test_an_unknown_host_has_no_rule() -> None:
    assert find_rule(rules_of([ingress("api", "api.x", {"/": "front"})]), "evil.x", "/") is None


def test_a_host_without_its_secret_is_served_no_certificate() -> None:
    secrets = [
        {"metadata": {"namespace": "shop", "name": "web-tls"}, "data": {"tls.crt": "YQ==", "tls.key": "Yg=="}}
    ]
    served = certificates_of([ingress("web", "www.x", {}), ingress("api", "api.x", {})], secrets)
    assert [(one.host, one.certificate, one.key) for one in served] == [("www.x", b"a", b"b")]


def test_settings_of_the_database_come_from_its_file_with_its_defaults() -> None:
    assert read_settings("max_connections = 40  # few\n")["max_connections"] == 40
    assert read_settings("")["superuser_reserved_connections"] == 3


def test_a_setting_the_database_cannot_read_is_refused_in_its_words() -> None:
    with pytest.raises(ConfigurationWrong, match='invalid value for parameter "max_connections": "many"'):
        read_settings("max_connections = many")


def test_every_wish_of_a_customer_is_filled_in_and_names_its_channel() -> None:
    profile, random = Profile.read(), Random(7)  # noqa: S311 - a fixed draw
    asks = [next_ask(profile, random) for _ in range(300)]
    asks += [next_ask(profile, random, route) for route in profile.campaigns.values()]
    assert not [ask for ask in asks if "{" in ask.path or "{" in str(ask.body or "")[1:-1]]
    channels = {ask.path.rpartition("channel=")[2] for ask in asks}
    assert channels == {"web", "app", "partner"}


def test_nobody_but_the_deployer_and_people_may_touch_workloads_and_the_scraper_reads_pods_alone() -> None:
    roles = {
        body["metadata"]["name"]: body
        for kind, _, body in manifests(People.read(), "shop")
        if "Role" in kind and "rules" in body
    }
    scraper = roles["scraper"]["rules"]
    assert [rule["resources"] for rule in scraper] == [["pods"]]
    responder = [rule for rule in roles["responder"]["rules"] if "secrets" in rule["resources"]]
    assert [rule["verbs"] for rule in responder] == [["get", "list", "watch"]]
    assert "*" not in str(roles["responder"]["rules"]) + str(roles["node-responder"]["rules"])


def test_every_account_has_a_role_that_exists_and_every_role_is_bound() -> None:
    people = People.read()
    assert {role for account in people.accounts for role in account.roles} == set(people.roles)
    bound = {body["roleRef"]["name"] for _, _, body in manifests(people, "shop") if "roleRef" in body}
    assert bound == set(people.roles)
