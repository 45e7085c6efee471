"""Real comparisons with an encoder's vectors, for the example live_features of crates/domain.

    python3 scripts/live_features.py ANSWERS.json BASE ENCODER > FILE

ANSWERS.json: a list of objects with `question`, `prediction 1` to `prediction 4` and `preference`, six numbers for the pairs
(1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4): 1 the first is better, 2 the second, 0 a tie (the form of FineGrainedRLHF's
feedback). BASE: where /embeddings answers as OpenAI's does. WITH_PROMPT=1 sends the question before each answer.
"""

import itertools
import json
import os
import sys
import urllib.request

path, base, encoder = sys.argv[1:]
with_prompt = os.environ.get("WITH_PROMPT") == "1"

def embed(texts):
    body = json.dumps({"model": encoder, "input": texts}).encode()
    headers = {"content-type": "application/json", "authorization": "Bearer " + os.environ.get("API_KEY", "")}
    with urllib.request.urlopen(urllib.request.Request(base + "/embeddings", body, headers)) as answer:
        data = sorted(json.load(answer)["data"], key=lambda one: one["index"])
    return [one["embedding"] for one in data]

for item in json.load(open(path)):
    responses = [item[f"prediction {n}"] for n in range(1, 5)]
    texts = [f"{item['question']}\n{response}" if with_prompt else response for response in responses]
    pairs = itertools.combinations(range(4), 2)
    preferences = [[a, b, said] for (a, b), said in zip(pairs, item["preference"])]
    line = {"prompt": item["question"], "responses": responses, "vectors": embed(texts), "preferences": preferences}
    print(json.dumps(line))
