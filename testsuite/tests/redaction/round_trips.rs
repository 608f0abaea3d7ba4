//! Random requests with planted values: the upstream sees none, the caller gets all back, and
//! every other byte is sent as it came.

use crate::driver::{Driven, end, event, said};
use crate::setting;
use crate::values::value;
use crate::{evade, evade::Evasion};
use engine::record::EndKind;
use serde_json::{Value, json};
use testsuite::arbitrary::Random;

/// Cases in an ordinary run.
const CASES: usize = 2_000;

/// Harmless words.
const WORDS: &[&str] =
    &["why", "was", "it", "declined?", "é", "\\u0041", "see\\n", "\\\"quoted\\\"", "1e5", "x-1", "指令"];

/// A request: JSON as it is sent, and values planted between its pieces.
struct Request {
    pieces: Vec<String>,
    planted: Vec<Planted>,
}

/// A value where it stands.
struct Planted {
    /// As the model would read it.
    value: String,
    /// As it is spelled.
    spelled: String,
    /// As it stands in the body.
    written: String,
}

impl Request {
    fn new() -> Self {
        Self { pieces: vec![String::new()], planted: Vec::new() }
    }

    fn put(&mut self, text: &str) {
        self.pieces.last_mut().expect("there is one").push_str(text);
    }

    /// Words with values between them, escaped so many times.
    fn text(&mut self, random: &mut Random, evasions: &[Evasion], depth: usize) {
        for _ in 0..random.below(4) {
            self.put(&layered(random.pick(WORDS), depth.saturating_sub(1)));
            self.put(" ");
        }
        for _ in 0..random.below(3) {
            let value = value(random);
            let evasion = &evasions[random.below(evasions.len())];
            let is_evaded = random.chance(1, 3) && evasion.is_undone(&value);
            let spelled = if is_evaded { evasion.spell(&value) } else { value.clone() };
            let written = layered(&spelled, depth);
            self.put(" it: ");
            self.pieces.push(String::new());
            self.planted.push(Planted { value, spelled, written });
            self.put(" (so) ");
        }
    }

    fn body(&self) -> String {
        let planted = self.planted.iter().map(|planted| planted.written.as_str()).chain([""]);
        self.pieces.iter().zip(planted).flat_map(|(piece, planted)| [piece.as_str(), planted]).collect()
    }

    /// The tokens in what was sent, if all else is as it came.
    fn tokens<'t>(&self, sent: &'t str) -> Result<Vec<&'t str>, String> {
        let mut rest = sent.strip_prefix(self.pieces[0].as_str()).ok_or("the beginning differs")?;
        let mut tokens = Vec::new();
        for piece in &self.pieces[1..] {
            let (token, after) = rest.split_at(rest.find(']').map_or(0, |at| at + 1));
            if !engine::scan::is_token(token) {
                return Err(format!("no token before {rest}"));
            }
            tokens.push(token);
            rest = after.strip_prefix(piece.as_str()).ok_or_else(|| format!("{piece} differs: {after}"))?;
        }
        if rest.is_empty() { Ok(tokens) } else { Err(format!("{rest} is too much")) }
    }
}

/// A text within so many JSON strings, one within the other.
fn layered(text: &str, depth: usize) -> String {
    (0..depth).fold(text.to_owned(), |text, _| {
        let quoted = Value::from(text).to_string();
        quoted[1..quoted.len() - 1].to_owned()
    })
}

/// A random request; odd in every way that is allowed.
fn request(random: &mut Random, evasions: &[Evasion], is_stream: bool) -> Request {
    let mut made = Request::new();
    made.put("{ \"model\":\"model\",\t\"temperature\": 0.70e0, \"n\" : 1, \"messages\": [");
    made.put("{\"role\":\"system\",\"content\":\"");
    made.text(random, evasions, 1);
    made.put("\"}");
    for _ in 0..=random.below(3) {
        let (before, depth, after) = match random.below(5) {
            0 => ("{\"content\":\"", 1, "\",\"role\":\"user\",\"odd\":[1.50,-0]}"),
            1 => ("{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"", 1, "\"}]}"),
            2 => (
                "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"call_a\",\"type\":\"function\",\"function\":{\"name\":\"pay\",\"arguments\":\"{\\\"to\\\":\\\"",
                2,
                "\\\",\\\"n\\\":1.0}\"}}]}",
            ),
            3 => ("{\"role\":\"tool\",\"tool_call_id\":\"call_a\",\"content\":\"", 1, "\"}"),
            _ => ("{\"role\":\"user\",\"name\":\"", 1, "\",\"content\":\"\\u0068i\"}"),
        };
        made.put(", ");
        made.put(before);
        made.text(random, evasions, depth);
        made.put(after);
    }
    made.put("],\"user\":\"");
    made.text(random, evasions, 1);
    made.put("\",\"metadata\":{\"note\":\"");
    made.text(random, evasions, 1);
    made.put("\"},  \"made_up\":{\"b\":1,\"a\":\"");
    made.text(random, evasions, 1);
    made.put("\"}");
    if is_stream {
        made.put(",\"stream\":true,\"stream_options\":{\"include_usage\":true}");
    }
    made.put("}");
    made
}

/// An answer that repeats texts, plain or in pieces.
fn answer(random: &mut Random, texts: &str, is_stream: bool) -> (String, Vec<String>) {
    let arguments = json!({"texts": texts, "deep": [{"too": texts}]}).to_string();
    if !is_stream {
        let call =
            json!({"id": "call_b", "type": "function", "function": {"name": "pay", "arguments": arguments}});
        let message = json!({"role": "assistant", "content": texts, "tool_calls": [call]});
        let choice = json!({"index": 0, "message": message, "finish_reason": "tool_calls"});
        return (arguments, vec![json!({"id": "c", "choices": [choice]}).to_string()]);
    }
    let mut events = vec![event(&json!({"role": "assistant", "content": ""}), None)];
    let mut pieces = |text: &str, wrap: fn(&str) -> Value| {
        let mut rest = text;
        while !rest.is_empty() {
            let (piece, after) =
                rest.split_at(rest.ceil_char_boundary(1 + random.below(24).min(rest.len() - 1)));
            events.push(event(&wrap(piece), None));
            rest = after;
        }
    };
    pieces(texts, |piece| json!({"content": piece}));
    pieces(&arguments, |piece| json!({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}));
    events.push(end("tool_calls"));
    (arguments, events)
}

/// What the client was told: content and arguments.
fn told(body: &[u8], is_stream: bool) -> (String, String) {
    if is_stream {
        return said(body);
    }
    let answer: Value = serde_json::from_slice(body).expect("the answer is JSON");
    let message = &answer["choices"][0]["message"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&message["content"]), text(&message["tool_calls"][0]["function"]["arguments"]))
}

fn check(seed: u64) -> Result<usize, String> {
    let mut random = Random::new(seed);
    let evasions = evade::all();
    let is_stream = random.chance(1, 2);
    let made = request(&mut random, &evasions, is_stream);
    let body = made.body();
    let driven = Driven::ask(body.clone());
    let sent = String::from_utf8(driven.sent.to_vec()).map_err(|error| error.to_string())?;
    let tokens = made.tokens(&sent).map_err(|error| format!("{error}\n{body}\n{sent}"))?;
    for planted in &made.planted {
        if sent.contains(&planted.value) || sent.contains(&planted.written) || sent.contains(&planted.spelled)
        {
            return Err(format!("{} was sent in {sent}", planted.spelled));
        }
    }
    let (mut repeated, mut expected) = (String::new(), String::new());
    for (token, planted) in tokens.iter().zip(&made.planted) {
        let spelled = match random.below(6) {
            0 => token.to_lowercase(),
            1 => format!("**{token}**"),
            2 => token.replace('_', "\\_"),
            3 => token.trim_matches(['[', ']']).to_owned(),
            _ => (*token).to_owned(),
        };
        let value = spelled.starts_with("**").then(|| format!("**{}**", planted.spelled));
        repeated.extend(["as ", spelled.as_str(), ", "]);
        expected.extend(["as ", value.as_ref().unwrap_or(&planted.spelled), ", "]);
    }
    let (_, events) = answer(&mut random, &repeated, is_stream);
    let kind = if is_stream { "text/event-stream" } else { "application/json" };
    let driven = driven.answer(kind, events.iter().map(String::as_bytes));
    let (content, arguments) = told(&driven.received, is_stream);
    let arguments: Value =
        serde_json::from_str(&arguments).map_err(|error| format!("{error}: {arguments}"))?;
    let wanted = json!({"texts": expected, "deep": [{"too": expected}]});
    if driven.end != Some(EndKind::Answered) || content != expected || arguments != wanted {
        return Err(format!("expected {expected}\n told {content}\n and {arguments}"));
    }
    Ok(made.planted.len())
}

#[test]
#[expect(clippy::print_stdout, reason = "a run tells what it has seen")]
fn round_trips_lose_nothing_and_leak_nothing() {
    let (cases, first) = (setting("ASCP_CASES", CASES), setting("ASCP_SEED", 1));
    let mut planted = 0;
    for seed in first..first + cases {
        planted += check(seed as u64).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    }
    println!("{planted} values in {cases} requests");
    assert!(planted > cases / 2, "{planted} values were planted");
}
