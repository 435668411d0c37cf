"""Which controllers a cluster runs."""

from __future__ import annotations

from infrastructure.lab.kube.auth.tokens import Tokens
from infrastructure.lab.kube.controllers.budgets import DisruptionController
from infrastructure.lab.kube.controllers.cronjob import CronJobController
from infrastructure.lab.kube.controllers.daemonset import DaemonSetController
from infrastructure.lab.kube.controllers.deployment import DeploymentController
from infrastructure.lab.kube.controllers.endpoints import EndpointsController
from infrastructure.lab.kube.controllers.endpointslices import EndpointSliceController
from infrastructure.lab.kube.controllers.expiry import EventExpiryController
from infrastructure.lab.kube.controllers.garbage import GarbageCollector
from infrastructure.lab.kube.controllers.job import JobController
from infrastructure.lab.kube.controllers.loop import Controller
from infrastructure.lab.kube.controllers.namespaces import NamespaceController
from infrastructure.lab.kube.controllers.nodes import NodeController
from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.controllers.quotas import QuotaController
from infrastructure.lab.kube.controllers.replicaset import ReplicaSetController
from infrastructure.lab.kube.controllers.serviceaccounts import NamespaceEquipmentController, TokenController
from infrastructure.lab.kube.controllers.statefulset import StatefulSetController
from infrastructure.lab.kube.controllers.taints import TaintEvictionController
from infrastructure.lab.kube.controllers.volumes import VolumeController
from infrastructure.lab.kube.scheduling.scheduler import Scheduler


def controllers(plane: Plane, tokens: Tokens, root_certificate: bytes) -> list[Controller]:
    return [
        NamespaceEquipmentController(plane, root_certificate),
        TokenController(plane, tokens, root_certificate),
        NamespaceController(plane),
        GarbageCollector(plane),
        DeploymentController(plane),
        ReplicaSetController(plane),
        StatefulSetController(plane),
        DaemonSetController(plane),
        JobController(plane),
        CronJobController(plane),
        EndpointsController(plane),
        EndpointSliceController(plane),
        DisruptionController(plane),
        QuotaController(plane),
        VolumeController(plane),
        NodeController(plane),
        TaintEvictionController(plane),
        EventExpiryController(plane),
        Scheduler(plane),
    ]
