"""Where the browser is, what it needs of the environment, and where the built dashboard lies."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
BUILT = ROOT / "dashboard" / "out" / "policy.json"


def environment(home: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home), "CHROMIUM": str(CHROMIUM)}
