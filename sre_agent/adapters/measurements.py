"""The figures of the last measurement, read from the folder where `sre-agent evals` keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from sre_agent.domain.measurement import Measurement
from sre_agent.errors import NotFound

_FILE: Final = "latest.json"
_LARGEST: Final = 2**22


def measurement_in(folders: Sequence[Path]) -> Measurement:
    """The first that is there. Raises NotFound where none is, or where it cannot be read as one."""
    found = next((folder / _FILE for folder in folders if (folder / _FILE).is_file()), None)
    if found is None:
        raise NotFound("nothing has been measured here yet; run `sre-agent evals` and look again")
    try:
        if found.stat().st_size > _LARGEST:
            raise ValueError(f"it is larger than {_LARGEST} bytes")
        return Measurement.model_validate_json(found.read_bytes())
    except (OSError, ValidationError, ValueError) as wrong:
        why = f"{len(wrong.errors())} fields are wrong" if isinstance(wrong, ValidationError) else str(wrong)
        raise NotFound(
            f"the last measurement's {_FILE} cannot be read ({why}); run `sre-agent evals` to make it anew"
        ) from wrong
