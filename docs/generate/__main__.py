"""`python -m docs.generate`: writes every generated page anew; `--check` only says which are stale."""

from __future__ import annotations

import sys

from docs.generate.pages import ROOT, stale, write_all


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print("usage: python -m docs.generate [--check]", file=sys.stderr)
        return 2
    changed = stale() if arguments else write_all()
    for path in changed:
        print(f"{'stale' if arguments else 'written'}: {path.relative_to(ROOT)}")
    return int(bool(arguments and changed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
