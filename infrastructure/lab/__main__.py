"""`python -m infrastructure.lab`."""

from infrastructure.lab.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
