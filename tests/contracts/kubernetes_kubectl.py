"""The real kubectl, as people type it, against the same server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.contracts.kubernetes_api import ClusterContract, Json, Place, rolled_out, runs_containers

KUBECTL = os.environ.get("KUBECTL", "kubectl")
OLDEST = 27
"""Older ones lack verbs that are tested here: events, whoami, wait for a JSON path."""


def usable() -> bool:
    if shutil.which(KUBECTL) is None:
        return False
    said = subprocess.run([KUBECTL, "version", "--client", "-o", "json"], capture_output=True, check=False)
    minor = str(json.loads(said.stdout or b"{}").get("clientVersion", {}).get("minor", "0"))
    return int(minor.rstrip("+") or 0) >= OLDEST


pytestmark = pytest.mark.skipif(
    not usable(), reason=f"no kubectl of version 1.{OLDEST} or later on the PATH: its verbs are NOT tested"
)


class Kubectl:
    def __init__(self, place: Place, home: Path) -> None:
        self._place = place
        self._home = home

    def __call__(self, *words: str, given: str = "", fails: bool = False) -> str:
        done = self.run(*words, given=given)
        assert (done.returncode != 0) is fails, f"kubectl {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stderr if fails else done.stdout

    def run(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self._home)}
        known = ["--kubeconfig", str(self._place.server.kubeconfig), "--cache-dir", str(self._home / "cache")]
        return subprocess.run(
            [KUBECTL, *known, "--namespace", self._place.namespace, *words],
            input=given,
            text=True,
            capture_output=True,
            timeout=60,
            env=environment,
            check=False,
        )

    def json(self, *words: str) -> Json:
        found: Json = json.loads(self(*words, "-o", "json"))
        return found


class KubectlContract(ClusterContract):
    @pytest.fixture
    def kubectl(self, place: Place, tmp_path_factory: pytest.TempPathFactory) -> Kubectl:
        return Kubectl(place, tmp_path_factory.getbasetemp())

    @pytest.fixture
    def web(self, place: Place) -> str:
        """A Deployment of two pods and its Service, made and rolled out."""
        deployment, service = yaml.safe_load_all(self.manifest(place))
        place.create("/apis/apps/v1/namespaces/{ns}/deployments", deployment)
        place.create("/api/v1/namespaces/{ns}/services", service)
        place.until(place.apps.list_namespaced_deployment, "web", rolled_out)
        return "deployment/web"

    @pytest.fixture
    def applied(self, place: Place, kubectl: Kubectl) -> str:
        """The same, by kubectl apply."""
        kubectl("apply", "-f", "-", given=self.manifest(place))
        kubectl("rollout", "status", "deployment/web", "--timeout=60s")
        return "deployment/web"

    def manifest(self, place: Place, **spec: object) -> str:
        deployment = place.deployment("web", replicas=2, script="echo hello; sleep 3600", **spec)
        service = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "web"},
            "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]},
        }
        return yaml.safe_dump_all([deployment, service])

    def test_apply_makes_then_leaves_alone_then_configures(
        self, place: Place, kubectl: Kubectl, applied: str
    ) -> None:
        assert kubectl("apply", "-f", "-", given=self.manifest(place)) == (
            "deployment.apps/web unchanged\nservice/web unchanged\n"
        )
        said = kubectl("apply", "-f", "-", given=self.manifest(place, minReadySeconds=1))
        assert "deployment.apps/web configured" in said
        assert "deployment.apps/web unchanged" in kubectl(
            "apply", "-f", "-", given=self.manifest(place, minReadySeconds=1)
        )
        kubectl("apply", "-f", "-", given=self.manifest(place))
        assert kubectl.json("get", applied)["spec"].get("minReadySeconds", 0) == 0

    def test_get_prints_the_columns_people_know(self, kubectl: Kubectl, web: str) -> None:
        assert web
        wide = kubectl("get", "pods", "-o", "wide").splitlines()
        assert wide[0].split() == [
            "NAME",
            "READY",
            "STATUS",
            "RESTARTS",
            "AGE",
            "IP",
            "NODE",
            "NOMINATED",
            "NODE",
            "READINESS",
            "GATES",
        ]
        assert all(line.split()[1:4] == ["1/1", "Running", "0"] for line in wide[1:3])
        everything = kubectl("get", "all")
        assert "deployment.apps/web   2/2     2            2" in everything
        assert "service/web" in everything
        assert len(kubectl("get", "pods", "-l", "app=web", "-o", "name").split()) == 2
        assert kubectl("get", "pods", "-l", "app=other").strip() == ""

    @runs_containers
    def test_describe_tells_the_story(self, kubectl: Kubectl, web: str) -> None:
        told = kubectl("describe", web)
        assert "2 desired | 2 updated | 2 total | 2 available | 0 unavailable" in told
        assert "ScalingReplicaSet" in told
        pod = kubectl("get", "pods", "-o", "name").split()[0]
        events = kubectl("describe", pod)
        for reason in ("Scheduled", "Pull", "Created", "Started"):
            assert reason in events
        node = kubectl("get", pod, "-o", "jsonpath={.spec.nodeName}")
        assert "KubeletReady" in kubectl("describe", "node", node)
        assert "Endpoints:" in kubectl("describe", "service", "web")

    def test_roll_outs_go_forth_and_back(self, place: Place, kubectl: Kubectl, web: str) -> None:
        kubectl("annotate", web, "kubernetes.io/change-cause=first")
        kubectl("set", "env", web, "COLOUR=blue")
        kubectl("annotate", web, "kubernetes.io/change-cause=second", "--overwrite")
        assert "successfully rolled out" in kubectl("rollout", "status", web, "--timeout=60s")
        history = kubectl("rollout", "history", web)
        assert "1         first" in history
        assert "2         second" in history
        assert "COLOUR" in kubectl("rollout", "history", web, "--revision=2")
        assert "rolled back" in kubectl("rollout", "undo", web)
        kubectl("rollout", "status", web, "--timeout=60s")
        assert "env" not in kubectl.json("get", web)["spec"]["template"]["spec"]["containers"][0]
        assert "restarted" in kubectl("rollout", "restart", web)
        kubectl("rollout", "status", web, "--timeout=60s")
        kubectl("rollout", "pause", web)
        kubectl("rollout", "resume", web)
        assert place.namespace

    def test_an_image_is_set_by_the_container_s_name(self, kubectl: Kubectl, web: str) -> None:
        assert "image updated" in kubectl("set", "image", web, "app=another:2")
        found = kubectl.json("get", web)["spec"]["template"]["spec"]["containers"]
        assert [(one["name"], one["image"]) for one in found] == [("app", "another:2")]

    def test_scale_and_wait(self, kubectl: Kubectl, web: str) -> None:
        assert "scaled" in kubectl("scale", web, "--replicas=3")
        kubectl("wait", web, "--for=jsonpath={.status.readyReplicas}=3", "--timeout=60s")
        assert "scaled" in kubectl("scale", web, "--replicas=1", "--current-replicas=3")
        assert "condition met" in kubectl("wait", web, "--for=condition=Available", "--timeout=60s")
        assert "error" in kubectl("scale", web, "--replicas=2", "--current-replicas=7", fails=True).lower()

    @runs_containers
    def test_logs_are_read_by_pod_and_by_deployment(self, kubectl: Kubectl, web: str) -> None:
        pod = kubectl("get", "pods", "-o", "name").split()[0]
        assert kubectl("logs", pod) == "hello\n"
        assert "hello" in kubectl("logs", web, "--tail=1", "--timestamps")
        assert "previous terminated container" in kubectl("logs", pod, "--previous", fails=True)

    def test_labels_and_annotations_come_and_go(self, kubectl: Kubectl, web: str) -> None:
        kubectl("label", web, "team=red")
        kubectl("annotate", web, "note=hello")
        meta = kubectl.json("get", web)["metadata"]
        assert (meta["labels"]["team"], meta["annotations"]["note"]) == ("red", "hello")
        assert "already has a value" in kubectl("label", web, "team=blue", fails=True)
        kubectl("label", web, "team-")
        assert "team" not in kubectl.json("get", web)["metadata"].get("labels", {})

    def test_patch_in_each_of_its_types(self, kubectl: Kubectl, web: str) -> None:
        kubectl("patch", web, "-p", '{"spec":{"paused":true}}')
        kubectl("patch", web, "--type=merge", "-p", '{"spec":{"minReadySeconds":1}}')
        kubectl(
            "patch", web, "--type=json", "-p", '[{"op":"replace","path":"/spec/minReadySeconds","value":2}]'
        )
        spec = kubectl.json("get", web)["spec"]
        assert (spec["paused"], spec["minReadySeconds"]) == (True, 2)
        failed = kubectl(
            "patch",
            web,
            "--type=json",
            "-p",
            '[{"op":"test","path":"/spec/paused","value":false}]',
            fails=True,
        )
        assert "the server rejected our request due to an error in our request" in failed

    def test_create_makes_the_usual_things(self, place: Place, kubectl: Kubectl) -> None:
        image = place.server.image
        kubectl("create", "configmap", "settings", "--from-literal=a=b")
        kubectl("create", "secret", "generic", "hidden", "--from-literal=a=b")
        kubectl("create", "deployment", "quick", f"--image={image}", "--replicas=0")
        kubectl("create", "service", "clusterip", "quick", "--tcp=80:8080")
        kubectl("create", "serviceaccount", "robot")
        kubectl("create", "role", "look", "--verb=get,list", "--resource=pods")
        kubectl("create", "rolebinding", "look", "--role=look", f"--serviceaccount={place.namespace}:robot")
        kubectl("create", "quota", "q", "--hard=pods=10")
        kubectl("create", "poddisruptionbudget", "b", "--selector=app=quick", "--min-available=1")
        kubectl(
            "create",
            "cronjob",
            "tick",
            f"--image={image}",
            "--schedule=0 0 1 1 *",
            "--",
            "sh",
            "-c",
            "exit 0",
        )
        kubectl("create", "job", "now", "--from=cronjob/tick")
        assert "Complete" in kubectl(
            "wait", "job/now", "--for=condition=Complete", "--timeout=60s", "-o", "yaml"
        )
        who = f"--as=system:serviceaccount:{place.namespace}:robot"
        assert kubectl("auth", "can-i", "list", "pods", who).strip() == "yes"
        assert kubectl.run("auth", "can-i", "delete", "pods", who).stdout.strip() == "no"
        assert "already exists" in kubectl("create", "configmap", "settings", fails=True)
        assert kubectl("create", "token", "robot").count(".") == 2

    def test_what_one_may_and_who_one_is(self, kubectl: Kubectl) -> None:
        assert kubectl("auth", "can-i", "delete", "pods").strip() == "yes"
        assert "Username" in kubectl("auth", "whoami")

    def test_delete_takes_the_pods_along(self, kubectl: Kubectl, web: str) -> None:
        assert 'deployment.apps "web" deleted' in kubectl("delete", web, "--timeout=60s")
        kubectl("wait", "pods", "-l", "app=web", "--for=delete", "--timeout=60s")
        assert kubectl("get", "pods", "-o", "name").strip() == ""
        assert "NotFound" in kubectl("delete", web, fails=True)
        assert kubectl("delete", web, "--ignore-not-found").strip() == ""

    def test_server_side_apply_meets_client_side_apply(
        self, place: Place, kubectl: Kubectl, applied: str
    ) -> None:
        manifest = self.manifest(place).replace("replicas: 2", "replicas: 1")
        refused = kubectl(
            "apply", "--server-side", "--field-manager=other", "-f", "-", given=manifest, fails=True
        )
        assert 'conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas' in refused
        kubectl(
            "apply", "--server-side", "--field-manager=other", "--force-conflicts", "-f", "-", given=manifest
        )
        assert kubectl.json("get", applied)["spec"]["replicas"] == 1

    def test_dry_runs_and_diffs_change_nothing(self, place: Place, kubectl: Kubectl, applied: str) -> None:
        version = kubectl.json("get", applied)["metadata"]["resourceVersion"]
        changed = self.manifest(place).replace("replicas: 2", "replicas: 5")
        assert "(server dry run)" in kubectl("apply", "--dry-run=server", "-f", "-", given=changed)
        done = kubectl.run("diff", "-f", "-", given=changed)
        assert done.returncode == 1, done.stderr
        assert "+  replicas: 5" in done.stdout
        kubectl("delete", applied, "--dry-run=server")
        assert kubectl.json("get", applied)["metadata"]["resourceVersion"] == version

    def test_nonsense_is_refused_with_its_place(self, place: Place, kubectl: Kubectl) -> None:
        wrong = self.manifest(place).replace("replicas: 2", "replicaz: 2")
        assert 'unknown field "spec.replicaz"' in kubectl("apply", "-f", "-", given=wrong, fails=True)
        wrong = self.manifest(place).replace("name: app\n", "name: App_1\n")
        assert "Invalid value" in kubectl("apply", "-f", "-", given=wrong, fails=True)

    def test_explain_knows_the_fields(self, kubectl: Kubectl) -> None:
        assert "replicas" in kubectl("explain", "deployment.spec")

    @runs_containers
    def test_events_are_told(self, kubectl: Kubectl, web: str) -> None:
        assert web
        assert "ScalingReplicaSet" in kubectl("get", "events", "--field-selector", "reason=ScalingReplicaSet")
        assert "Started" in kubectl("events")
