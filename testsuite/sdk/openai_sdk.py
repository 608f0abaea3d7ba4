"""The OpenAI SDK as a client of the sidecar: answers, streams, tools, and the exceptions of refusals.

Usage: openai_sdk.py POLICY PACKAGE

It starts `POLICY serve PACKAGE --simulate` on a free port, so no key of a provider is needed, and beside it one with
the package of limits that stands next to this file.
"""

import pathlib
import subprocess
import sys

import openai

CARD = "4111 1111 1111 1111"
LIMITS = pathlib.Path(__file__).parent / "package"


def start(policy, package):
    """Starts the sidecar, and reads its address from its greeting."""
    command = [policy, "serve", package, "--simulate", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]
    sidecar = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    greeting = sidecar.stdout.readline()
    address = greeting.split("http://", 1)[1].split(",", 1)[0]
    return sidecar, f"http://{address}/v1"


def client(address, key):
    return openai.OpenAI(base_url=address, api_key=key, max_retries=0)


def ask(to, text, model="gpt-4o", **more):
    return to.chat.completions.create(model=model, messages=[{"role": "user", "content": text}], **more)


def refused(kind, call):
    """The exception that a call raises, which must be of this kind."""
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"expected {kind.__name__}, and nothing was raised")


def an_answer_comes_back_with_the_card_restored(address):
    answer = ask(client(address, "ascp_demo_retail_0001"), f"Why was {CARD} declined?")
    assert CARD in answer.choices[0].message.content, answer


def a_stream_is_read_to_its_end(address):
    stream = ask(client(address, "ascp_demo_retail_0001"), f"Why was {CARD} declined?", stream=True)
    chunks = [chunk.choices[0] for chunk in stream if chunk.choices]
    text = "".join(choice.delta.content or "" for choice in chunks)
    assert CARD in text, text
    assert chunks[-1].finish_reason == "stop", chunks[-1]


def headers_say_what_decided(address):
    to = client(address, "ascp_demo_retail_0001")
    messages = [{"role": "user", "content": "hello"}]
    answer = to.chat.completions.with_raw_response.create(model="gpt-4o", messages=messages)
    assert answer.headers["x-ascp-endpoint"] == "azure/westeurope", answer.headers
    assert answer.headers["x-ascp-decision"].startswith("dec_"), answer.headers
    assert "sha256:" in answer.headers["x-ascp-policy"], answer.headers


def a_rule_denies_with_the_sdks_own_exception(address):
    to = client(address, "ascp_demo_retail_0001")
    error = refused(openai.PermissionDeniedError, lambda: ask(to, "Which stock should I buy?"))
    assert "Ask a licensed adviser." in str(error), error
    assert error.code == "rule:retail_gives_no_investment_advice", error.code
    assert error.type == "permission_error", error.type
    why = error.body["ascp"]
    assert why["rule"] == "retail_gives_no_investment_advice", why
    assert why["file"] == "tenants/retail.ascp", why
    lines = (pathlib.Path(sys.argv[2]) / why["file"]).read_text().splitlines()
    assert lines[why["line"] - 1].strip().startswith("rule retail_gives_no_investment_advice"), why
    assert why["decision"] == error.response.headers["x-ascp-decision"], why


def a_stream_is_denied_before_it_begins(address):
    to = client(address, "ascp_demo_retail_0001")
    error = refused(openai.PermissionDeniedError, lambda: ask(to, "Which stock should I buy?", stream=True))
    assert error.body["ascp"]["rule"] == "retail_gives_no_investment_advice", error.body


def a_stream_that_breaks_off_raises(address):
    headers = {"x-ascp-simulate": "cut=4; truncate=4"}
    to = client(address, "ascp_demo_labs_0001")
    refused(openai.APIError, lambda: [*ask(to, "hello", stream=True, extra_headers=headers)])


def models_are_those_of_the_tenant(address):
    names = [model.id for model in client(address, "ascp_demo_retail_0001").models.list()]
    assert "gpt-4o" in names and names == sorted(names), names
    assert [model.id for model in client(address, "ascp_demo_labs_0001").models.list()] == ["gpt-4o"]


def bad_input_is_the_clients_own_exception(address):
    to = client(address, "ascp_demo_retail_0001")
    error = refused(openai.BadRequestError, lambda: ask(to, "hello", model=""))
    assert (error.code, error.param) == ("request_invalid", "model"), error.body


def a_model_that_is_not_allowed_is_denied(address):
    to = client(address, "ascp_demo_labs_0001")
    call = lambda: to.chat.completions.create(model="o3", messages=[{"role": "user", "content": "hello"}])
    assert refused(openai.PermissionDeniedError, call).code == "model_not_allowed"


def an_unknown_key_is_no_caller(address):
    refused(openai.AuthenticationError, lambda: ask(client(address, "ascp_nobody"), "hello"))


def a_full_limit_says_when_to_come_back(address):
    to = client(address, "ascp_demo_slow_0001")
    for _ in range(2):
        ask(to, "hello", model="mistral-small")
    error = refused(openai.RateLimitError, lambda: ask(to, "hello", model="mistral-small"))
    assert (error.status_code, error.code, error.type) == (429, "rate_limited", "rate_limit_error"), error.body
    assert 1 <= int(error.response.headers["retry-after"]) <= 60, error.response.headers
    assert 0 < int(error.response.headers["retry-after-ms"]) <= 60_000, error.response.headers


def a_spent_budget_is_not_tried_again(address):
    to = openai.OpenAI(base_url=address, api_key="ascp_demo_poor_0001", max_retries=2)
    text = "money " * 10_000
    error = refused(openai.RateLimitError, lambda: [ask(to, text, model="mistral-small") for _ in range(20)])
    assert (error.code, error.type) == ("budget_exhausted", "insufficient_quota"), error.body
    assert error.response.headers["x-should-retry"] == "false", error.response.headers


CASES = [
    an_answer_comes_back_with_the_card_restored,
    a_stream_is_read_to_its_end,
    headers_say_what_decided,
    a_rule_denies_with_the_sdks_own_exception,
    a_stream_is_denied_before_it_begins,
    a_stream_that_breaks_off_raises,
    models_are_those_of_the_tenant,
    bad_input_is_the_clients_own_exception,
    a_model_that_is_not_allowed_is_denied,
    an_unknown_key_is_no_caller,
]


LIMIT_CASES = [
    a_full_limit_says_when_to_come_back,
    a_spent_budget_is_not_tried_again,
]


def run(policy, package, cases):
    sidecar, address = start(policy, package)
    try:
        for case in cases:
            case(address)
            print(f"ok  {case.__name__.replace('_', ' ')}")
    finally:
        sidecar.terminate()
        sidecar.wait(timeout=30)


def main():
    policy, package = sys.argv[1:]
    run(policy, package, CASES)
    run(policy, LIMITS, LIMIT_CASES)


if __name__ == "__main__":
    main()
