"""The official client against the engine, unmodified: OPENAI_BASE_URL and OPENAI_API_KEY name it."""

import math

import openai

client = openai.OpenAI(max_retries=0, timeout=60)
hello = [{"role": "user", "content": "Hello"}]

models = client.models.list().data
assert any(model.id and model.object == "model" for model in models), models
one = client.models.retrieve(models[0].id)
assert one.id == models[0].id

whole = client.chat.completions.create(model="tiny", messages=hello, max_tokens=10, seed=4, temperature=0.7, n=2)
assert [choice.index for choice in whole.choices] == [0, 1]
assert whole.choices[0].message.role == "assistant"
assert whole.choices[0].finish_reason in ("stop", "length")
assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens

pieces, usage, finish = ["", ""], None, [None, None]
stream = client.chat.completions.create(
    model="tiny", messages=hello, max_tokens=10, seed=4, temperature=0.7, n=2,
    stream=True, stream_options={"include_usage": True},
)
for chunk in stream:
    usage = chunk.usage or usage
    for choice in chunk.choices:
        pieces[choice.index] += choice.delta.content or ""
        finish[choice.index] = choice.finish_reason or finish[choice.index]
assert pieces == [choice.message.content for choice in whole.choices], "streamed otherwise than whole"
assert finish == [choice.finish_reason for choice in whole.choices]
assert usage.completion_tokens == whole.usage.completion_tokens

with_logprobs = client.chat.completions.create(
    model="tiny", messages=hello, max_tokens=4, temperature=0, logprobs=True, top_logprobs=3,
)
for token in with_logprobs.choices[0].logprobs.content:
    assert token.logprob <= 0 and len(token.top_logprobs) == 3
    # greedy: the token itself is the likeliest
    assert math.isclose(token.top_logprobs[0].logprob, token.logprob, abs_tol=1e-4)

plain = client.completions.create(model="tiny", prompt=["One", "Two"], max_tokens=5, seed=1, logprobs=1)
assert [choice.index for choice in plain.choices] == [0, 1]
assert len(plain.choices[0].logprobs.tokens) == len(plain.choices[0].logprobs.token_logprobs)
streamed = "".join(
    chunk.choices[0].text
    for chunk in client.completions.create(model="tiny", prompt="One", max_tokens=5, seed=1, stream=True)
)
again = client.completions.create(model="tiny", prompt="One", max_tokens=5, seed=1)
assert streamed == again.choices[0].text

for encoding in ("float", "base64"):
    answer = client.embeddings.create(model="tiny", input=["a", "a", "something else"], encoding_format=encoding)
    first, same, other = [item.embedding for item in answer.data]
    if encoding == "float":
        assert math.isclose(sum(x * x for x in first), 1, abs_tol=1e-4)
        assert first == same and first != other
default = client.embeddings.create(model="tiny", input="a").data[0].embedding
assert all(math.isclose(x, y, abs_tol=1e-6) for x, y in zip(default, client.embeddings.create(
    model="tiny", input="a", encoding_format="float").data[0].embedding))


def refused(kind, **asked):
    try:
        client.chat.completions.create(**asked)
    except kind as error:
        return error
    raise AssertionError(f"was not refused: {asked}")


error = refused(openai.NotFoundError, model="none", messages=hello)
assert error.code == "model_not_found" and error.param == "model", error
error = refused(openai.BadRequestError, model="tiny", messages=hello, temperature=7)
assert error.param == "temperature" and error.type == "invalid_request_error", error
error = refused(openai.BadRequestError, model="tiny", messages=[])
assert error.param == "messages", error
error = refused(openai.BadRequestError, model="tiny", messages=hello, stream=True, max_tokens=0)
assert error.param == "max_tokens", error
try:
    openai.OpenAI(api_key="wrong", max_retries=0).models.list()
    raise AssertionError("a wrong key was let in")
except openai.AuthenticationError:
    pass
