# /// script
# requires-python = ">=3.11"
# dependencies = ["scikit-learn==1.9.1", "scipy==1.17.1", "numpy==2.4.6"]
# ///
"""Reference numbers for domain/src/live/head.rs: scikit-learn's logistic regression without intercept on
differences of features (ties count half for each side), and, with a margin, which scikit-learn has not,
scipy's minimum of the same function.

    uv run scripts/reference_live.py
    git diff crates/domain/tests/golden/live.json   # must be empty
"""
import json
import pathlib

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

rng = np.random.default_rng(20)
# multiples of 1/64 are exact in single precision
better = np.round(rng.normal(size=(60, 7)) * 64) / 64
worse = np.round(rng.normal(size=(60, 7)) * 64) / 64
truth = rng.normal(size=7)
flip = (better - worse) @ truth < rng.logistic(size=60)
better[flip], worse[flip] = worse[flip].copy(), better[flip].copy()
strength = rng.integers(0, 4, size=60)
count = rng.integers(0, 4, size=60)
x = better - worse
tie = strength == 0


def scikit(ridge, weights):
    rows, labels, each = [], [], []
    for n in range(60):
        if tie[n]:
            rows += [x[n], x[n]]
            labels += [1, 0]
            each += [weights[n] / 2] * 2
        else:
            # the same answer told the other way round, so that both classes exist
            side = n % 2
            rows.append(x[n] if side else -x[n])
            labels.append(side)
            each.append(weights[n])
    model = LogisticRegression(C=1 / ridge, fit_intercept=False, solver="newton-cg", tol=1e-12, max_iter=10_000)
    return model.fit(np.array(rows), labels, sample_weight=each).coef_[0].tolist()


def margins(ridge, weights, margin):
    def loss(theta):
        z = x @ theta
        decided = np.logaddexp(0, margin * (strength - 1) - z)
        drawn = 0.5 * (np.logaddexp(0, z) + np.logaddexp(0, -z))
        return np.sum(weights * np.where(tie, drawn, decided)) + 0.5 * ridge * theta @ theta

    def slope(theta):
        z = x @ theta
        decided = -1 / (1 + np.exp(z - margin * (strength - 1)))
        drawn = 0.5 * np.tanh(z / 2)
        return (weights * np.where(tie, drawn, decided)) @ x + ridge * theta

    found = minimize(loss, np.zeros(7), jac=slope, method="BFGS", options={"gtol": 1e-11, "maxiter": 10_000})
    return found.x.tolist()


ones = np.ones(60)
cases = [
    {"ridge": ridge, "counted": counted, "margin": 0.0, "weights": scikit(ridge, count if counted else ones)}
    for ridge in (0.1, 1.0, 10.0) for counted in (False, True)
] + [
    {"ridge": 0.5, "counted": counted, "margin": 0.5, "weights": margins(0.5, count if counted else ones, 0.5)}
    for counted in (False, True)
]
out = {
    "better": better.tolist(), "worse": worse.tolist(), "strength": strength.tolist(),
    "count": count.tolist(), "cases": cases,
}
path = pathlib.Path(__file__).parent.parent / "crates/domain/tests/golden/live.json"
path.write_text(json.dumps(out) + "\n")
