# /// script
# requires-python = ">=3.11"
# dependencies = ["krippendorff==0.9.0", "statsmodels==0.15.0", "scikit-learn==1.9.1", "numpy==2.4.6"]
# ///
"""Reference numbers for domain/src/stats, from the packages that the field uses.

    uv run scripts/reference_agreement.py            # or: pip install the four above, then python
    git diff crates/domain/tests/golden/agreement.json   # must be empty

Data sets are fixed: written out below, or drawn from a seeded generator and stored in the JSON.
"""
import itertools
import json
import math
import pathlib
import warnings

import krippendorff
import numpy as np
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa
from statsmodels.stats.proportion import proportion_confint

N = None
# Krippendorff (2011), Computing Krippendorff's alpha-reliability, example C: 4 observers, 12 units, gaps.
KRIPPENDORFF = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
    [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
]
# Fleiss (1971) as counts in Wikipedia's worked example: 14 raters, 10 items, 5 categories.
FLEISS_COUNTS = [
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
]


def fleiss_example():
    units = [[c for c, k in enumerate(row) for _ in range(k)] for row in FLEISS_COUNTS]
    return [list(column) for column in zip(*units)]


def drawn(seed, people, items, domain, noise, missing=0.0):
    """People see a true value with noise; some answers are missing."""
    rng = np.random.default_rng(seed)
    domain = np.asarray(domain, dtype=float)
    truth = rng.integers(len(domain), size=items)
    table = []
    for _ in range(people):
        shift = np.rint(rng.normal(0, noise, size=items)).astype(int)
        row = domain[np.clip(truth + shift, 0, len(domain) - 1)]
        gone = rng.random(items) < missing
        table.append([N if g else float(v) for g, v in zip(gone, row)])
    return table


STRENGTH = [-3, -2, -1, 0, 1, 2, 3]
DATA = {
    "krippendorff 2011 C": (KRIPPENDORFF, [1, 2, 3, 4, 5]),
    "fleiss 1971": (fleiss_example(), [0, 1, 2, 3, 4]),
    "two people, yes or no": ([[1, 1, 0, 1, 0, 0, 1, 1, 0, 1], [1, 0, 0, 1, 0, 1, 1, 1, 0, 1]], [0, 1]),
    "two people, one nearly always yes": ([[1] * 19 + [0], [1] * 18 + [0, 1]], [0, 1]),
    "worse than chance": ([[0, 1, 0, 1, 0, 1], [1, 0, 1, 0, 1, 1]], [0, 1]),
    "perfect": ([[0, 1, 2, 2, 1], [0, 1, 2, 2, 1], [0, 1, 2, 2, 1]], [0, 1, 2]),
    "strength, close": (drawn(1, 2, 60, STRENGTH, 0.6), STRENGTH),
    "strength, far, ties": (drawn(2, 3, 40, STRENGTH, 2.0), STRENGTH),
    "strength, half missing": (drawn(3, 6, 50, STRENGTH, 1.0, 0.5), STRENGTH),
    "many raters": (drawn(4, 25, 30, [0, 1, 2, 3], 0.8), [0, 1, 2, 3]),
    "grades by halves": (drawn(5, 4, 45, [0, 0.5, 1], 0.5, 0.2), [0, 0.5, 1]),
    "points, uneven use": (drawn(6, 3, 80, [0, 1, 2, 3, 10], 0.7, 0.1), [0, 1, 2, 3, 10]),
    "sparse: two of ten people an item": (drawn(7, 10, 60, [0, 1, 2], 0.6, 0.8), [0, 1, 2]),
    "real-valued": (drawn(8, 3, 30, np.round(np.linspace(-1.37, 2.91, 9), 4), 1.0, 0.1), []),
}


def number(value):
    """What is undefined is null."""
    return None if math.isnan(value) else float(value)


def agreement(table):
    shares = []
    for unit in zip(*table):
        given = [v for v in unit if v is not None]
        if len(given) > 1:
            pairs = list(itertools.combinations(given, 2))
            shares.append(sum(a == b for a, b in pairs) / len(pairs))
    return float(np.mean(shares))


def bootstrap(table, level, draws=4000, seed=11):
    """The interval of alpha when whole units are drawn again; its own error is about 0.01."""
    rng = np.random.default_rng(seed)
    table = np.array([[np.nan if v is None else v for v in row] for row in table])
    table = table[:, (~np.isnan(table)).sum(axis=0) > 1]
    values = []
    for _ in range(draws):
        sample = table[:, rng.integers(table.shape[1], size=table.shape[1])]
        if len(np.unique(sample[~np.isnan(sample)])) > 1:
            values.append(krippendorff.alpha(sample, level_of_measurement=level))
    return [float(q) for q in np.quantile(values, [0.025, 0.975])]


def case(name, table, labels):
    floats = np.array([[np.nan if v is None else v for v in row] for row in table], dtype=float)
    complete = not np.isnan(floats).any()
    alphas = {
        level: float(krippendorff.alpha(floats, level_of_measurement=level))
        for level in ("nominal", "ordinal", "interval")
    }
    out = {"name": name, "ratings": table, "agreement": agreement(table), "alpha": alphas}
    out["fleiss"] = float(fleiss_kappa(aggregate_raters(floats.T)[0])) if complete else None
    both = ~np.isnan(floats[0]) & ~np.isnan(floats[1])
    a, b = floats[0][both], floats[1][both]
    cohen = {"none": number(cohen_kappa_score(a.astype(str), b.astype(str)))}
    steps = np.diff(labels)
    if len(labels) > 1 and np.allclose(steps, steps[0]):  # weights by value equal weights by place
        places = [list(np.searchsorted(labels, v)) for v in (a, b)]
        for weights in ("linear", "quadratic"):
            cohen[weights] = number(
                cohen_kappa_score(*places, labels=range(len(labels)), weights=weights)
            )
    out["cohen"] = cohen
    if name in ("strength, close", "strength, half missing", "grades by halves"):
        out["bootstrap"] = {level: bootstrap(table, level) for level in ("nominal", "ordinal")}
    return out


def main():
    warnings.filterwarnings("ignore")  # undefined values are written as null
    wilson = [
        [k, n, *map(float, proportion_confint(k, n, method="wilson"))]
        for k, n in [(0, 1), (1, 1), (0, 10), (5, 10), (9, 10), (137, 200), (99999, 100000)]
    ]
    cases = [case(name, *data) for name, data in DATA.items()]
    path = pathlib.Path(__file__).parent.parent / "crates/domain/tests/golden/agreement.json"
    lines = ",\n".join(json.dumps(c) for c in cases)
    path.write_text(f'{{"wilson": {json.dumps(wilson)},\n"cases": [\n{lines}\n]}}\n')
    print(f"{len(cases)} data sets → {path}")


if __name__ == "__main__":
    main()
