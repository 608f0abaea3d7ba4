"""Redaction as the OpenAI SDK and a provider see it: what arrives upstream, and what comes back.

Usage: openai_redaction.py POLICY [PROGRAM …]

It starts a provider that records (`recorder.py`) and a sidecar in front of it, and runs its cases. With PROGRAM, such
as an SDK of another language, it runs that instead, with the addresses of both as further arguments.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request

import openai

HERE = pathlib.Path(__file__).parent
CARD = "4111 1111 1111 1111"
IBAN = "DE89 3704 0044 0532 0130 00"
KEY = "sk-proj-" + "aB3dE5gH7jK9mN2pQ4sT6vW8xY"
VALUES = [CARD, IBAN, KEY]
ASK = f"Why was {CARD} declined, with {KEY}, for {IBAN}?"
TOOLS = [{"type": "function", "function": {"name": "pay", "parameters": {"type": "object"}}}]


class Bench:
    def __init__(self, sidecar, upstream):
        self.upstream = upstream
        self.to = openai.OpenAI(base_url=sidecar, api_key="ascp_demo_vault_0001", max_retries=0)

    def ask(self, text, **more):
        messages = more.pop("messages", [{"role": "user", "content": text}])
        return self.to.chat.completions.create(model="gpt-4o", messages=messages, **more)

    def recorded(self):
        """The one body that arrived upstream; no value is in it."""
        with urllib.request.urlopen(f"{self.upstream}/recorded") as answer:
            (body,) = json.load(answer)
        for value in VALUES:
            for spelled in (value, value.replace(" ", ""), value[:9]):
                assert spelled not in body, body
        return body


def a_prompt_goes_out_as_tokens_and_comes_back_whole(bench):
    answer = bench.ask(ASK)
    assert answer.choices[0].message.content == ASK, answer
    body = bench.recorded()
    assert all(f"[{name}_" in body for name in ("PAN", "IBAN", "OPENAI_KEY")), body


def a_stream_comes_back_whole(bench):
    chunks = list(bench.ask(ASK, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == ASK, chunks
    bench.recorded()


def every_place_of_a_request_is_read(bench):
    call = {"id": "call_1", "type": "function", "function": {"name": "pay", "arguments": json.dumps({"to": IBAN})}}
    messages = [
        {"role": "system", "content": f"The key is {KEY}."},
        {"role": "user", "content": [{"type": "text", "text": ASK}]},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": json.dumps({"card": CARD})},
    ]
    answer = bench.ask(None, messages=messages, tools=TOOLS, user=CARD, metadata={"iban": IBAN})
    assert answer.choices[0].message.content == ASK, answer
    sent = json.loads(bench.recorded())
    arguments = json.loads(sent["messages"][2]["tool_calls"][0]["function"]["arguments"])
    assert arguments["to"].startswith("[IBAN_") and arguments["to"] == sent["metadata"]["iban"], sent
    assert json.loads(sent["messages"][3]["content"])["card"] == sent["user"], sent


def arguments_of_a_tool_come_back_as_json(bench):
    answer = bench.ask(ASK, tools=TOOLS)
    call = answer.choices[0].message.tool_calls[0].function
    assert (call.name, json.loads(call.arguments)) == ("pay", {"text": ASK}), call
    bench.recorded()


def streamed_arguments_come_back_as_json(bench):
    chunks = [chunk.choices[0].delta for chunk in bench.ask(ASK, tools=TOOLS, stream=True) if chunk.choices]
    calls = [delta.tool_calls[0].function for delta in chunks if delta.tool_calls]
    assert json.loads("".join(call.arguments or "" for call in calls)) == {"text": ASK}, calls
    bench.recorded()


def a_token_in_another_case_and_emphasis_comes_back(bench):
    answer = bench.ask(f"loud: {CARD}")
    assert answer.choices[0].message.content == f"**LOUD: {CARD}**", answer
    stream = bench.ask(f"loud: {CARD}", stream=True)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
    assert text == f"**LOUD: {CARD}**", text


def what_is_new_in_an_answer_does_not_come_through(bench):
    for stream in (False, True):
        answer = bench.ask(f"new: {CARD}", stream=stream)
        chunks = answer if stream else []
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        text = text if stream else answer.choices[0].message.content
        assert text.startswith(f"new: {CARD} [PAN_") and "5555" not in text, text


CASES = [
    a_prompt_goes_out_as_tokens_and_comes_back_whole,
    a_stream_comes_back_whole,
    every_place_of_a_request_is_read,
    arguments_of_a_tool_come_back_as_json,
    streamed_arguments_come_back_as_json,
    a_token_in_another_case_and_emphasis_comes_back,
    what_is_new_in_an_answer_does_not_come_through,
]


def run(sidecar, upstream, program):
    if program:
        subprocess.run([*program, sidecar, upstream], check=True)
        return
    bench = Bench(sidecar, upstream)
    for case in CASES:
        urllib.request.urlopen(f"{upstream}/recorded").close()
        case(bench)
        print(f"ok  {case.__name__.replace('_', ' ')}")


def main():
    policy, *program = sys.argv[1:]
    recorder = subprocess.Popen(
        [sys.executable, HERE / "recorder.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    sidecar = None
    with tempfile.TemporaryDirectory() as folder:
        try:
            port = recorder.stdout.readline().strip()
            text = (HERE / "redaction" / "policy.ascp").read_text()
            (pathlib.Path(folder) / "policy.ascp").write_text(text.replace(":8099/", f":{port}/"))
            command = [policy, "serve", folder, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]
            sidecar = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            greeting = sidecar.stdout.readline()
            if "http://" not in greeting:
                sys.exit(f"the sidecar does not start: {greeting}{sidecar.stderr.read()}")
            address = re.search(r"http://([0-9.:]+)", greeting).group(1)
            run(f"http://{address}/v1", f"http://127.0.0.1:{port}", program)
        finally:
            recorder.stdin.close()
            recorder.wait(timeout=30)
            if sidecar:
                sidecar.terminate()
                sidecar.wait(timeout=30)


if __name__ == "__main__":
    main()
