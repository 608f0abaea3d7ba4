//! Embeddings, as an OpenAI-compatible provider answers them.
//!
//! A vector follows from its input alone: the bytes of SHA-256 over it, as
//! numbers from -1 to 1. Equal inputs have equal vectors; that is all they mean.

use super::chat::{OK, error_body, plain, scripted_failure};
use super::{Answer, Reply};
use crate::base64;
use crate::dialect::answer::Usage;
use crate::dialect::json::{Document, Kind, Value, encode};
use crate::dialect::openai::ChatRequest;
use sha2::{Digest, Sha256};

/// How long a vector is, unless the request says another number: enough to see, and to tell inputs apart.
const DIMENSIONS: u64 = 8;

/// Longest vector, as of the largest public model.
const DIMENSIONS_MAX: u64 = 3_072;

/// Answers, delays and truncation aside.
pub(super) fn answer(request: &[u8], reply: &Reply) -> Answer {
    let parsed = match ChatRequest::read_embeddings(request) {
        Ok(parsed) => parsed,
        Err(error) => return plain(400, error_body(400, &error.to_string()), reply),
    };
    if let Some(failure) = scripted_failure(reply) {
        return failure;
    }
    let status = reply.status.unwrap_or(OK);
    plain(status, body(request, &parsed, reply).into_bytes(), reply)
}

fn body(request: &[u8], parsed: &ChatRequest, reply: &Reply) -> String {
    let Ok(document) = Document::parse(request) else { return String::new() };
    let root = document.root();
    let asked = root.get("dimensions").and_then(Value::as_u64).unwrap_or(DIMENSIONS);
    let dimensions = usize::try_from(asked.clamp(1, DIMENSIONS_MAX)).unwrap_or(1);
    let is_packed = root.get("encoding_format").is_some_and(|format| format.is("base64"));
    let data: Vec<String> = (0_usize..)
        .zip(inputs(root))
        .map(|(index, input)| {
            let vector = vector(&input, dimensions);
            let vector = if is_packed { packed(&vector) } else { listed(&vector) };
            format!(r#"{{"object":"embedding","index":{index},"embedding":{vector}}}"#)
        })
        .collect();
    let Usage { input, .. } =
        reply.usage.unwrap_or(Usage { input: parsed.size.tokens(), output: 0, cached_input: 0 });
    format!(
        r#"{{"object":"list","data":[{}],"model":"{}","usage":{{"prompt_tokens":{input},"total_tokens":{input}}}}}"#,
        data.join(","),
        encode(&parsed.model)
    )
}

/// What is embedded: a text by its characters, ids by how they are written.
fn inputs(root: Value<'_, '_>) -> Vec<String> {
    let of = |value: Value<'_, '_>| value.as_str().map_or_else(|| value.raw().to_owned(), Into::into);
    let Some(input) = root.get("input") else { return Vec::new() };
    let is_list = input.elements().next().is_some_and(|first| first.kind() != Kind::Number);
    if is_list { input.elements().map(of).collect() } else { vec![of(input)] }
}

fn vector(input: &str, dimensions: usize) -> Vec<f32> {
    let mut numbers = Vec::with_capacity(dimensions);
    let mut round = 0_u64;
    while numbers.len() < dimensions {
        let digest = Sha256::new().chain_update(round.to_le_bytes()).chain_update(input).finalize();
        let (pairs, _) = digest.as_chunks::<2>();
        // A power of two divides exactly, on every machine.
        numbers.extend(pairs.iter().map(|pair| f32::from(i16::from_le_bytes(*pair)) / 32_768.0));
        round = round.saturating_add(1);
    }
    numbers.truncate(dimensions);
    numbers
}

fn listed(vector: &[f32]) -> String {
    let numbers: Vec<String> = vector.iter().map(ToString::to_string).collect();
    format!("[{}]", numbers.join(","))
}

fn packed(vector: &[f32]) -> String {
    let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
    format!("\"{}\"", base64::encode(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::openai::ChatAnswer;

    fn vectors(fields: &str) -> Vec<serde_json::Value> {
        let request = format!(r#"{{"model":"ada-2",{fields}}}"#);
        let answer = answer(request.as_bytes(), &Reply::default());
        assert_eq!(answer.status, 200, "{fields}");
        let body = answer.pieces.concat();
        let read = ChatAnswer::read_embeddings(&body).unwrap();
        assert!(read.texts.is_empty() && read.usage.is_some_and(|usage| usage.output == 0), "{fields}");
        let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
        json["data"].as_array().unwrap().iter().map(|item| item["embedding"].clone()).collect()
    }

    #[test]
    fn equal_inputs_have_equal_vectors_of_the_asked_length() {
        let list = vectors(r#""input":["a","b","a"]"#);
        assert_eq!((list.len(), &list[0]), (3, &list[2]));
        assert_ne!(list[0], list[1]);
        assert_eq!(list[0].as_array().unwrap().len(), 8);
        assert_eq!(vectors(r#""input":"a""#), [list[0].clone()]);
        assert_eq!(vectors(r#""input":"\u0061""#), [list[0].clone()]);
        assert_eq!(vectors(r#""input":[1,2]"#), vectors(r#""input":[[1,2]]"#));
        assert_eq!(vectors(r#""input":"a","dimensions":100"#)[0].as_array().unwrap().len(), 100);
        assert_eq!(vectors(r#""input":"a","dimensions":0"#)[0].as_array().unwrap().len(), 1);
        assert_eq!(vectors(r#""input":"a","dimensions":99999"#)[0].as_array().unwrap().len(), 3_072);
        assert!(list[0].as_array().unwrap().iter().all(|it| it.as_f64().unwrap().abs() <= 1.0));
    }

    #[test]
    fn packed_vectors_are_the_same_numbers() {
        let listed = vectors(r#""input":"a""#).remove(0);
        let packed = vectors(r#""input":"a","encoding_format":"base64""#).remove(0);
        let bytes = base64::decode(packed.as_str().unwrap().as_bytes()).unwrap();
        let numbers: Vec<f32> =
            bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        let expected: Vec<f32> =
            listed.as_array().unwrap().iter().map(|it| it.to_string().parse().unwrap()).collect();
        assert_eq!(numbers.len(), 8);
        assert!(numbers.iter().zip(&expected).all(|(one, other)| one.to_bits() == other.to_bits()));
    }

    #[test]
    fn it_fails_as_it_is_told_to() {
        let told = |reply: Reply| answer(br#"{"model":"m","input":"a"}"#, &reply);
        assert_eq!(told(Reply { status: Some(503), ..Reply::default() }).status, 503);
        let garbage = told(Reply { garbage: true, ..Reply::default() });
        assert!(ChatAnswer::read_embeddings(&garbage.pieces.concat()).is_err());
        assert_eq!(answer(br#"{"model":"m"}"#, &Reply::default()).status, 400);
    }
}
