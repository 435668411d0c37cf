"""What the Kubernetes tools may be asked: closed and bounded, so that no name can leave its place in a path."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mcp_servers.kit.contract import SENSITIVE, Ask, WriteAsk

Named = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._:-]{0,251}[A-Za-z0-9])?$", max_length=253)]
Namespace = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", max_length=63)]
AnyNamespace = Annotated[str, Field(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$", max_length=63)]
KindName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9.]{0,62}$")]
Selector = Annotated[str, Field(max_length=1000)]
Context = Annotated[str, Field(max_length=253, description="a kubeconfig context; empty: the default one")]
LabelKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._/-]{0,314}[A-Za-z0-9])?$", max_length=316)]
LabelValue = Annotated[
    str, Field(pattern=r"^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$", max_length=63)
]
PortName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$", max_length=15)]
PortNumber = Annotated[int, Field(ge=1, le=65_535)]
Quantity = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$", max_length=24)]

WorkloadKind = Literal[
    "Deployment", "StatefulSet", "DaemonSet", "deployments", "statefulsets", "daemonsets", "deployment",
    "statefulset", "daemonset",
]  # fmt: skip
ScalableKind = Literal[
    "Deployment", "StatefulSet", "ReplicaSet", "deployments", "statefulsets", "replicasets", "deployment",
    "statefulset", "replicaset",
]  # fmt: skip


class ClusterInfoAsk(Ask):
    cluster: Context = ""


class ListObjects(Ask):
    kind: KindName
    namespace: AnyNamespace = Field(default="", description="empty: all namespaces")
    label_selector: Selector = ""
    field_selector: Selector = ""
    limit: int = Field(default=500, ge=1, le=5000)
    cursor: str = Field(default="", max_length=4000, description="`next` of the answer before")
    cluster: Context = ""


class GetObject(Ask):
    kind: KindName
    name: Named
    namespace: AnyNamespace = ""
    cluster: Context = ""


class DescribeObject(GetObject):
    pass


class GetPodLogs(Ask):
    namespace: Namespace
    pod: Named
    container: str = Field(default="", pattern=r"^[a-z0-9-]{0,63}$", description="empty: the pod's main one")
    previous: bool = Field(default=False, description="of the run before the last restart")
    tail_lines: int = Field(default=200, ge=1, le=5000)
    since_seconds: int = Field(default=0, ge=0, le=604_800, description="0: no lower bound in time")
    cluster: Context = ""


class ListEvents(Ask):
    namespace: AnyNamespace = ""
    kind: Annotated[
        str, Field(pattern=r"^[A-Za-z]{0,63}$", description="of the object the event is about")
    ] = ""
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{0,253}$")] = ""
    since_seconds: int = Field(default=3600, ge=1, le=604_800)
    limit: int = Field(default=500, ge=1, le=5000)
    cluster: Context = ""


class RolloutHistory(Ask):
    kind: WorkloadKind
    name: Named
    namespace: Namespace
    cluster: Context = ""


class NodeState(Ask):
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{0,253}$", description="empty: every node")] = ""
    cluster: Context = ""


class TopologyAsk(Ask):
    namespace: Namespace
    cluster: Context = ""


class NamespaceObjects(Ask):
    namespace: AnyNamespace = Field(default="", description="empty: cluster-scoped kinds alone")
    kinds: list[KindName] = Field(default=[], max_length=60, description="empty: all that a diagnosis reads")
    label_selector: Selector = ""
    cluster: Context = ""


class ObjectWrite(WriteAsk):
    cluster: Context = ""


class WorkloadWrite(ObjectWrite):
    kind: WorkloadKind
    name: Named
    namespace: Namespace


class RolloutRestart(WorkloadWrite):
    pass


class RolloutUndo(WorkloadWrite):
    to_revision: int = Field(default=0, ge=0, description="0: the one before the current")


class Scale(ObjectWrite):
    kind: ScalableKind
    name: Named
    namespace: Namespace
    replicas: int = Field(ge=0, le=10_000)


class ContainerWrite(WorkloadWrite):
    container: str = Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")


class SetImage(ContainerWrite):
    image: str = Field(min_length=1, max_length=512, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/:@-]*$")


class SetEnv(ContainerWrite):
    variable: str = Field(pattern=r"^[-._a-zA-Z][-._a-zA-Z0-9]{0,252}$")
    value: str | None = Field(max_length=32_768, json_schema_extra=SENSITIVE, description="null removes it")


class SetResources(ContainerWrite):
    requests: dict[str, Quantity | None] = Field(default={}, max_length=8, description="null removes one")
    limits: dict[str, Quantity | None] = Field(default={}, max_length=8, description="null removes one")


class SetProbe(ContainerWrite):
    """Only what is given changes."""

    probe: Literal["readiness", "liveness", "startup"]
    port: PortNumber | PortName | None = None
    path: str | None = Field(default=None, max_length=1000, pattern=r"^/")
    scheme: Literal["HTTP", "HTTPS"] | None = None
    initial_delay_seconds: int | None = Field(default=None, ge=0, le=3600)
    timeout_seconds: int | None = Field(default=None, ge=1, le=600)
    period_seconds: int | None = Field(default=None, ge=1, le=3600)
    failure_threshold: int | None = Field(default=None, ge=1, le=100)


class SetSelector(ObjectWrite):
    name: Named
    namespace: Namespace
    selector: dict[LabelKey, LabelValue] = Field(min_length=1, max_length=16)


class SetServicePort(ObjectWrite):
    name: Named
    namespace: Namespace
    port: PortNumber = Field(description="number of the Service's port to change")
    target_port: PortNumber | PortName | None = None
    protocol: Literal["TCP", "UDP", "SCTP"] | None = None


class SetConfigKey(ObjectWrite):
    name: Named
    namespace: Namespace
    key: str = Field(pattern=r"^[-._a-zA-Z0-9]{1,253}$")
    value: str | None = Field(max_length=500_000, json_schema_extra=SENSITIVE, description="null removes it")


class SetLabel(ObjectWrite):
    kind: KindName
    name: Named
    namespace: AnyNamespace = ""
    label: LabelKey
    value: LabelValue | None = Field(description="null removes it")


class NodeWrite(ObjectWrite):
    node: Named


class Cordon(NodeWrite):
    pass


class Uncordon(NodeWrite):
    pass


class DeletePod(ObjectWrite):
    namespace: Namespace
    pod: Named
    grace_seconds: int | None = Field(default=None, ge=0, le=3600)


class EvictPod(ObjectWrite):
    namespace: Namespace
    pod: Named


class CreateJob(ObjectWrite):
    namespace: Namespace
    name: str = Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
    from_cronjob: Named
