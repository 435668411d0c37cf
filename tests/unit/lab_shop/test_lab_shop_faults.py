"""Fault files: each can be read, done to every service it allows, and says nothing that would give it away."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from infrastructure.lab.faults.model import SERVICES, FaultWrong, fault_names, read_fault
from infrastructure.lab.faults.pristine import (
    Pristine,
    broken_pods,
    fresh_copy,
    restored,
    stale_replica_sets,
    strangers,
    unfinished,
)
from infrastructure.lab.faults.verbs import Verbs, apply_edits, rule_groups
from infrastructure.lab.telemetry.watch import RULES

TREE = Path(__file__).parents[3] / "infrastructure" / "lab" / "shop" / "repo" / "tree"
PLACES = {"node": "lab-2", "ingress": "shop-web", "secret": "shop-web-tls"}
ALLOWED = {name: read_fault(name, PLACES).services for name in fault_names()}
CASES = [(name, service) for name, found in ALLOWED.items() for service in SERVICES if service in found]


def test_there_are_fifteen_faults_over_all_layers() -> None:
    faults = [read_fault(name, PLACES) for name in fault_names()]
    assert len(faults) >= 15
    layers = [fault.layer for fault in faults]
    assert {"infrastructure", "runtime", "integration", "business_logic"} <= set(layers)
    assert layers.count("none") == 3


@pytest.mark.parametrize(("name", "service"), CASES)
def test_a_fault_is_filled_in_whole_for_every_service_it_can_be_done_to(name: str, service: str) -> None:
    fault = read_fault(name, {**PLACES, "service": service})
    assert "<" not in str(fault.model_dump(include={"do", "expect", "cure", "useless"})).replace("<>", "")
    for operation in (*fault.do, *fault.cure, *fault.useless):
        verb, _ = operation.verb
        assert hasattr(Verbs, f"_{verb}")


@pytest.mark.parametrize("service", SERVICES)
def test_a_bad_change_fits_every_service_and_still_compiles(service: str) -> None:
    files = {
        path.relative_to(TREE).as_posix(): path.read_text() for path in TREE.rglob("*") if path.is_file()
    }
    merge = read_fault("bad-deploy", {**PLACES, "service": service}).do[0].merge
    assert merge is not None
    edited = apply_edits(files, merge.edits)
    compile(edited[f"services/{service}/app.py"], "app.py", "exec")
    changed = {path for path in files if files[path] != edited[path]}
    assert changed == {f"services/{service}/app.py", f"deploy/{service}.yaml"}


def test_an_edit_that_does_not_fit_is_refused() -> None:
    merge = read_fault("bad-deploy", PLACES).do[0].merge
    assert merge is not None
    with pytest.raises(FaultWrong, match="0 times"):
        apply_edits({"services/catalog/app.py": "", "deploy/catalog.yaml": ""}, merge.edits)


def test_every_alert_a_fault_names_is_a_rule_of_ours_or_one_it_adds() -> None:
    known = {
        rule["alert"]
        for path in RULES.glob("*.yaml")
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
    }
    for name in fault_names():
        fault = read_fault(name, PLACES)
        added = {operation.rules.alert for operation in fault.do if operation.rules}
        assert set(fault.alerts) <= known | added, name


def test_an_unknown_fault_or_an_unfit_service_is_refused_with_what_there_is() -> None:
    with pytest.raises(FaultWrong, match="there are: bad-deploy"):
        read_fault("nonsense")
    with pytest.raises(FaultWrong, match="cart, checkout, inventory, not to 'frontend'"):
        read_fault("db-connections-exhausted", {"service": "frontend"})


def test_an_added_rule_carries_what_every_alert_carries() -> None:
    added = read_fault("false-alert", PLACES).do[0].rules
    assert added is not None
    rule = rule_groups(added)["groups"][0]["rules"][0]
    assert rule["for"] == "2s"
    assert {"summary", "description", "runbook_url"} <= set(rule["annotations"])


def thing(**parts: object) -> dict[str, object]:
    return {"metadata": {"name": "cart", "uid": "1", "annotations": {}, "labels": {}}, **parts}


def test_what_people_changed_is_put_back_and_what_machines_wrote_stays() -> None:
    pristine = thing(spec={"replicas": 2})
    live = thing(spec={"replicas": 0}, status={"replicas": 0})
    live["metadata"] = {
        "name": "cart",
        "uid": "1",
        "labels": {"odd": "yes"},
        "annotations": {"sre-agent.io/step": "k", "deployment.kubernetes.io/revision": "7"},
    }
    wanted = restored(live, pristine)
    assert wanted is not None
    assert wanted["spec"] == {"replicas": 2}
    assert wanted["metadata"]["labels"] == {}
    assert wanted["metadata"]["annotations"] == {"deployment.kubernetes.io/revision": "7"}


def test_what_nobody_changed_is_left_alone() -> None:
    assert restored(thing(spec={"a": 1}, status={"x": 2}), thing(spec={"a": 1})) is None


def test_an_object_that_is_gone_is_made_anew_without_what_the_server_gave_it() -> None:
    fresh = fresh_copy(
        {"metadata": {"name": "c", "uid": "1", "resourceVersion": "4"}, "data": {"a": "b"}, "status": {}}
    )
    assert fresh == {"metadata": {"name": "c"}, "data": {"a": "b"}}


def test_what_does_not_belong_to_the_shop_is_found_and_the_systems_own_is_not() -> None:
    stray, root = {"metadata": {"name": "debug"}}, {"metadata": {"name": "kube-root-ca.crt"}}
    pristine = Pristine({("ConfigMap", "cart-config"): {}}, {})
    assert strangers([("ConfigMap", stray), ("ConfigMap", root)], pristine) == [("ConfigMap", "debug")]


def test_a_rollout_is_complete_only_when_every_copy_is_new_and_ready() -> None:
    done = {"observedGeneration": 2, "updatedReplicas": 2, "replicas": 2, "availableReplicas": 2}
    base = {"kind": "Deployment", "metadata": {"name": "c", "generation": 2}, "spec": {"replicas": 2}}
    assert unfinished([{**base, "status": done}]) == []
    for part, value in (
        ("observedGeneration", 1),
        ("updatedReplicas", 1),
        ("replicas", 3),
        ("availableReplicas", 1),
    ):
        assert unfinished([{**base, "status": {**done, part: value}}]) == ["Deployment c"]


def test_old_revisions_that_run_nothing_are_stale_and_the_current_one_is_not() -> None:
    number = "deployment.kubernetes.io/revision"

    def replica_set(name: str, revision: str, replicas: int) -> dict[str, object]:
        meta = {"name": name, "annotations": {number: revision}, "ownerReferences": [{"uid": "d"}]}
        return {"metadata": meta, "spec": {"replicas": replicas}}

    deployment = {"metadata": {"uid": "d", "annotations": {number: "3"}}}
    sets = [replica_set("old", "2", 0), replica_set("going", "1", 1), replica_set("now", "3", 0)]
    assert stale_replica_sets(sets, [deployment]) == ["old"]


def test_pods_that_wait_fail_or_leave_are_broken_and_running_ones_are_not() -> None:
    running = {
        "metadata": {"name": "a"},
        "status": {"phase": "Running", "containerStatuses": [{"state": {"running": {}}}]},
    }
    waiting = {
        "metadata": {"name": "b"},
        "status": {"phase": "Pending", "containerStatuses": [{"state": {"waiting": {}}}]},
    }
    leaving = {"metadata": {"name": "c", "deletionTimestamp": "t"}, "status": {"phase": "Running"}}
    assert [pod["metadata"]["name"] for pod in broken_pods([running, waiting, leaving])] == ["b", "c"]
