//! What each field of a chat completion and of a request for embeddings is, as tables: the only place that
//! says where text lives in this dialect.
//!
//! Every field of the public API stands here. A field that does not is text.

use crate::dialect::shape::Shape::{
    self, Bool, Data, Each, Integer, Issued, Link, Number, Object, Opaque, Own, Part, Prompt, Refused,
    Schema, Source, Stored, StringOr, Text, Words,
};
use lang::model::Kind;

/// The body of a request: its own fields, and those that no request may have.
macro_rules! request {
    ($($field:expr),* $(,)?) => {
        Object(&[
            $($field,)*
            // Not of the public API, and honoured by gateways and servers that speak it: the
            // caller would choose another model, endpoint or credential than was decided.
            ("api_base", Refused),
            ("api_key", Refused),
            ("base_url", Refused),
            ("custom_llm_provider", Refused),
            ("deployment_id", Refused),
            ("engine", Refused),
            ("extra_body", Refused),
            ("extra_headers", Refused),
            ("fallbacks", Refused),
            ("model_list", Refused),
            ("models", Refused),
            ("plugins", Refused),
            ("provider", Refused),
            ("route", Refused),
        ])
    };
}

/// The body of a chat request.
pub(super) const REQUEST: Shape = request![
    ("model", Own),
    ("messages", Each(&MESSAGE)),
    ("audio", Object(&[("voice", Text), ("format", Words(&["wav", "mp3", "flac", "opus", "pcm16", "aac"]))])),
    ("frequency_penalty", Number),
    ("function_call", Words(&["none", "auto"])),
    ("functions", Each(&Schema)),
    ("logit_bias", Text),
    ("logprobs", Bool),
    ("max_completion_tokens", Own),
    ("max_tokens", Own),
    ("metadata", Text),
    // The provider's own moderation of this exchange: the name of a model, and modes.
    ("moderation", Text),
    ("modalities", Each(&Words(&["text", "audio"]))),
    ("n", Integer),
    ("parallel_tool_calls", Bool),
    ("prediction", Object(&[("type", Words(&["content"])), ("content", CONTENT)])),
    ("presence_penalty", Number),
    ("prompt_cache_key", Text),
    ("prompt_cache_options", Text),
    ("prompt_cache_retention", Words(&["in-memory", "in_memory", "24h"])),
    ("reasoning_effort", Words(&["none", "minimal", "low", "medium", "high", "xhigh"])),
    (
        "response_format",
        Object(&[("type", Words(&["text", "json_object", "json_schema"])), ("json_schema", Schema)]),
    ),
    ("safety_identifier", Text),
    ("seed", Integer),
    ("service_tier", Words(&["auto", "default", "flex", "priority", "scale"])),
    ("stop", Text),
    ("store", Bool),
    ("stream", Bool),
    ("stream_options", Object(&[("include_usage", Bool), ("include_obfuscation", Bool)])),
    ("temperature", Number),
    ("tool_choice", Words(&["none", "auto", "required"])),
    ("tools", Each(&Schema)),
    ("top_logprobs", Integer),
    ("top_p", Number),
    ("user", Text),
    ("verbosity", Words(&["low", "medium", "high"])),
    ("web_search_options", Text),
];

/// The body of a request for embeddings.
pub(super) const EMBEDDINGS: Shape = request![
    ("model", Own),
    ("input", Prompt),
    ("dimensions", Integer),
    ("encoding_format", Words(&["float", "base64"])),
    ("user", Text),
];

/// One message of a request.
const MESSAGE: Shape = Object(&[
    ("role", Words(&["system", "developer", "user", "assistant", "tool", "function"])),
    ("content", CONTENT),
    ("name", Text),
    ("refusal", Text),
    ("reasoning_content", Text),
    ("tool_call_id", Issued),
    ("tool_calls", Each(&TOOL_CALL)),
    ("function_call", CALL),
    ("audio", Object(&[("id", Stored(Kind::Audio))])),
]);

/// What a message says: a string, or parts.
const CONTENT: Shape = StringOr(&Text, &Each(&PART));

/// One part of a content.
///
/// Its payloads count whatever `type` says: some servers go by the payload alone.
const PART: Shape = Object(&[
    ("type", Part(&["text", "image_url", "input_audio", "file", "refusal", "video_url", "audio_url"])),
    ("text", Text),
    ("refusal", Text),
    ("prompt_cache_breakpoint", Text),
    ("image_url", StringOr(&Link(Kind::Image), &IMAGE)),
    ("input_audio", Object(&[("data", Opaque(Kind::Audio)), ("format", Words(&["wav", "mp3"]))])),
    (
        "file",
        Object(&[("file_data", Data(Kind::Document)), ("file_id", Stored(Kind::File)), ("filename", Text)]),
    ),
    ("video_url", StringOr(&Link(Kind::Video), &Object(&[("url", Link(Kind::Video))]))),
    ("audio_url", StringOr(&Link(Kind::Audio), &Object(&[("url", Link(Kind::Audio))]))),
]);

const IMAGE: Shape = Object(&[("url", Link(Kind::Image)), ("detail", Words(&["auto", "low", "high"]))]);

/// A call that the model made, in a request or in an answer.
const TOOL_CALL: Shape = Object(&[
    ("index", Integer),
    ("id", Issued),
    ("type", Words(&["function", "custom"])),
    ("function", CALL),
    ("custom", Text),
]);

/// Name and arguments of a call.
const CALL: Shape = Object(&[("name", Text), ("arguments", Source)]);
