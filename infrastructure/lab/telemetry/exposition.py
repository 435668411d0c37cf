"""Prometheus' text format, for exporters that read the world anew at each scrape."""

from __future__ import annotations

from infrastructure.lab.shop.kit.metrics import escape

Labels = dict[str, str]


class Exposition:
    """Collects samples by metric name and prints them as one page."""

    def __init__(self) -> None:
        self._families: dict[str, list[str]] = {}

    def add(self, name: str, value: float, labels: Labels | None = None) -> None:
        inside = ",".join(f'{key}="{escape(text)}"' for key, text in (labels or {}).items())
        line = f"{name}{{{inside}}} {value:.15g}" if inside else f"{name} {value:.15g}"
        self._families.setdefault(name, []).append(line)

    def text(self) -> str:
        lines: list[str] = []
        for name, samples in self._families.items():
            lines.append(f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}")
            lines.extend(samples)
        return "\n".join(lines) + "\n"
