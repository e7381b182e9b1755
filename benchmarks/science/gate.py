"""How often the data gate cries wolf, and what it finds: `python -m benchmarks.science.gate [--worlds 1000]`.

Prints the two tables of docs/data/gate.md: the share of clean simulated records on which each statistical rule trips,
and the share of broken ones on which it does. Anything above the stated rate, by more than 3.3 Monte Carlo standard
errors, is exit code 1.
"""

from __future__ import annotations

import argparse
import sys

from tests.quality.alarms import STATED, STATISTICAL, WORLDS, false_alarms, finds, finds_step

SEED = 20261120


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=1000)
    worlds = parser.parse_args().worlds
    bound = STATED + 3.3 * (STATED * (1 - STATED) / worlds) ** 0.5
    print(f"{worlds} clean records a kind; share on which a rule trips; stated: at most {STATED:.0%}")
    counts = {kind: false_alarms(kind, worlds, SEED) for kind in WORLDS}
    print("| rule | " + " | ".join(WORLDS) + " |")
    print("|---|" + "---|" * len(WORLDS))
    for rule in STATISTICAL:
        print(f"| `{rule}` | " + " | ".join(f"{counts[kind][rule] / worlds:.1%}" for kind in WORLDS) + " |")
    print(f"\n{worlds // 5} broken records a rule; share on which it trips")
    for rule in STATISTICAL:
        print(f"| `{rule}` | {finds(rule, worlds // 5, SEED) / (worlds // 5):.1%} |")
    print(f"\n{worlds // 5} records with a step in level_shift, by rows a week")
    for factor in (1.2, 1.3, 1.5):
        shares = [finds_step(factor, mean, worlds // 5, SEED) / (worlds // 5) for mean in (20, 70, 300)]
        print(f"| {factor - 1:.0%} more | " + " | ".join(f"{share:.0%}" for share in shares) + " |")
    worst = max(counts[kind][rule] / worlds for kind in WORLDS for rule in STATISTICAL)
    return int(worst > bound)


if __name__ == "__main__":
    sys.exit(main())
