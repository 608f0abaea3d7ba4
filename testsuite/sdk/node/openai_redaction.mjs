// Redaction as the OpenAI SDK of Node sees it.
//
// Usage: node openai_redaction.mjs SIDECAR UPSTREAM, as `openai_redaction.py POLICY node …` starts it.

import assert from "node:assert/strict";
import OpenAI from "openai";

const [sidecar, upstream] = process.argv.slice(2);
const CARD = "4111 1111 1111 1111";
const KEY = "sk-proj-" + "aB3dE5gH7jK9mN2pQ4sT6vW8xY";
const ASK = `Why was ${CARD} declined, with ${KEY}?`;
const TOOLS = [{ type: "function", function: { name: "pay", parameters: { type: "object" } } }];
const client = new OpenAI({ baseURL: sidecar, apiKey: "ascp_demo_vault_0001", maxRetries: 0 });

const ask = (text, more = {}) =>
  client.chat.completions.create({ model: "gpt-4o", messages: [{ role: "user", content: text }], ...more });

/** The deltas of a streamed answer. */
async function deltas(text, more = {}) {
  const all = [];
  for await (const chunk of await ask(text, { ...more, stream: true })) {
    all.push(...chunk.choices.map((choice) => choice.delta));
  }
  return all;
}

/** The one body that arrived upstream; no value is in it. */
async function recorded() {
  const [body, ...more] = await (await fetch(`${upstream}/recorded`)).json();
  assert.equal(more.length, 0);
  for (const value of [CARD, KEY, CARD.slice(0, 9)]) assert.ok(!body.includes(value), body);
  assert.match(body, /\[PAN_[a-z0-9]+\]/);
  assert.match(body, /\[OPENAI_KEY_[a-z0-9]+\]/);
}

const CASES = {
  "a prompt goes out as tokens and comes back whole": async () => {
    assert.equal((await ask(ASK)).choices[0].message.content, ASK);
    await recorded();
  },
  "a stream comes back whole": async () => {
    const text = (await deltas(ASK)).map((delta) => delta.content ?? "").join("");
    assert.equal(text, ASK);
    await recorded();
  },
  "arguments of a tool come back as JSON": async () => {
    const call = (await ask(ASK, { tools: TOOLS })).choices[0].message.tool_calls[0].function;
    assert.deepEqual(JSON.parse(call.arguments), { text: ASK });
    await recorded();
  },
  "streamed arguments come back as JSON": async () => {
    const calls = (await deltas(ASK, { tools: TOOLS })).flatMap((delta) => delta.tool_calls ?? []);
    const source = calls.map((call) => call.function.arguments ?? "").join("");
    assert.deepEqual(JSON.parse(source), { text: ASK });
    await recorded();
  },
  "a token in another case and emphasis comes back": async () => {
    const text = (await deltas(`loud: ${CARD}`)).map((delta) => delta.content ?? "").join("");
    assert.equal(text, `**LOUD: ${CARD}**`);
  },
  "what is new in an answer does not come through": async () => {
    const text = (await deltas(`new: ${CARD}`)).map((delta) => delta.content ?? "").join("");
    assert.ok(text.startsWith(`new: ${CARD} [PAN_`) && !text.includes("5555"), text);
  },
};

for (const [name, check] of Object.entries(CASES)) {
  await fetch(`${upstream}/recorded`);
  await check();
  console.log(`ok  ${name}`);
}
