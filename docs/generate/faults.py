"""The lab's faults, from their files."""

from __future__ import annotations

from docs.generate.markdown import code, table
from docs.generate.markdown import page as whole_page
from infrastructure.lab.faults.model import Fault, fault_names, read_fault

_ANYWHERE = dict.fromkeys(("node", "ingress", "secret"), "its own")


def every_fault() -> list[Fault]:
    return [read_fault(name, _ANYWHERE) for name in fault_names()]


def page() -> str:
    rows = [
        (
            f"`{fault.name}`",
            fault.layer.replace("_", " "),
            fault.title,
            fault.defaults.get("service", ""),
            code(*fault.alerts),
            _ending(fault),
            code(*fault.expect.tools) or "none",
        )
        for fault in every_fault()
    ]
    return whole_page(
        "Faults of the lab",
        "What `sre-agent lab break FAULT` can do to the shop, and how an incident about it must end. Each is one file in\n"
        "[infrastructure/lab/faults](../../infrastructure/lab/faults); most can be done to another service with `--service`.",
        table(("fault", "layer", "what was done", "usual service", "alerts", "must end", "cured by"), rows),
    )


def _ending(fault: Fault) -> str:
    outcome = fault.expect.outcome.replace("_", " ")
    return f"{outcome}: `{fault.expect.cause}`" if fault.expect.cause else outcome
