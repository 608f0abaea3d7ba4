//! Choices as a case: what a chosen request is, in the words of suites.

use super::choice::{Answered, Asked, Caller, Choices, Kind, Message, Model, Part, Reply, Role, Tool, Who};
use super::pool::{APIS, BETWEEN, FAILS, Member, OPERATIONS, Pool, STATUSES, Value, WORDS};
use crate::draft::{Draft, Said, text, used};
use jiff::SignedDuration;
use serde_json::{Value as Json, json};

/// A name that no policy knows.
const UNKNOWN_MODEL: &str = "no-such-model";

/// Longest prompt, in words; a scan reads all of them, twice for each request.
const PROMPT_WORDS_MAX: u64 = 70_000;

/// A word, about a token long.
const WORD: &str = "word ";

/// Longest name of a model that is sent: a longer one is refused before anything is decided.
const MODEL_BYTES_MAX: usize = 200;

/// One of a list, by a place in a list that may be longer; `None` where it is empty.
fn at<T>(list: &[T], place: usize) -> Option<&T> {
    list.get(place.checked_rem(list.len())?)
}

/// What is chosen, as a request that fits the package.
pub(super) fn draft(pool: &Pool<'_>, choices: &Choices) -> Draft {
    let mut draft = Draft::default();
    let Some(member) = at(&pool.tenants, choices.who.tenant) else { return draft };
    draft.tenant.clone_from(&member.name);
    ask_as(pool, member, &choices.who, &mut draft);
    ask_for(pool, member, &choices.asked, &mut draft);
    say(pool, choices, &mut draft);
    let world = &choices.world;
    let named = world.now.and_then(|(instant, hours)| {
        at(&pool.instants, instant)?.checked_add(SignedDuration::from_hours(i64::from(hours))).ok()
    });
    // Said in any case: a case that is kept must mean the same on another day.
    draft.now = Some(named.unwrap_or(pool.now).to_string());
    draft.down = world.down.iter().filter_map(|place| at(&pool.endpoints, *place)).cloned().collect();
    draft.down.dedup();
    draft.usage = world.usage.and_then(|(limit, is_less)| {
        let (kind, window, amount) = *at(&pool.limits, limit)?;
        Some((used(kind), window.as_str(), amount.saturating_sub(u64::from(is_less))))
    });
    if let Some((before, is_concurrent)) = world.others {
        (draft.before, draft.is_concurrent) = (before, is_concurrent);
    }
    let planted: Vec<&Value> = planted(pool, choices).collect();
    draft.replies = choices.replies.iter().map(|one| reply(pool, &planted, one)).collect();
    draft
}

/// The values that are planted in the request, in order.
fn planted<'p>(pool: &'p Pool<'_>, choices: &'p Choices) -> impl Iterator<Item = &'p Value> {
    let parts = choices.messages.iter().flat_map(|message| &message.parts);
    parts.filter_map(|part| match part {
        Part::Planted(value) => pool.value(*value),
        Part::Word(_) | Part::Compared(_) => None,
    })
}

fn ask_as(pool: &Pool<'_>, member: &Member, who: &Who, draft: &mut Draft) {
    draft.caller = who.caller.as_ref().and_then(|caller| match caller {
        Caller::Declared(place) => at(&member.callers, *place).cloned(),
        Caller::Made(id, role) => {
            Some((at(&pool.texts, *id)?.clone(), at(&pool.texts, *role).cloned().into_iter().collect()))
        }
    });
    draft.workload = who.workload.and_then(|place| at(&member.workloads, place)).cloned();
    for (name, value) in &who.headers {
        if let Some((name, value)) = at(&pool.headers, *name).zip(at(&pool.texts, *value))
            && draft.headers.iter().all(|(said, _)| said != name)
        {
            draft.headers.push((name.clone(), value.clone()));
        }
    }
}

fn ask_for(pool: &Pool<'_>, member: &Member, asked: &Asked, draft: &mut Draft) {
    let model = match &asked.model {
        Model::Allowed(place) => at(&member.asked, *place).cloned(),
        Model::Any(place) => at(&pool.aliases, *place).cloned(),
        Model::Unknown => None,
        Model::Planted(place) => {
            pool.value(*place).map(|value| value.text.clone()).filter(|text| text.len() <= MODEL_BYTES_MAX)
        }
    };
    draft.model = model.unwrap_or_else(|| UNKNOWN_MODEL.to_owned());
    let tool = |tool: &Tool| match tool {
        Tool::Allowed(place) => at(&member.tools, *place),
        Tool::Any(place) => at(&pool.tools, *place),
    };
    draft.tools = asked.tools.iter().filter_map(tool).cloned().collect();
    draft.stream = asked.stream;
    draft.max_tokens = asked.max_tokens.and_then(|place| at(&pool.numbers, place)).copied();
    draft.user = asked.user.and_then(|place| at(&pool.texts, place)).cloned();
    draft.operation = asked.operation.and_then(|place| at(OPERATIONS, place)).copied();
    draft.api = asked.api.and_then(|place| at(APIS, place)).copied();
}

/// Messages as `say` where that can say them, else as a whole body.
fn say(pool: &Pool<'_>, choices: &Choices, draft: &mut Draft) {
    let is_plain = draft.user.is_none()
        && choices.messages.iter().all(|message| !matches!(message.role, Role::Call | Role::Tool));
    if is_plain {
        draft.say = choices.messages.iter().map(|message| said(pool, message)).collect();
        if let Some(words) = choices.world.words.and_then(|place| at(&pool.numbers, place)) {
            let times = u32::try_from((*words).min(PROMPT_WORDS_MAX)).unwrap_or(1);
            draft.say.push(Said::by_user(WORD.to_owned(), times.max(1)));
        }
        return;
    }
    let mut messages: Vec<Json> =
        choices.messages.iter().map(|message| whole(pool, message, draft)).collect();
    if messages.is_empty() {
        messages.push(json!({ "role": "user", "content": "hello" }));
    }
    let tool = |name: &String| json!({ "type": "function", "function": { "name": name } });
    let mut fields = serde_json::Map::new();
    let mut add =
        |name: &str, value: Option<Json>| fields.extend(value.map(|value| (name.to_owned(), value)));
    add("model", Some(json!(draft.model)));
    add("messages", Some(json!(messages)));
    add("user", draft.user.as_ref().map(|user| json!(user)));
    add("stream", draft.stream.then_some(json!(true)));
    add("tools", (!draft.tools.is_empty()).then(|| draft.tools.iter().map(tool).collect()));
    add("max_tokens", draft.max_tokens.map(|most| json!(most)));
    draft.body = Some(Json::Object(fields));
}

fn content(pool: &Pool<'_>, message: &Message) -> String {
    let part = |part: &Part| match part {
        Part::Word(place) => at(WORDS, *place).copied(),
        Part::Planted(place) => pool.value(*place).map(|value| value.text.as_str()),
        Part::Compared(place) => at(&pool.texts, *place).map(String::as_str),
    };
    let parts: Vec<&str> = message.parts.iter().filter_map(part).collect();
    parts.join(at(BETWEEN, message.between).copied().unwrap_or(" "))
}

fn said(pool: &Pool<'_>, message: &Message) -> Said {
    let role = match message.role {
        Role::User | Role::Call | Role::Tool => None,
        Role::System => Some("system"),
        Role::Assistant => Some("assistant"),
    };
    Said { role, content: content(pool, message), times: 1 }
}

fn whole(pool: &Pool<'_>, message: &Message, draft: &Draft) -> Json {
    let content = content(pool, message);
    match message.role {
        Role::User => json!({ "role": "user", "content": content }),
        Role::System => json!({ "role": "system", "content": content }),
        Role::Assistant => json!({ "role": "assistant", "content": content }),
        Role::Tool => json!({ "role": "tool", "tool_call_id": "call_1", "content": content }),
        Role::Call => {
            let name = draft.tools.first().map_or("lookup", String::as_str);
            let arguments = json!({ "text": content }).to_string();
            let call = json!({ "id": "call_1", "type": "function", "function": { "name": name, "arguments": arguments } });
            json!({ "role": "assistant", "content": null, "tool_calls": [call] })
        }
    }
}

/// A reply as the inner of a flow mapping.
fn reply(pool: &Pool<'_>, planted: &[&Value], reply: &Reply) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut add =
        |key: &str, value: Option<String>| parts.extend(value.map(|value| format!("{key}: {value}")));
    add("from", reply.from.and_then(|place| at(&pool.endpoints, place)).map(|name| text(name)));
    match &reply.kind {
        Kind::Say(said) => add("say", Some(Json::from(answer(pool, planted, said)).to_string())),
        Kind::Call(tool, said) => {
            let name = at(&pool.tools, *tool).map_or("lookup", String::as_str);
            // As a text: the upstream puts tokens in before it writes the call.
            let arguments = Json::from(json!({ "text": answer(pool, planted, said) }).to_string());
            add("tool_calls", Some(format!("[{{ name: {}, arguments: {arguments} }}]", text(name))));
        }
        Kind::Status(status, said) => {
            add("status", at(STATUSES, *status).map(ToString::to_string));
            add("say", Some(Json::from(answer(pool, planted, said)).to_string()));
        }
        Kind::Fail(fail) => add("fail", at(FAILS, *fail).map(ToString::to_string)),
    }
    add("cut", reply.cut.map(|cut| cut.to_string()));
    // A failure breaks the answer by itself.
    let truncate = reply.truncate.filter(|_| !matches!(reply.kind, Kind::Fail(_)));
    add("truncate", truncate.map(|chunks| format!("{{ chunks: {chunks} }}")));
    add("delay", reply.delay.and_then(|place| at(&pool.delays, place)).map(|delay| format!("{delay}ms")));
    add("usage", reply.usage.map(|(input, output)| format!("{{ input: {input}, output: {output} }}")));
    parts.join(", ")
}

fn answer(pool: &Pool<'_>, planted: &[&Value], said: &[Answered]) -> String {
    let part = |part: &Answered| match part {
        Answered::Word(place) => at(WORDS, *place).map(|word| (*word).to_owned()),
        Answered::Planted(place) => pool.value(*place).map(|value| value.text.clone()),
        Answered::Compared(place) => at(&pool.texts, *place).cloned(),
        Answered::Token(place) => {
            let detector = at(planted, *place)?.detector;
            Some(format!("{{{{{}.1}}}}", pool.model.detectors.get(detector.index())?.name))
        }
    };
    said.iter().filter_map(part).collect::<Vec<_>>().join(" ")
}
