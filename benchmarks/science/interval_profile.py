"""What interval times lose, and what the weekly profile wins back: `python -m benchmarks.science.interval_profile`.

Prints the table of docs/methods/interval_times.md. Burglaries follow a known curve of the week; of nearly half of them
only the span in which people were away or asleep is on record. Each row is a way to get the curve back, averaged over
simulated years; what follows +- is the Monte Carlo standard error.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

from tests.profile.worlds import FLAT, TRUTH, WORKING, by_em, by_likelihood, drawn, evenly, exact_alone, held_out_hours

WAYS = {
    "EM, as History does": by_em,
    "EM without smoothing": by_likelihood,
    "intervals spread evenly": evenly,
    "exact times alone": exact_alone,
    "no curve": lambda _: FLAT / 168,
}
HELD_OUT = 50_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=50)
    worlds = parser.parse_args().worlds
    hour = held_out_hours(HELD_OUT, 2)
    share = TRUTH[WORKING].sum()
    print(f"{worlds} years a row; true share of 9 to 17 o'clock {share:.3f}; {hour.size:,} held-out exact times")
    print("| rows | way | L1 | correlation | share of 9 to 17 o'clock | held-out log score below the truth [nat] |")
    print("|---|---|---|---|---|---|")
    for n in (500, 2_000, 10_000, 50_000):
        years = [drawn(n, [n, k]) for k in range(worlds)]
        intervals = np.mean([np.mean(year.end > year.start) for year in years])
        for name, way in WAYS.items():
            curves = np.array([way(year) for year in years])
            told = _distance(curves), _likeness(curves), curves[:, WORKING].sum(axis=1), _lost(curves, hour)
            print(f"| {n:,} ({intervals:.0%} intervals) | {name} | {' | '.join(map(_told, told))} |")
    return 0


def _distance(curves):
    return np.abs(curves - TRUTH).sum(axis=1)


def _likeness(curves):
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.array([np.corrcoef(curve, TRUTH)[0, 1] if np.ptp(curve) else np.nan for curve in curves])


def _lost(curves, hour):
    with np.errstate(divide="ignore"):
        return (np.log(TRUTH[hour]) - np.log(curves[:, hour])).mean(axis=1)


def _told(values):
    if not np.isfinite(values).all():
        return "none" if np.isnan(values).any() else "infinite"
    return f"{values.mean():.3f} +- {values.std(ddof=1) / np.sqrt(values.size):.3f}"


if __name__ == "__main__":
    sys.exit(main())
