"""Every fault of the grocer's shop; imports no rule."""

from __future__ import annotations

from tests.synthetic.unexampled import infrastructure, integration, runtime

FAULTS = (*infrastructure.FAULTS, *runtime.FAULTS, *integration.FAULTS)
