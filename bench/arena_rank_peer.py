# /// script
# requires-python = ">=3.11"
# dependencies = ["arena-rank==0.1.1"]
# ///
"""Times arena-rank on a file of comparisons (model_a, model_b, points): from the table in memory to scores with sandwich
intervals, as its README does it. Prints JSON; called by `bench --only strengths`."""
import importlib.metadata
import json
import sys
import time

import jax
import pandas as pd
from arena_rank.models.bradley_terry import BradleyTerry
from arena_rank.utils.data_utils import PairDataset


def main():
    table = pd.read_csv(sys.argv[1])
    table["winner"] = table["points"].map({1.0: "model_a", 0.5: "tie", 0.0: "model_b"})
    models = table[["model_a", "model_b"]].to_numpy().max() + 1
    seconds = []
    for _ in range(1 + int(sys.argv[2])):
        begun = time.perf_counter()
        data = PairDataset.from_pandas(table)
        result = BradleyTerry(int(models)).compute_ratings_and_cis(data)
        jax.block_until_ready((result["ratings"], result["rating_upper"]))
        seconds.append(time.perf_counter() - begun)
    print(json.dumps({
        "version": importlib.metadata.version("arena-rank"),
        "first": seconds[0],
        "seconds": min(seconds[1:]),
        "ratings": [float(r) for r in result["ratings"]],
    }))


if __name__ == "__main__":
    main()
