"""Images that cannot be pulled, in the words of containerd, Docker and several registries."""

from __future__ import annotations

from tests.synthetic.case import Case
from tests.synthetic.cluster import Cluster
from tests.synthetic.shops import shop
from tests.worlds import NOW, ONSET, workload

IMAGE = "reg.example/ledger:9.9"
HEAD = f'Failed to pull image "{IMAGE}": rpc error: code = '


def unpulled(message: str, *, image: str = IMAGE, waiting: str = "ImagePullBackOff") -> Cluster:
    cluster = shop()
    cluster.change_container("ledger", image=image)
    cluster.waiting("ledger", waiting, f'Back-off pulling image "{image}"')
    if message:
        cluster.on_pods("ledger", "Failed", message)
    cluster.alert("KubeContainerWaiting", workload("ledger"))
    return cluster


def unknown_tag() -> Cluster:
    return unpulled(
        f"{HEAD}NotFound desc = failed to pull and unpack image: failed to resolve reference: {IMAGE}: not found"
    )


def unknown_tag_docker() -> Cluster:
    return unpulled(
        f'Failed to pull image "{IMAGE}": rpc error: code = Unknown desc = Error response from daemon: manifest for {IMAGE} not found: manifest unknown: manifest unknown'
    )


def unknown_library_image() -> Cluster:
    """All library images of Docker Hub are public: a closed door there means that there is no house."""
    return unpulled(
        'Failed to pull image "nginxx:1.27": failed to resolve reference "docker.io/library/nginxx:1.27": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
        image="nginxx:1.27",
    )


def unauthorized() -> Cluster:
    return unpulled(
        f"{HEAD}Unknown desc = failed to pull and unpack image: failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized"
    )


def no_basic_auth() -> Cluster:
    return unpulled(
        f"{HEAD}Unknown desc = Error response from daemon: Head https://reg.example/v2/ledger/manifests/9.9: no basic auth credentials"
    )


def pull_secret_absent() -> Cluster:
    cluster = unpulled(
        f"{HEAD}Unknown desc = pull access denied, repository does not exist or may require authorization: insufficient_scope"
    )
    cluster.change("ledger", imagePullSecrets=[{"name": "reg-login"}])
    return cluster


def closed_sibling() -> Cluster:
    """The same repository was pulled before: it exists, and the credentials are what is missing."""
    cluster = pull_secret_absent()
    cluster.change("ledger", imagePullSecrets=[])
    template = {
        "metadata": {"labels": {"app": "ledger"}},
        "spec": {"containers": [{"name": "main", "image": "reg.example/ledger:1.0"}]},
    }
    cluster.lists["replicasets"] = [
        one for one in cluster.lists["replicasets"] if one["metadata"]["name"] != "ledger-r1"
    ]
    cluster.replica_set("ledger", 1, template, ONSET)
    cluster.replica_set("ledger", 2, cluster.any_workload("ledger")["spec"]["template"], NOW)
    return cluster


def unresolved() -> Cluster:
    return unpulled(
        f'{HEAD}Unknown desc = failed to do request: Head "https://reg.example/v2/ledger/manifests/9.9": dial tcp: lookup reg.example on 10.0.0.2:53: no such host'
    )


def unresolved_in_time() -> Cluster:
    return unpulled(
        f'{HEAD}Unknown desc = Error response from daemon: Get "https://reg.example/v2/": dial tcp: lookup reg.example on 10.0.0.2:53: read udp 10.1.1.1:3->10.0.0.2:53: i/o timeout'
    )


def unreachable() -> Cluster:
    return unpulled(
        f'{HEAD}Unknown desc = failed to do request: Head "https://reg.example/v2/ledger/manifests/9.9": dial tcp 192.0.2.7:443: i/o timeout'
    )


def limited() -> Cluster:
    return unpulled(
        f"{HEAD}Unknown desc = failed to copy: httpReadSeeker: unexpected status code: 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit."
    )


def wrong_platform() -> Cluster:
    return unpulled(
        f"{HEAD}NotFound desc = failed to pull and unpack image: no match for platform in manifest: not found"
    )


def wrong_format() -> Cluster:
    cluster = shop()
    cluster.crashing("ledger", 255)
    for pod in cluster.pods_of("ledger"):
        cluster.log(pod["metadata"]["name"], ["exec /usr/bin/ledger: exec format error"])
    cluster.alert("KubePodCrashLooping", workload("ledger"))
    return cluster


def wrong_command() -> Cluster:
    cluster = shop()
    cluster.crashing(
        "ledger",
        128,
        "StartError",
        message='failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "ledgerd": executable file not found in $PATH: unknown',
    )
    cluster.alert("KubePodCrashLooping", workload("ledger"))
    return cluster


def pulled_after_all() -> Cluster:
    """An old pull error, and the container runs."""
    cluster = shop()
    cluster.on_pods("ledger", "Failed", f"{HEAD}NotFound desc = {IMAGE}: not found")
    return cluster


CASES = (
    Case("incorrect_image_reference", "ledger", unknown_tag, unauthorized, "missing_image_pull_secret"),
    Case("incorrect_image_reference", "ledger", unknown_tag_docker, pulled_after_all),
    Case("incorrect_image_reference", "ledger", unknown_library_image, pull_secret_absent, "missing_image_pull_secret"),
    Case("missing_image_pull_secret", "ledger", unauthorized, unknown_tag, "incorrect_image_reference"),
    Case("missing_image_pull_secret", "ledger", no_basic_auth, limited, "image_registry_rate_limited"),
    Case("missing_image_pull_secret", "ledger", pull_secret_absent, unknown_library_image, "incorrect_image_reference"),
    Case("missing_image_pull_secret", "ledger", closed_sibling, unresolved, "image_registry_dns_failure"),
    Case("image_registry_dns_failure", "ledger", unresolved, unreachable, "image_registry_unreachable"),
    Case("image_registry_dns_failure", "ledger", unresolved_in_time, unknown_tag, "incorrect_image_reference"),
    Case("image_registry_unreachable", "ledger", unreachable, unresolved, "image_registry_dns_failure"),
    Case("image_registry_rate_limited", "ledger", limited, unauthorized, "missing_image_pull_secret"),
    Case("image_architecture_mismatch", "ledger", wrong_platform, unknown_tag, "incorrect_image_reference"),
    Case("image_architecture_mismatch", "ledger", wrong_format, wrong_command),
)  # fmt: skip
