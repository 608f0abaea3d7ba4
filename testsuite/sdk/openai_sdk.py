"""The OpenAI SDK as a client of the sidecar: answers, streams, tools, and the exceptions of refusals.

Usage: openai_sdk.py POLICY PACKAGE

It starts `POLICY serve PACKAGE --simulate` on a free port, so no key of a provider is needed.
"""

import subprocess
import sys

import openai

CARD = "4111 1111 1111 1111"


def start(policy, package):
    """Starts the sidecar, and reads its address from its greeting."""
    command = [policy, "serve", package, "--simulate", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]
    sidecar = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    greeting = sidecar.stdout.readline()
    address = greeting.split("http://", 1)[1].split(",", 1)[0]
    return sidecar, f"http://{address}/v1"


def client(address, key):
    return openai.OpenAI(base_url=address, api_key=key, max_retries=0)


def ask(to, text, **more):
    return to.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": text}], **more)


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


def a_model_that_is_not_allowed_is_denied(address):
    to = client(address, "ascp_demo_labs_0001")
    call = lambda: to.chat.completions.create(model="o3", messages=[{"role": "user", "content": "hello"}])
    assert refused(openai.PermissionDeniedError, call).code == "model_not_allowed"


def an_unknown_key_is_no_caller(address):
    refused(openai.AuthenticationError, lambda: ask(client(address, "ascp_nobody"), "hello"))


CASES = [
    an_answer_comes_back_with_the_card_restored,
    a_stream_is_read_to_its_end,
    headers_say_what_decided,
    a_rule_denies_with_the_sdks_own_exception,
    a_model_that_is_not_allowed_is_denied,
    an_unknown_key_is_no_caller,
]


def main():
    policy, package = sys.argv[1:]
    sidecar, address = start(policy, package)
    try:
        for case in CASES:
            case(address)
            print(f"ok  {case.__name__.replace('_', ' ')}")
    finally:
        sidecar.terminate()
        sidecar.wait(timeout=30)


if __name__ == "__main__":
    main()
