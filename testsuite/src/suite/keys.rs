//! The keys of the format: one table a mapping, which both the reader and the schema follow.
//!
//! The reader refuses keys that are not in the table of the mapping at hand, and
//! the [schema](super::schema) is written from the same tables. What shape a
//! value has stands here for editors; the reader is what finally judges it.

use super::case::{APIS, ROLES, operations};
use super::expect::{DROP_REASONS, ENDS, REASONS};
use super::reply::FAILS;

/// One kind of mapping in suites.
#[derive(Debug)]
pub(super) struct Table {
    /// Its name in the schema.
    pub(super) id: &'static str,
    /// What it describes, as messages say it.
    pub(super) what: &'static str,
    /// Its keys, in groups that several tables share.
    pub(super) groups: &'static [&'static [Key]],
    /// Keys without which it means nothing.
    pub(super) needed: &'static [&'static str],
}

impl Table {
    /// All keys, in order.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'static Key> + Clone {
        self.groups.iter().copied().flatten()
    }

    /// Their names, in order.
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.keys().map(|key| key.name).collect()
    }
}

/// One key of a mapping.
#[derive(Debug)]
pub(super) struct Key {
    /// As suites write it.
    pub(super) name: &'static str,
    /// What stands behind it.
    pub(super) shape: Shape,
    /// What it says, in one sentence.
    pub(super) about: &'static str,
}

/// What may stand behind a key.
#[derive(Debug)]
pub(super) enum Shape {
    /// A text; numbers and names stand for themselves.
    Text,
    /// A text that is not empty.
    FullText,
    /// `true` or `false`.
    Boolean,
    /// A whole number, as in `5_000` or `2M`.
    Count,
    /// A whole number from one.
    Ordinal,
    /// An HTTP status of an answer.
    Status,
    /// Money, or a count of millionths.
    Money,
    /// A duration, as in `1m 30s`.
    Duration,
    /// An instant or a day.
    Instant,
    /// A day.
    Day,
    /// A tag.
    Tag,
    /// Bytes in hexadecimal digits.
    Hex,
    /// One of a few words.
    Choice(fn() -> Vec<&'static str>),
    /// One of a few codes, with or without what it speaks of: `rule`, `rule:no_advice`.
    Code(&'static [&'static str]),
    /// Anything, as JSON.
    Json,
    /// Any mapping, as JSON.
    JsonObject,
    /// A list of these.
    List(&'static Shape),
    /// A list of at least one of these.
    Some(&'static Shape),
    /// One of these, or a list of them.
    Many(&'static Shape),
    /// One of these, or a list of at least one of them.
    OneOrMore(&'static Shape),
    /// A mapping from names to these.
    Map(&'static Shape),
    /// A mapping from at least one name to these.
    SomeMap(&'static Shape),
    /// A mapping with these keys.
    Table(&'static Table),
    /// Some fields of a mapping with these keys, each with a list of values.
    Lists(&'static Table),
    /// Any of these.
    Either(&'static [Shape]),
}

const fn key(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key { name, shape, about }
}

fn names<T>(choices: &[(&'static str, T)]) -> Vec<&'static str> {
    choices.iter().map(|(name, _)| *name).collect()
}

/// What a request says.
const REQUEST_KEYS: &[Key] = &[
    key("tenant", Shape::Text, "Who asks, in place of a credential."),
    key(
        "caller",
        Shape::Either(&[Shape::Text, Shape::Table(&CALLER)]),
        "The caller, as a credential would describe it.",
    ),
    key("workload", Shape::Text, "The entry of the inventory that the caller names."),
    key("headers", Shape::Map(&Shape::Text), "Headers, sent as they are."),
    key("operation", Shape::Choice(|| names(&operations())), "The operation; `chat` unless said."),
    key("api", Shape::Choice(|| names(APIS)), "The API that the client speaks; `openai` unless said."),
    key("model", Shape::Text, "The model, as the client names it."),
    key(
        "say",
        Shape::Many(&Shape::Either(&[Shape::Text, Shape::Table(&MESSAGE)])),
        "A text of the user, or a list of texts and messages.",
    ),
    key("request", Shape::JsonObject, "The client's whole body as JSON."),
    key("stream", Shape::Boolean, "Whether a stream is asked for."),
    key("tools", Shape::List(&Shape::Text), "Names of the tools that are offered."),
    key("max_tokens", Shape::Count, "The asked maximum of output tokens."),
    key("down", Shape::Many(&Shape::Text), "Endpoints that are known to be down."),
    key("usage", Shape::Table(&USED), "What the tenant has used already."),
    key("reply", Shape::Many(&Shape::Either(&[Shape::Text, Shape::Table(&REPLY)])), "How upstreams answer."),
];

/// What says when.
const WHEN_KEYS: &[Key] = &[
    key("now", Shape::Instant, "The instant; `at` means the same."),
    key("at", Shape::Instant, "The instant; `now` means the same."),
];

/// What takes in a named request.
const WITH_KEYS: &[Key] = &[key(
    "with",
    Shape::Many(&Shape::Text),
    "Named requests, whose fields hold where nothing nearer is said.",
)];

/// What is expected.
const EXPECT_KEY: &[Key] =
    &[key("expect", Shape::Table(&EXPECT), "What must come of it; what is not said is not asked.")];

/// What others may include.
const FIXTURE_KEYS: &[Key] = &[
    key("include", Shape::Many(&Shape::Text), "Files of fixtures, by paths relative to this one."),
    key("defaults", Shape::Table(&DEFAULTS), "Fields that every case has unless it says them itself."),
    key("requests", Shape::Map(&Shape::Table(&REQUEST)), "Named requests, which cases take in by `with`."),
    key(
        "replies",
        Shape::Map(&Shape::Many(&Shape::Table(&NAMED_REPLY))),
        "Named replies, or lists of them, which `reply` may name.",
    ),
];

/// Keys at the top of a suite.
pub(super) const SUITE: Table = Table {
    id: "suite",
    what: "a suite",
    groups: &[
        &[
            key("suite", Shape::Text, "The suite's name; the file's when it is left out."),
            key("now", Shape::Instant, "The instant at which its cases begin."),
            key("tags", Shape::Many(&Shape::Tag), "Words by which all of its cases are chosen."),
        ],
        FIXTURE_KEYS,
        &[key("cases", Shape::Some(&Shape::Table(&CASE)), "The cases.")],
    ],
    needed: &["cases"],
};

/// Keys at the top of an included file.
pub(super) const FIXTURES: Table =
    Table { id: "fixtures", what: "an included file", groups: &[FIXTURE_KEYS], needed: &[] };

/// Keys of `defaults`.
pub(super) const DEFAULTS: Table = Table {
    id: "defaults",
    what: "`defaults`",
    groups: &[
        REQUEST_KEYS,
        WITH_KEYS,
        EXPECT_KEY,
        WHEN_KEYS,
        &[key("snapshot", Shape::Boolean, "Whether whole outcomes are kept.")],
    ],
    needed: &[],
};

/// Keys of a named request.
pub(super) const REQUEST: Table =
    Table { id: "request", what: "a named request", groups: &[REQUEST_KEYS], needed: &[] };

/// Keys of a matrix, besides `except`.
pub(super) const MATRIX_FIELDS: Table = Table {
    id: "combination",
    what: "a combination of a matrix",
    groups: &[REQUEST_KEYS, WITH_KEYS, WHEN_KEYS, EXPECT_KEY],
    needed: &[],
};

/// The key of a matrix that is no field.
pub(super) const EXCEPT: &str = "except";

/// Keys of a matrix.
pub(super) const MATRIX: Table = Table {
    id: "matrix",
    what: "a matrix",
    groups: &[
        REQUEST_KEYS,
        WITH_KEYS,
        WHEN_KEYS,
        EXPECT_KEY,
        &[key(
            EXCEPT,
            Shape::Some(&Shape::Table(&MATRIX_FIELDS)),
            "Combinations, whole or in part, that are left out.",
        )],
    ],
    needed: &[],
};

/// Keys of a case.
pub(super) const CASE: Table = Table {
    id: "case",
    what: "a case",
    groups: &[
        REQUEST_KEYS,
        WITH_KEYS,
        &[key("name", Shape::Text, "How the case is found again.")],
        WHEN_KEYS,
        EXPECT_KEY,
        &[
            key(
                "matrix",
                Shape::Lists(&MATRIX),
                "Values for fields; the case runs once for each combination.",
            ),
            key(
                "steps",
                Shape::Some(&Shape::Table(&STEP)),
                "Several requests in one world, one after another.",
            ),
            key("snapshot", Shape::Boolean, "Whether the whole outcome is kept in a file, and compared."),
            key("skip", Shape::Either(&[Shape::Text, Shape::Table(&SKIP)]), "Why the case is not run."),
            key("tags", Shape::Many(&Shape::Tag), "Words by which the case is chosen."),
        ],
    ],
    needed: &["name"],
};

/// Keys of a step.
pub(super) const STEP: Table = Table {
    id: "step",
    what: "a step",
    groups: &[
        REQUEST_KEYS,
        WITH_KEYS,
        WHEN_KEYS,
        EXPECT_KEY,
        &[
            key("repeat", Shape::Ordinal, "How often, each settled before the next begins."),
            key("concurrent", Shape::Ordinal, "How many, all begun before any ends."),
            key("after", Shape::Duration, "How much time passes before it."),
        ],
    ],
    needed: &[],
};

/// Keys of a `skip`.
pub(super) const SKIP: Table = Table {
    id: "skip",
    what: "`skip`",
    groups: &[&[
        key("reason", Shape::FullText, "Why the case is not run."),
        key("until", Shape::Day, "The last day on which that holds; afterwards the case fails."),
    ]],
    needed: &["reason", "until"],
};

/// Keys of a caller.
pub(super) const CALLER: Table = Table {
    id: "caller",
    what: "a caller",
    groups: &[&[
        key("id", Shape::Text, "The caller's id."),
        key("roles", Shape::Many(&Shape::Text), "The caller's roles."),
        key("claims", Shape::Map(&Shape::Text), "Claims of the caller's token."),
    ]],
    needed: &[],
};

/// Keys of a message.
pub(super) const MESSAGE: Table = Table {
    id: "message",
    what: "a message",
    groups: &[&[
        key("role", Shape::Choice(|| names(ROLES)), "Who says it; `user` unless said."),
        key("content", Shape::Text, "The text."),
        key("times", Shape::Ordinal, "How often the text is repeated, for long prompts."),
    ]],
    needed: &["content"],
};

/// Keys of the `usage` of a request.
pub(super) const USED: Table = Table {
    id: "used",
    what: "`usage`",
    groups: &[&[
        key("requests", Shape::Table(&WINDOWS), "Requests."),
        key("tokens", Shape::Table(&WINDOWS), "Tokens."),
        key("spend", Shape::Table(&WINDOWS), "Money."),
    ]],
    needed: &[],
};

/// Keys of what was used, by window.
pub(super) const WINDOWS: Table = Table {
    id: "windows",
    what: "a window",
    groups: &[&[
        key("second", Shape::Money, "In this second."),
        key("minute", Shape::Money, "In this minute."),
        key("hour", Shape::Money, "In this hour."),
        key("day", Shape::Money, "On this day."),
        key("month", Shape::Money, "In this month."),
    ]],
    needed: &[],
};

/// What a reply says, its name aside.
const REPLY_KEYS: &[Key] = &[
    key("from", Shape::Text, "The endpoint; every one when it is left out."),
    key("status", Shape::Status, "The status; `200` unless said."),
    key("headers", Shape::Map(&Shape::Text), "Headers of the answer, as in `retry-after: 20`."),
    key("fail", Shape::Choice(|| names(FAILS)), "How the call fails, short of a status."),
    key("delay", Shape::Duration, "How long it takes to the first byte."),
    key("say", Shape::Text, "The answer's text; `{{pii.pan.1}}` is a token that the upstream saw."),
    key("chunks", Shape::Some(&Shape::FullText), "The answer's text in the chunks of a stream."),
    key("body", Shape::Either(&[Shape::Text, Shape::Table(&BYTES)]), "The whole body, word for word."),
    key(
        "tool_calls",
        Shape::Many(&Shape::Either(&[Shape::Text, Shape::Table(&TOOL_CALL)])),
        "Tools that it calls.",
    ),
    key("finish_reason", Shape::Text, "Why the answer ends."),
    key("cut", Shape::Ordinal, "Characters in a chunk of a stream."),
    key("truncate", Shape::Table(&TRUNCATE), "Where the connection breaks."),
    key("usage", Shape::Table(&COUNTED), "Tokens, as the upstream counts them."),
];

/// Keys of a named reply.
pub(super) const NAMED_REPLY: Table =
    Table { id: "named_reply", what: "a named reply", groups: &[REPLY_KEYS], needed: &[] };

/// Keys of a reply.
pub(super) const REPLY: Table = Table {
    id: "reply",
    what: "a reply",
    groups: &[
        &[key("with", Shape::Text, "A named reply, whose fields hold where nothing is said here.")],
        REPLY_KEYS,
    ],
    needed: &[],
};

/// Keys of a body that is no text.
pub(super) const BYTES: Table = Table {
    id: "bytes",
    what: "a body",
    groups: &[&[key(
        "hex",
        Shape::Hex,
        "Bytes in hexadecimal digits, two a byte, spaces between as one likes.",
    )]],
    needed: &["hex"],
};

/// Keys of where a connection breaks.
pub(super) const TRUNCATE: Table = Table {
    id: "truncate",
    what: "`truncate`",
    groups: &[&[
        key("chunks", Shape::Count, "After so many chunks."),
        key("bytes", Shape::Count, "After so many bytes."),
    ]],
    needed: &[],
};

/// Keys of a tool call.
pub(super) const TOOL_CALL: Table = Table {
    id: "tool_call",
    what: "a tool call",
    groups: &[&[
        key("name", Shape::Text, "The tool."),
        key("arguments", Shape::Json, "Its arguments: a mapping, or their JSON as a text."),
    ]],
    needed: &["name"],
};

/// Keys of the `usage` of a reply.
pub(super) const COUNTED: Table = Table {
    id: "counted",
    what: "`usage` of a reply",
    groups: &[&[key("input", Shape::Count, "Input tokens."), key("output", Shape::Count, "Output tokens.")]],
    needed: &[],
};

/// Keys of an expectation.
pub(super) const EXPECT: Table = Table {
    id: "expect",
    what: "`expect`",
    groups: &[&[
        key("allowed", Shape::Count, "How many of the step's requests pass."),
        key("verdict", Shape::Choice(|| vec!["allow", "deny"]), "Whether the request passes."),
        key("reason", Shape::Code(REASONS), "The reason that decides."),
        key("reasons", Shape::List(&Shape::Code(REASONS)), "All reasons, the deciding one first."),
        key("message", Shape::FullText, "What the client is told has this in it."),
        key("rules", Shape::List(&Shape::Text), "The rules that fired."),
        key("flags", Shape::List(&Shape::Text), "The flags."),
        key("shadowed", Shape::List(&Shape::Text), "What would have happened."),
        key("route", Shape::List(&Shape::Text), "Every candidate, in order."),
        key("exceptions", Shape::List(&Shape::Text), "The exceptions that let candidates in."),
        key("dropped", Shape::SomeMap(&Shape::Code(DROP_REASONS)), "Endpoints that fell out, and why."),
        key("served_by", Shape::Text, "The endpoint whose answer was used."),
        key("never", Shape::OneOrMore(&Shape::Text), "Endpoints that were not called."),
        key("attempts", Shape::List(&Shape::Text), "The endpoints that were called, in order."),
        key("redacted", Shape::Table(&SURFACES), "Redactions, by detector."),
        key("findings", Shape::Table(&SURFACES), "Findings, by detector."),
        key("upstream", Shape::Table(&TEXT), "The body that the serving upstream got."),
        key("client", Shape::Table(&TEXT), "The answer that the client got."),
        key("record", Shape::Table(&TEXT), "What is written of the exchange."),
        key("status", Shape::Status, "The HTTP status that the client got."),
        key("retry_after", Shape::Duration, "When trying again can succeed."),
        key("end", Shape::Choice(|| names(ENDS)), "How the exchange ended."),
        key("charges", Shape::Map(&Shape::Money), "What was charged, by the text of the limit."),
        key("alerts", Shape::List(&Shape::Text), "The thresholds of budgets that it reached."),
        key("tokens", Shape::Table(&COUNTED), "What was counted of the answer."),
        key("cost", Shape::Money, "What the answer cost."),
        key("cap", Shape::Count, "The least cap on output tokens in force."),
    ]],
    needed: &[],
};

/// Keys of counts on both surfaces.
pub(super) const SURFACES: Table = Table {
    id: "surfaces",
    what: "surfaces",
    groups: &[&[
        key("input", Shape::Map(&Shape::Count), "On the request."),
        key("output", Shape::Map(&Shape::Count), "On the answer."),
    ]],
    needed: &[],
};

/// Keys of what a text must be.
pub(super) const TEXT: Table = Table {
    id: "text",
    what: "what a text must be",
    groups: &[&[
        key("has", Shape::OneOrMore(&Shape::FullText), "It holds all of these."),
        key("lacks", Shape::OneOrMore(&Shape::FullText), "It holds none of these."),
        key("equals", Shape::Json, "It is this text, or this JSON."),
        key("matches", Shape::OneOrMore(&Shape::FullText), "All of these patterns match somewhere in it."),
        key("json", Shape::SomeMap(&Shape::Json), "JSON paths, and what they select."),
    ]],
    needed: &[],
};

/// Every table, for those who go through all keys.
#[cfg(test)]
pub(super) const ALL: &[&Table] = &[
    &SUITE,
    &FIXTURES,
    &DEFAULTS,
    &REQUEST,
    &MATRIX_FIELDS,
    &MATRIX,
    &CASE,
    &STEP,
    &SKIP,
    &CALLER,
    &MESSAGE,
    &USED,
    &WINDOWS,
    &NAMED_REPLY,
    &REPLY,
    &BYTES,
    &TRUNCATE,
    &TOOL_CALL,
    &COUNTED,
    &EXPECT,
    &SURFACES,
    &TEXT,
];
