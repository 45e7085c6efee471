# /// script
# requires-python = ">=3.11"
# dependencies = ["arena-rank==0.1.1", "numpy==2.3.3", "pandas==3.1.1", "scipy==1.17.1", "statsmodels==0.15.0",
#                 "scikit-learn==1.9.1"]
# ///
"""Reference numbers for domain/src/evaluate, from the Arena's own package and from the field's libraries.

    uv run scripts/reference_evaluate.py            # or: pip install the above, then python
    git diff crates/domain/tests/golden/evaluate.json   # must be empty

Data are drawn from seeded generators and stored in the JSON.
"""
import json
import pathlib
import re
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import scipy.optimize
import scipy.stats
import statsmodels.api as sm
from arena_rank.models.bradley_terry import BradleyTerry
from arena_rank.models.contextual_bradley_terry import ContextualBradleyTerry
from arena_rank.utils.data_utils import ContextualPairDataset, PairDataset
from sklearn.calibration import calibration_curve
from sklearn.metrics import accuracy_score, brier_score_loss, cohen_kappa_score
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.sandwich_covariance import cov_cluster

jax.config.update("jax_enable_x64", True)
POINTS = 400 / np.log(10)
WORDS = {1.0: "model_a", 0.5: "tie", 0.0: "model_b"}


def battles(seed, models, prompts, judges, size, spread, cluster):
    """Comparisons [a, b, points of a, prompt, judge]; prompts and judges shift what models seem worth."""
    rng = np.random.default_rng(seed)
    strength = rng.normal(0, spread, models)
    prompt_shift = rng.normal(0, cluster, (prompts, models))
    judge_shift = rng.normal(0, cluster, (judges, models))
    rows = []
    for _ in range(size):
        a, b = rng.choice(models, 2, replace=False)
        prompt, judge = rng.integers(prompts), rng.integers(judges)
        worth = strength + prompt_shift[prompt] + judge_shift[judge]
        d = worth[a] - worth[b]
        odds = np.exp([d / 2, -0.7, -d / 2])
        points = rng.choice([1.0, 0.5, 0.0], p=odds / odds.sum())
        rows.append([int(a), int(b), float(points), int(prompt), int(judge)])
    return rows


def arena(rows, models, reweighted=False):
    """arena-rank itself, with tolerances small enough that 1e-6 can be compared. Its sandwich takes the inverse of the
    Hessian with 1e-5 added to the diagonal; here its own matrices go into the pseudo-inverse that this approaches."""
    table = pd.DataFrame(rows, columns=["model_a", "model_b", "points", "prompt", "judge"])
    table["winner"] = table["points"].map(WORDS)
    data = PairDataset.from_pandas(table, reweighted=reweighted)
    assert data.competitors == list(range(models))
    for gtol in (3e-12, 3e-11, 3e-10):  # the tightest at which its line search does not end in NaN
        model = BradleyTerry(models, ftol=0.0, gtol=gtol, max_iter=3000)
        model.fit(data)
        ratings = model.params["ratings"]
        if np.isfinite(np.array(ratings)).all():
            break
    hessian, middle = model.compute_hessian_and_covariance(
        ratings, data.pairs, data.outcomes, data.counts, data.opt_weights, 0.0, models
    )
    bread = np.linalg.pinv(np.array(hessian), rcond=1e-12, hermitian=True)
    errors = POINTS * np.sqrt(np.diag(bread @ np.array(middle) @ bread))
    scores = 1000 + POINTS * np.array(ratings)
    half = scipy.stats.norm.ppf(0.975) * errors
    parts = {"ratings": scores, "errors": errors, "low": scores - half, "high": scores + half}
    return {name: part.tolist() for name, part in parts.items()}


def design(rows, models):
    """A basis of the strengths that sum to 0, and the comparisons' rows in it."""
    differences = np.zeros((len(rows), models))
    for i, (a, b, *_) in enumerate(rows):
        differences[i, a], differences[i, b] = 1, -1
    basis = scipy.linalg.null_space(np.ones((1, models)))
    return basis, differences @ basis


def generalised(rows, models, weights=None):
    """statsmodels' binomial GLM with its cluster-robust covariances, each times G/(G-1)."""
    basis, x = design(rows, models)
    y = np.array([row[2] for row in rows])
    fitted = sm.GLM(y, x, family=sm.families.Binomial(), var_weights=weights).fit(tol=1e-14)
    prompt, judge = (np.array([row[k] for row in rows]) for k in (3, 4))
    cell = prompt * 100_000 + judge

    def covariance(groups):
        g = len(np.unique(groups))
        return cov_cluster(fitted, groups, use_correction=False) * g / (g - 1), g

    def errors(matrix):
        values, vectors = np.linalg.eigh(basis @ matrix @ basis.T)
        positive = vectors * np.maximum(values, 0) @ vectors.T  # prompts plus judges less both may have negative ones
        return [float(v) for v in POINTS * np.sqrt(np.diag(positive))]

    (by_prompt, n), (by_judge, m), (both, _) = map(covariance, (prompt, judge, cell))
    return {
        "ratings": [float(v) for v in 1000 + POINTS * basis @ fitted.params],
        "prompt": errors(by_prompt),
        "judge": errors(by_judge),
        # two ways: never below either way alone, which sampling noise would else bring about
        "both": np.max(list(map(errors, (by_prompt + by_judge - both, by_prompt, by_judge))), axis=0).tolist(),
        "quantile": {
            "prompt": float(scipy.stats.t.ppf(0.975, n - 1)),
            "judge": float(scipy.stats.t.ppf(0.975, m - 1)),
            "both": float(scipy.stats.t.ppf(0.975, min(n, m) - 1)),
        },
    }


def ridge(rows, models, penalty):
    """The penalised fit by scipy."""
    a, b = (np.array([row[k] for row in rows]) for k in (0, 1))
    y = np.array([row[2] for row in rows])

    def loss(theta):
        d = theta[a] - theta[b]
        return jnp.sum(jnp.logaddexp(0, d) - y * d) + penalty / 2 * jnp.sum(theta**2)

    return newton(loss, models)


def newton(loss, size):
    """Newton's method on automatic derivatives, from 0."""
    x = np.zeros(size)
    gradient, hessian = jax.jit(jax.grad(loss)), jax.jit(jax.hessian(loss))
    for _ in range(100):
        step = np.linalg.lstsq(np.array(hessian(x)), np.array(gradient(x)), rcond=1e-12)[0]
        x = x - step
        if np.abs(step).max() < 1e-13:
            return x
    raise RuntimeError("no convergence")


def davidson(rows, models):
    """Davidson's likelihood written out, its derivatives by jax."""
    a, b = (np.array([row[k] for row in rows]) for k in (0, 1))
    kind = np.array([{1.0: 0, 0.5: 1, 0.0: 2}[row[2]] for row in rows])

    def each(x):
        worth, nu = jnp.exp(x[:models]), jnp.exp(x[models])
        tie = nu * jnp.sqrt(worth[a] * worth[b])
        odds = jnp.stack([worth[a], tie, worth[b]], axis=1)
        return -jnp.log(odds[jnp.arange(len(rows)), kind] / odds.sum(axis=1))

    def loss(x):
        return each(x).sum() + 0.5 * x[:models].sum() ** 2  # the last term only fixes the mean

    x = newton(loss, models + 1)
    bread = np.linalg.inv(np.array(jax.hessian(loss)(x)))
    scores = np.array(jax.jacobian(each)(x))
    covariance = bread @ scores.T @ scores @ bread
    return {
        "ratings": [float(v) for v in 1000 + POINTS * x[:models]],
        "errors": [float(v) for v in POINTS * np.sqrt(np.diag(covariance)[:models])],
        "nu": float(np.exp(x[models])),
    }


def strengths():
    cases = []
    for name, seed, models, prompts, judges, size, spread, cluster in [
        ("twelve models", 1, 12, 150, 14, 900, 0.8, 0.5),
        ("four models, many judgments a prompt", 2, 4, 40, 25, 800, 0.5, 0.7),
        ("three models", 3, 3, 30, 12, 150, 0.4, 0.3),
    ]:
        rows = battles(seed, models, prompts, judges, size, spread, cluster)
        pairs = pd.Series([tuple(sorted(row[:2])) for row in rows])
        weights = 1 / np.maximum(pairs.map(pairs.value_counts()).to_numpy(), 50)
        cases.append({
            "name": name,
            "models": models,
            "battles": rows,
            "weights": weights.tolist(),
            "arena": arena(rows, models),
            "reweighted": arena(rows, models, reweighted=True),
            "clustered": generalised(rows, models),
            "ridge": {"penalty": 0.5, "ratings": (1000 + POINTS * ridge(rows, models, 0.5)).tolist()},
            "davidson": davidson(rows, models),
        })
    return cases


TEXTS = [
    "",
    "# One\n\n## Two\n####### not a header\n#no\n#\ttab\n#\nlast #",
    "- a\n  * b\n+ c\n\n\n1. d\n12.\te\n3.no\n-no\n4) no\n-",
    "**bold** and __bold too__ but * not* and ** ** one ***three*** __a_b__ ****\n**over\nlines**",
    "```\n# code\n- **x**\n```\n# prose ``` still **bold** `` ```` # ```\n- z",
    "Grüße 🙂\n```rust\nlet x = `1`;\n```\n- nach **Code**\n1. eins",
]


def style_features():
    """The Arena's published counting, with its regular expressions."""
    cases = []
    for text in TEXTS:
        prose = re.sub(r"```([^`]*)```", "", text)
        headers = sum(len(re.findall(rf"^#{{{n}}}\s", prose, re.MULTILINE)) for n in range(1, 7))
        lists = sum(len(re.findall(p, prose, re.MULTILINE)) for p in (r"^\s*\d+\.\s", r"^\s*[-*+]\s"))
        bold = sum(len(re.findall(p, prose)) for p in (r"\*\*[^*\n]+\*\*", r"__[^_\n]+__"))
        cases.append([text, len(text), headers, lists, bold])
    return cases


def style_control():
    """arena-rank's contextual model for the estimates; the sandwich of the penalised likelihood by jax."""
    models = 6
    rows = battles(11, models, 60, 12, 500, 0.6, 0.3)
    rng = np.random.default_rng(12)
    style = np.round(np.tanh(rng.normal(0, 0.4, (len(rows), 4))), 6)
    for row, z in zip(rows, style):  # style matters: some losses become wins
        if rng.random() < 0.3:
            row[2] = float(z @ [2.0, 0.5, 0.3, -0.4] > 0)
    names = ["length", "headers", "lists", "bold"]
    table = pd.DataFrame(rows, columns=["model_a", "model_b", "points", "prompt", "judge"])
    table["winner"] = table["points"].map(WORDS)
    table[names] = style
    data = ContextualPairDataset.from_pandas(table, names, reweighted=False)
    a, b = (np.array([row[k] for row in rows]) for k in (0, 1))
    y = np.array([row[2] for row in rows])
    prompt = np.array([row[3] for row in rows])
    z = np.array(data.features)
    cases = []
    for reg in (1e-9, 0.05):
        for gtol in (3e-12, 3e-11, 3e-10):
            model = ContextualBradleyTerry(models, 4, reg=reg, ftol=0.0, gtol=gtol, max_iter=3000)
            model.fit(data)
            ratings, coefficients = (np.array(model.params[key]) for key in ("ratings", "coeffs"))
            if np.isfinite(ratings).all():
                break

        def each(x):
            d = x[a] - x[b] + z @ x[models:]
            return jnp.logaddexp(0, d) - y * d

        def loss(x):
            return each(x).sum() + 0.5 * reg * len(rows) * jnp.sum(x[models:] ** 2) + 0.5 * jnp.sum(x[:models]) ** 2

        x = np.concatenate([ratings - ratings.mean(), coefficients])
        bread = np.linalg.inv(np.array(jax.hessian(loss)(x)))
        scores = np.array(jax.jacobian(each)(x))

        def errors(scores, scale):
            parts = np.sqrt(np.diag(bread @ scores.T @ scores @ bread) * scale)
            return {"ratings": (POINTS * parts[:models]).tolist(), "coefficients": parts[models:].tolist()}

        sums = np.stack([scores[prompt == k].sum(axis=0) for k in np.unique(prompt)])
        cases.append({
            "ridge": reg * len(rows),
            "ratings": (1000 + POINTS * x[:models]).tolist(),
            "coefficients": coefficients.tolist(),
            "independent": errors(scores, 1.0),
            "prompt": errors(sums, len(sums) / (len(sums) - 1)),
        })
    return {"battles": rows, "style": style.tolist(), "cases": cases}


def judges():
    """A judge and people on 200 comparisons; a reward model's margins and whether it was right."""
    rng = np.random.default_rng(21)
    truth = rng.integers(-1, 2, 200)
    said = [np.where(rng.random(200) < share, truth, rng.integers(-1, 2, 200)) for share in (0.6, 0.7)]
    both = (said[0] != 0) & (said[1] != 0)
    margins = np.round(rng.normal(0, 1.5, 400), 6)
    first = rng.random(400) < 1 / (1 + np.exp(-0.6 * margins))  # overconfident
    confidence = np.maximum(1 / (1 + np.exp(-margins)), 1 / (1 + np.exp(margins)))
    right = ((margins > 0) == first).astype(int)
    # twenty bins from 0 to 1 are ten from 0.5
    share, mean = calibration_curve(right, confidence, n_bins=20)
    places = np.searchsorted(np.linspace(0, 1, 21)[1:-1], confidence)
    counts = np.bincount(places, minlength=20)
    counts = counts[counts > 0]
    scores = [np.clip(truth + 2 + rng.integers(-1, 2, 200), 1, 5) for _ in range(2)]
    return {
        "judge": said[0].tolist(),
        "people": said[1].tolist(),
        "agreement": accuracy_score(*said),
        "accuracy": accuracy_score(said[0][both], said[1][both]),
        "kappa": cohen_kappa_score(*said),
        "margins": margins.tolist(),
        "first": first.astype(int).tolist(),
        "bins": [[float(m), float(s), int(n)] for m, s, n in zip(mean, share, counts)],
        "ece": float(np.sum(counts / 400 * np.abs(share - mean))),
        "brier": brier_score_loss(right, confidence),
        "scores": [s.tolist() for s in scores],
        "qwk": cohen_kappa_score(*scores, weights="quadratic", labels=[1, 2, 3, 4, 5]),
        "bias": float(np.mean(scores[0] - scores[1])),
    }


def diversity():
    """distinct-n and EAD of token sequences as their authors' code has it."""
    rng = np.random.default_rng(30)
    texts = [rng.zipf(1.6, size).clip(max=60).tolist() for size in (40, 25, 3, 60)]
    vocabulary, ead, plain = 60, [], []
    for n in range(1, 6):
        grams = [tuple(t[k : k + n]) for t in texts for k in range(len(t) - n + 1)]
        plain.append(len(set(grams)) / len(grams))
        ead.append(len(set(grams)) / (vocabulary * (1 - ((vocabulary - 1) / vocabulary) ** len(grams))))
    vectors = np.round(rng.normal(0, 1, (5, 8)) + 0.5, 4)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = (unit @ unit.T)[np.triu_indices(5, 1)]
    return {"texts": texts, "vocabulary": vocabulary, "distinct": plain, "ead": ead, "mean": float(np.mean(ead)),
            "vectors": vectors.tolist(), "embedding": float(1 - cosines.mean())}


def corrections():
    p = np.round(np.random.default_rng(8).beta(0.4, 2, 25), 6).tolist() + [0.01, 0.01, 1.0, 0.0]
    return {"p": p, "holm": multipletests(p, method="holm")[1].tolist(),
            "benjamini_hochberg": multipletests(p, method="fdr_bh")[1].tolist()}


def length_control():
    """The published model, difficulties estimated jointly (see the module's text), its objectives written out for jax.
    Rows [model, instruction, points, baseline's length, model's length]; two models lack rows."""
    rng = np.random.default_rng(4)
    models, instructions = 6, 40
    gamma, phi, theta = rng.normal(0, 1, instructions), rng.normal(-1.5, 0.5, models), rng.normal(-1, 1, models)
    rows = []
    for m in range(models):
        lengths = rng.integers(50, 2500, (instructions, 2))
        t = np.tanh((lengths[:, 0] - lengths[:, 1]) / 900)
        p = 1 / (1 + np.exp(-(phi[m] * t + gamma + theta[m] + rng.normal(0, 0.7, instructions))))
        points = np.where(rng.random(instructions) < 0.2, np.round(p), np.round(p, 4))
        for i in range(instructions):
            if (m, i) not in {(1, 0), (1, 17), (4, 39)}:
                rows.append([m, i, float(points[i]), int(lengths[i, 0]), int(lengths[i, 1])])
    m, i = (np.array([row[k] for row in rows]) for k in (0, 1))
    y = np.array([row[2] for row in rows])
    table = pd.DataFrame(rows, columns=["m", "i", "y", "a", "b"])
    t = np.tanh(table.groupby("m").apply(lambda g: (g.a - g.b) / (g.a - g.b).std(), include_groups=False).to_numpy().ravel())

    def entropy(z, y):
        return jnp.sum(jnp.logaddexp(0, z) - y * z)

    def joint(x):
        g, length, strength = x[:instructions], x[instructions : instructions + models], x[instructions + models :]
        data = entropy(length[m] * t + strength[m] + g[i], y)
        return data + 0.5 * jnp.sum(g**2) + 0.5e-3 * (jnp.sum(length**2) + jnp.sum(strength**2))

    difficulty = newton(joint, instructions + 2 * models)[:instructions]
    difficulty = difficulty - difficulty.mean()

    def alone(k, pull, centre):
        mine = m == k
        x, own = np.stack([t[mine], difficulty[i[mine]], np.ones(mine.sum())]), y[mine]

        def loss(b):
            ridge = pull * (b[0] - centre) ** 2 + 1e-3 * (b[1] ** 2 + b[2] ** 2)
            return entropy(b @ x, own) + 0.5 * ridge

        b = newton(loss, 3)
        return b, float(100 * np.mean(1 / (1 + np.exp(-(b[1] * x[1] + b[2])))))

    common = float(np.median([alone(k, 1e-3, 0.0)[0][0] for k in range(models)]))
    rates = [alone(k, 3.0, common)[1] for k in range(models)]
    return {"rows": rows, "models": models, "difficulties": difficulty.tolist(), "common": common, "rates": rates}


def distributions():
    z = [-9.0, -3.5, -3.0, -1.0, 0.0, 0.3, 1.96, 2.99, 4.2]
    t = [(0.975, 1), (0.975, 2), (0.975, 4), (0.975, 29), (0.975, 1000), (0.9, 7)]
    return {
        "normal": [[v, float(scipy.stats.norm.cdf(v))] for v in z],
        "t": [[share, freedom, float(scipy.stats.t.ppf(share, freedom))] for share, freedom in t],
    }


def main():
    warnings.filterwarnings("ignore")
    parts = {
        "distributions": distributions(),
        "strengths": strengths(),
        "style_features": style_features(),
        "style_control": style_control(),
        "judges": judges(),
        "diversity": diversity(),
        "corrections": corrections(),
        "length_control": length_control(),
    }
    path = pathlib.Path(__file__).parent.parent / "crates/domain/tests/golden/evaluate.json"
    lines = ",\n".join(f'"{name}": {json.dumps(part, allow_nan=False)}' for name, part in parts.items())
    path.write_text("{" + lines + "}\n")
    print(f"{len(parts)} parts → {path}, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
