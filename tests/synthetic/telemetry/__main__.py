"""`python -m tests.synthetic.telemetry [SEEDS] [graphs]`: the ranking beside the plain methods, family by family, with and without a graph."""

from __future__ import annotations

import sys
from collections import defaultdict

from sre_agent.signals.ranking.blame import blame
from sre_agent.signals.ranking.suspects import Asked
from sre_agent.signals.ranking.table import read_graph, read_table
from tests.synthetic.telemetry.graphs import DISTURBANCES, MECHANISMS, NOISES, drawn
from tests.synthetic.telemetry.recording import Manner, Recording, record
from tests.synthetic.telemetry.rivals import by_correlation, by_deviation
from tests.synthetic.telemetry.world import FAULTS

FAMILIES = {
    "short names, a second apart": Manner(),
    "few kinds of series": Manner("bare", "hyphens", 15, step=5, before=600, after=300),
    "containers, scraped every 15 s": Manner("container", "hyphens", 14, step=1, before=600, after=600, scrape=15),
    "counters": Manner("counters", "joined", 12, step=15, before=3600, after=900),
    "cloud, a minute apart": Manner("cloud", "camel", 20, step=60, before=7200, after=1200, gaps=0.1),
    "many services, gaps": Manner("short", "hyphens", 40, step=5, before=900, after=600, gaps=0.2),
    "bustle": Manner("short", "underscores", 16, step=5, before=1500, after=600, bustle=True),
    "bustle, containers, late alert": Manner("container", "joined", 16, step=5, before=1800, after=600, scrape=15, bustle=True, late=120),
    "short baseline": Manner("short", "joined", 12, step=5, before=150, after=300),
}  # fmt: skip


def main(seeds: int) -> None:
    print(
        f"{'family':34} {'faults':>6} | {'alone':>11} {'graph':>11} {'graph+target':>12} | correlation deviation | well"
    )
    total: defaultdict[str, list[int]] = defaultdict(list)
    for family, manner in FAMILIES.items():
        places: defaultdict[str, list[int]] = defaultdict(list)
        missed: defaultdict[str, int] = defaultdict(int)
        for seed in range(seeds):
            for fault in FAULTS:
                made = record(seed, fault, manner)
                ranks = _ranked(made)
                for how, ranked in ranks.items():
                    places[how].append(ranked.index(made.culprit))
                missed[fault] += places["alone"][-1] > 0
        well = 0
        for seed in range(seeds):
            made = record(seed, "", manner)
            table = read_table(made.csv(), made.services if "_" in "".join(made.services) else ())
            well += blame(table, Asked(made.at, read_graph(made.graph()), made.entry)).healthy
        shown = {how: _figures(found) for how, found in places.items()}
        print(
            f"{family:34} {len(places['alone']):6} | {shown['alone']:>11} {shown['graph']:>11} {shown['target']:>12} | "
            f"{shown['correlation']:>11} {shown['deviation']:>11} | {well}/{seeds}  {dict(missed)}",
            flush=True,
        )
        for how, found in places.items():
            total[how] += found
    print("all:", {how: _figures(found) for how, found in total.items()})


def graphs(seeds: int) -> None:
    """The same for series drawn from random causal graphs, by mechanism, noise and number of metrics."""
    total: defaultdict[str, list[int]] = defaultdict(list)
    for mechanism in MECHANISMS:
        for noise in NOISES:
            for metrics in (("latency",), ("latency", "errors", "cpu")):
                places: defaultdict[str, list[int]] = defaultdict(list)
                missed: defaultdict[str, int] = defaultdict(int)
                for seed in range(seeds):
                    for how in DISTURBANCES:
                        made = drawn(seed, how, mechanism=mechanism, noise=noise, metrics=metrics)
                        for name, ranked in _ranked(made).items():
                            places[name].append(ranked.index(made.culprit))
                        missed[how] += places["target"][-1] > 0
                print(
                    f"{mechanism} {noise} {len(metrics)}: {({how: _figures(found) for how, found in places.items()})} {dict(missed)}",
                    flush=True,
                )
                for name, found in places.items():
                    total[name] += found
    print("all:", {how: _figures(found) for how, found in total.items()})


def _ranked(made: Recording) -> dict[str, list[str]]:
    table = read_table(made.csv(), made.services if "_" in "".join(made.services) else ())
    edges = read_graph(made.graph())
    asked = {
        "alone": Asked(made.at),
        "graph": Asked(made.at, edges),
        "target": Asked(made.at, edges, made.entry),
    }
    ranks = {how: [one.service for one in blame(table, what).services] for how, what in asked.items()}
    return ranks | {"correlation": by_correlation(made), "deviation": by_deviation(made)}


def _figures(places: list[int]) -> str:
    return f"{sum(p == 0 for p in places) / len(places):.2f}/{sum(p < 3 for p in places) / len(places):.2f}"


if __name__ == "__main__":
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    graphs(seeds) if "graphs" in sys.argv else main(seeds)
