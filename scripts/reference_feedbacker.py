#!/usr/bin/env python3
"""Reference values for crates/domain/src/feedbacker, by scipy, statsmodels and numpy.

Writes crates/domain/tests/golden/feedbacker_reference.json. Run with the interpreter that scripts/python.sh prints.
"""

import json
from pathlib import Path

import numpy as np
from scipy import stats
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform
from statsmodels.stats.multitest import multipletests

random = np.random.default_rng(20261124)


def rounded(values):
    return np.asarray(values, dtype=float).round(12).tolist()


welch = []
for n, m, shift, spread in [(5, 40, 0.0, 1.0), (30, 200, -0.5, 2.0), (2, 3, 1.0, 0.5), (80, 20, -3.0, 0.1)]:
    inside = random.normal(shift, spread, n).round(6)
    outside = random.normal(0.0, 1.0, m).round(6)
    # Welch's statistic, no variance taken to be below half of that of both together
    least = np.concatenate([inside, outside]).var(ddof=1) / 2
    here, there = (max(side.var(ddof=1), least) for side in (inside, outside))
    two = stats.ttest_ind_from_stats(inside.mean(), here**0.5, n, outside.mean(), there**0.5, m, equal_var=False)
    difference = inside.mean() - outside.mean()
    freedom = (here / n + there / m) ** 2 / ((here / n) ** 2 / (n - 1) + (there / m) ** 2 / (m - 1))
    low, high = stats.t.interval(0.95, freedom, loc=difference, scale=difference / two.statistic)
    # with the smaller side's degrees of freedom
    p_worse = stats.t.cdf(two.statistic, min(n, m) - 1)
    welch.append({"inside": inside.tolist(), "outside": outside.tolist(),
                  "difference": float(inside.mean() - outside.mean()),
                  "low": float(low), "high": float(high), "p_worse": float(p_worse)})

p = np.concatenate([random.uniform(0, 1, 40), random.uniform(0, 0.004, 12), [0.5, 0.5]]).round(9)
fdr = {"p": p.tolist(), "reported": multipletests(p, 0.05, method="fdr_bh")[0].tolist()}

# scores of 9 models on 14 nodes, a few missing; strengths and levels by least squares with a sum-to-zero constraint
models, nodes = 9, 14
scores = random.normal(0, 1, (nodes, models)) + random.normal(0, 2, (nodes, 1)) + random.normal(0, 2, (1, models))
scores = scores.round(6)
full = scores - scores.mean(0) - scores.mean(1, keepdims=True) + scores.mean()
distance = 1 - np.corrcoef(full.T)
np.fill_diagonal(distance, 0)
joins = linkage(squareform((distance + distance.T) / 2, checks=False), "average")
pairs = []
for a, b in [(0, 1), (3, 9), (12, 13)]:
    r = stats.pearsonr(full[a], full[b])
    interval = r.confidence_interval(0.95)
    pairs.append([a, b, float(r.statistic), float(interval.low), float(interval.high)])

holed = scores.copy()
for node, model in [(0, 0), (0, 3), (5, 8), (13, 0), (13, 1), (13, 2), (7, 4)]:
    holed[node, model] = np.nan
rows, values = [], []
for node in range(nodes):
    for model in range(models):
        if np.isfinite(holed[node, model]):
            row = np.zeros(nodes + models)
            row[node], row[nodes + model] = 1, 1
            rows.append(row)
            values.append(holed[node, model])
constraint = np.zeros(nodes + models)
constraint[nodes:] = 1
fit = np.linalg.lstsq(np.array(rows + [constraint]), np.array(values + [0.0]), rcond=None)[0]

golden = {
    "welch": welch, "fdr": fdr,
    "scores": scores.tolist(), "joins": rounded(joins), "pairs": pairs,
    "holed": [[None if np.isnan(v) else float(v) for v in row] for row in holed],
    "levels": rounded(fit[:nodes]), "strengths": rounded(fit[nodes:]),
}
lines = ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in golden.items())
target = Path(__file__).parent.parent / "crates/domain/tests/golden/feedbacker_reference.json"
target.write_text("{\n" + lines + "\n}\n")
print(f"wrote {target.name}")
