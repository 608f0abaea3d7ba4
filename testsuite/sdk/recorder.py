"""A provider that records what it is sent and answers with it: a local server that speaks chat completions.

Usage: recorder.py

It prints its port, and then listens until its standard input ends. `POST /v1/chat/completions` answers with the last
user message; with tools, by calling the first one with that message as the argument `text`, unless a result of a tool
came last. `GET /recorded` gives the bodies so far as a JSON list of strings, and forgets them. What a message begins
with changes the answer: `loud:` puts it in upper case and emphasis, `new:` adds a card that nobody sent.
"""

import http.server
import json
import sys
import threading

NEW_CARD = "5555 5555 5555 4444"

# Characters in a piece of a stream: every token and every value is cut.
CUT = 3


def text_of(content):
    """What a content says, string or parts."""
    if isinstance(content, str):
        return content
    return " ".join(part.get("text", "") for part in content or [])


def reply_to(text):
    if text.startswith("loud:"):
        return f"**{text.upper()}**"
    if text.startswith("new:"):
        return f"{text} {NEW_CARD}"
    return text


class Recorder(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    recorded = []

    def log_message(self, *_):
        pass

    def send(self, kind, body):
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        body, Recorder.recorded = json.dumps(Recorder.recorded).encode(), []
        self.send("application/json", body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        Recorder.recorded.append(body)
        request = json.loads(body)
        messages = request["messages"]
        text = reply_to(next(text_of(m["content"]) for m in reversed(messages) if m["role"] == "user"))
        calls = None
        if request.get("tools") and messages[-1]["role"] != "tool":
            function = {"name": request["tools"][0]["function"]["name"], "arguments": json.dumps({"text": text})}
            calls = [{"id": "call_0001", "type": "function", "function": function}]
        if request.get("stream"):
            self.send("text/event-stream", stream(text, calls))
        else:
            finish = "tool_calls" if calls else "stop"
            message = {"role": "assistant", "content": None if calls else text}
            if calls:
                message["tool_calls"] = calls
            choice = {"index": 0, "message": message, "finish_reason": finish}
            self.send("application/json", json.dumps(head("chat.completion") | {"choices": [choice]}).encode())


def head(kind):
    return {"id": "chatcmpl-recorded", "object": kind, "created": 1, "model": "gpt-4o"}


def stream(text, calls):
    deltas = [{"role": "assistant", "content": None if calls else ""}]
    if calls:
        function = calls[0]["function"]
        deltas.append({"tool_calls": [calls[0] | {"index": 0, "function": function | {"arguments": ""}}]})
        pieces = function["arguments"]
    else:
        pieces = text
    for at in range(0, len(pieces), CUT):
        piece = pieces[at : at + CUT]
        deltas.append(
            {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]} if calls else {"content": piece}
        )
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": "tool_calls" if calls else "stop"})
    chunks = [head("chat.completion.chunk") | {"choices": [choice]} for choice in choices]
    return b"".join(f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks) + b"data: [DONE]\n\n"


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
