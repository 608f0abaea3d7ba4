//! A random request as plain choices, which shrink towards the simple.
//!
//! A choice is a number, a flag or a list of choices; what each stands for is
//! the [`Pool`]'s to know. So proptest can make any request smaller without
//! knowing what a request is: the first tenant, no stream, fewer messages.

use super::pool::Pool;
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::{Just, Strategy, any};
use proptest::prop_oneof;
use std::ops::Range;

/// Hours after an instant at which a request may come: a week, since conditions ask for its days.
const HOURS: Range<u32> = 0..7 * 24;

/// All that is chosen of one request and its world.
#[derive(Clone, Debug)]
pub(super) struct Choices {
    pub(super) who: Who,
    pub(super) asked: Asked,
    pub(super) messages: Vec<Message>,
    pub(super) world: World,
    pub(super) replies: Vec<Reply>,
}

/// Who asks.
#[derive(Clone, Debug)]
pub(super) struct Who {
    pub(super) tenant: usize,
    pub(super) caller: Option<Caller>,
    pub(super) workload: Option<usize>,
    /// Names and values of headers that conditions read.
    pub(super) headers: Vec<(usize, usize)>,
}

/// As whom.
#[derive(Clone, Debug)]
pub(super) enum Caller {
    /// One of the tenant's keys.
    Declared(usize),
    /// One with an id and a role that conditions compare with.
    Made(usize, usize),
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) model: Model,
    pub(super) stream: bool,
    pub(super) tools: Vec<Tool>,
    /// A number that the policy names.
    pub(super) max_tokens: Option<usize>,
    pub(super) user: Option<usize>,
    pub(super) operation: Option<usize>,
    pub(super) api: Option<usize>,
}

/// Which model.
#[derive(Clone, Debug)]
pub(super) enum Model {
    /// One that the tenant may use.
    Allowed(usize),
    /// Any that the policy knows.
    Any(usize),
    /// One that it does not know.
    Unknown,
    /// A value that a detector finds, in place of a name.
    Planted(usize),
}

/// Which tool.
#[derive(Clone, Debug)]
pub(super) enum Tool {
    /// One that the tenant may use.
    Allowed(usize),
    /// Any that the policy names, or none does.
    Any(usize),
}

/// One message.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) role: Role,
    pub(super) parts: Vec<Part>,
    /// What stands between its parts.
    pub(super) between: usize,
}

/// Whose message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The user's.
    User,
    /// The system prompt.
    System,
    /// What the model said before.
    Assistant,
    /// A call that the model made before, the text in its arguments.
    Call,
    /// What a tool answered.
    Tool,
}

/// A part of a text.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// Plain words.
    Word(usize),
    /// A value that a detector finds.
    Planted(usize),
    /// A text that a condition compares with.
    Compared(usize),
}

/// What surrounds the request.
#[derive(Clone, Debug)]
pub(super) struct World {
    /// An instant that the policy names, and so many hours later.
    pub(super) now: Option<(usize, u32)>,
    pub(super) down: Vec<usize>,
    /// A limit that is used up, to the last or by all.
    pub(super) usage: Option<(usize, bool)>,
    /// How many requests go before, or are sent at once.
    pub(super) others: Option<(u32, bool)>,
    /// A message of so many words as a number that the policy names.
    pub(super) words: Option<usize>,
}

/// How an upstream answers.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) kind: Kind,
    pub(super) from: Option<usize>,
    /// Characters of a chunk.
    pub(super) cut: Option<u32>,
    /// After how many chunks the connection breaks.
    pub(super) truncate: Option<u32>,
    pub(super) delay: Option<usize>,
    /// Input and output tokens, as it counts them.
    pub(super) usage: Option<(u32, u32)>,
}

/// What it answers.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A text.
    Say(Vec<Answered>),
    /// A call of a tool, with a text in its arguments.
    Call(usize, Vec<Answered>),
    /// An error, and what it says.
    Status(usize, Vec<Answered>),
    /// A failure short of a status.
    Fail(usize),
}

/// A part of an answer.
#[derive(Clone, Debug)]
pub(super) enum Answered {
    /// Plain words.
    Word(usize),
    /// The token of a value of the request.
    Token(usize),
    /// A value that a detector finds.
    Planted(usize),
    /// A text that a condition compares with.
    Compared(usize),
}

/// The requests that fit a package.
pub(super) fn choices(pool: &Pool<'_>) -> impl Strategy<Value = Choices> + use<> {
    (who(pool), asked(pool), vec(message(pool), 0..=4), world(pool), vec(reply(pool), 0..=3))
        .prop_map(|(who, asked, messages, world, replies)| Choices { who, asked, messages, world, replies })
}

/// The places of a list; of an empty one the first, which stands for nothing.
fn place(length: usize) -> Range<usize> {
    0..length.max(1)
}

fn who(pool: &Pool<'_>) -> impl Strategy<Value = Who> + use<> {
    let texts = place(pool.texts.len());
    let caller = prop_oneof![
        2 => place(pool.callers_max).prop_map(Caller::Declared),
        1 => (texts.clone(), texts.clone()).prop_map(|(id, role)| Caller::Made(id, role)),
    ];
    let headers = vec((place(pool.headers.len()), texts), 0..=2);
    (place(pool.tenants.len()), weighted(0.4, caller), weighted(0.6, place(pool.workloads_max)), headers)
        .prop_map(|(tenant, caller, workload, headers)| Who { tenant, caller, workload, headers })
}

fn asked(pool: &Pool<'_>) -> impl Strategy<Value = Asked> + use<> {
    let model = prop_oneof![
        24 => place(pool.asked_max).prop_map(Model::Allowed),
        3 => place(pool.aliases.len()).prop_map(Model::Any),
        1 => Just(Model::Unknown),
        1 => place(pool.plantable.len()).prop_map(Model::Planted),
    ];
    let tool = prop_oneof![
        8 => place(pool.tools_max).prop_map(Tool::Allowed),
        1 => place(pool.tools.len()).prop_map(Tool::Any),
    ];
    let tools = prop_oneof![3 => Just(Vec::new()), 2 => vec(tool, 1..=2)];
    (
        model,
        proptest::bool::weighted(0.4),
        tools,
        weighted(0.2, place(pool.numbers.len())),
        weighted(0.1, place(pool.texts.len())),
        weighted(0.03, place(super::pool::OPERATIONS.len())),
        weighted(0.02, place(super::pool::APIS.len())),
    )
        .prop_map(|(model, stream, tools, max_tokens, user, operation, api)| Asked {
            model,
            stream,
            tools,
            max_tokens,
            user,
            operation,
            api,
        })
}

fn message(pool: &Pool<'_>) -> impl Strategy<Value = Message> + use<> {
    let role = prop_oneof![
        8 => Just(Role::User),
        2 => Just(Role::System),
        1 => Just(Role::Assistant),
        1 => Just(Role::Call),
        1 => Just(Role::Tool),
    ];
    let part = prop_oneof![
        3 => place(super::pool::WORDS.len()).prop_map(Part::Word),
        3 => place(pool.plantable.len()).prop_map(Part::Planted),
        1 => place(pool.texts.len()).prop_map(Part::Compared),
    ];
    (role, vec(part, 1..=3), place(super::pool::BETWEEN.len())).prop_map(|(role, parts, between)| Message {
        role,
        parts,
        between,
    })
}

fn world(pool: &Pool<'_>) -> impl Strategy<Value = World> + use<> {
    let now = (place(pool.instants.len()), prop_oneof![Just(0), HOURS]);
    let usage = (place(pool.limits.len()), any::<bool>());
    // The `word` of a long prompt is scanned tens of thousands of times, so it is rare.
    (
        weighted(0.5, now),
        prop_oneof![6 => Just(Vec::new()), 1 => vec(place(pool.endpoints.len()), 1..=2)],
        weighted(0.05, usage),
        weighted(0.05, (1..=4u32, any::<bool>())),
        weighted(0.01, place(pool.numbers.len())),
    )
        .prop_map(|(now, down, usage, others, words)| World { now, down, usage, others, words })
}

fn reply(pool: &Pool<'_>) -> impl Strategy<Value = Reply> + use<> {
    let answered = || {
        let part = prop_oneof![
            3 => place(super::pool::WORDS.len()).prop_map(Answered::Word),
            3 => place(8).prop_map(Answered::Token),
            3 => place(pool.plantable.len()).prop_map(Answered::Planted),
            1 => place(pool.texts.len()).prop_map(Answered::Compared),
        ];
        vec(part, 1..=4)
    };
    let kind = prop_oneof![
        12 => answered().prop_map(Kind::Say),
        3 => (place(pool.tools.len()), answered()).prop_map(|(tool, said)| Kind::Call(tool, said)),
        3 => (place(super::pool::STATUSES.len()), answered()).prop_map(|(status, said)| Kind::Status(status, said)),
        2 => place(super::pool::FAILS.len()).prop_map(Kind::Fail),
    ];
    (
        kind,
        weighted(0.5, place(pool.endpoints.len())),
        weighted(0.5, 1..=24u32),
        weighted(0.06, 0..=6u32),
        weighted(0.04, place(pool.delays.len())),
        weighted(0.1, (0..=5_000u32, 0..=5_000u32)),
    )
        .prop_map(|(kind, from, cut, truncate, delay, usage)| Reply {
            kind,
            from,
            cut,
            truncate,
            delay,
            usage,
        })
}
