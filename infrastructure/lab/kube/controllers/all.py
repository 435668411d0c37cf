"""Which controllers a cluster runs."""

from __future__ import annotations

from infrastructure.lab.kube.auth.tokens import Tokens
from infrastructure.lab.kube.controllers.deployment import DeploymentController
from infrastructure.lab.kube.controllers.endpoints import EndpointsController
from infrastructure.lab.kube.controllers.endpointslices import EndpointSliceController
from infrastructure.lab.kube.controllers.loop import Controller
from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.controllers.replicaset import ReplicaSetController
from infrastructure.lab.kube.controllers.serviceaccounts import NamespaceEquipmentController, TokenController
from infrastructure.lab.kube.scheduling.scheduler import Scheduler


def controllers(plane: Plane, tokens: Tokens, root_certificate: bytes) -> list[Controller]:
    return [
        NamespaceEquipmentController(plane, root_certificate),
        TokenController(plane, tokens, root_certificate),
        DeploymentController(plane),
        ReplicaSetController(plane),
        EndpointsController(plane),
        EndpointSliceController(plane),
        Scheduler(plane),
    ]
