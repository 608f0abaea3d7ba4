//! Values that stand after their name: in settings, headers and code.

use super::placeholder;
use super::secret::is_random;
use crate::base64;

/// Fewest digits in a value that is not hexadecimal: names in code have one or none.
const DIGITS_MIN: usize = 2;

/// Fewest changes between letters and digits in a value: `handler2024` has one, random
/// text of 16 characters about four.
const CHANGES_MIN: usize = 3;

/// Furthest that the separator after an issuer's prefix stands, as in `github_pat_`.
const PREFIX_BYTES_MAX: usize = 8;

/// Beginnings of keys that have a detector of their own and no separator.
const PREFIXES: &[&str] = &[
    "1//0", "3MVG9", "4b1d", "ABSK", "AIza", "AKCp", "AKIA", "AKID", "AQE", "AQVN", "ASIA", "ATATT", "ATBB",
    "ATCTT", "ATSTT", "ATTA", "EAA", "EXO", "EZAK", "EZTK", "GOOG", "KEY", "LTAI", "SCW", "cio", "cmVmd",
    "dG9rO", "dapi", "dose", "eyJ", "oy2", "pat", "sha256",
];

/// Texts inside of keys that have a detector of their own.
const SIGNS: &[&str] = &["+ASt", "ACDb", "AzCa", "AzFu", "AzSe", "FFFFNRAL", "JQQJ9", "T3BlbkFJ", "atlasv1"];

/// Words in the names of keys whose issuers give them no sign, and that have a detector of their own.
const ISSUERS: &[&str] = &[
    "ably",
    "ai21",
    "algolia",
    "alibaba",
    "alicloud",
    "aliyun",
    "assemblyai",
    "auth0",
    "aws",
    "binance",
    "bluemix",
    "box",
    "cf",
    "clarifai",
    "cloudflare",
    "co",
    "codeberg",
    "codecov",
    "codestral",
    "cohere",
    "coinbase",
    "confluent",
    "consul",
    "dd",
    "deepgram",
    "discord",
    "elastic",
    "elasticsearch",
    "fastly",
    "forgejo",
    "freshdesk",
    "gh",
    "gitea",
    "github",
    "hcloud",
    "heroku",
    "hetzner",
    "honeycomb",
    "ibm",
    "ibmcloud",
    "jenkins",
    "kafka",
    "linode",
    "mailchimp",
    "mailgun",
    "mailjet",
    "mattermost",
    "mbx",
    "messagebird",
    "mistral",
    "mistralai",
    "ngrok",
    "nomad",
    "npmjs",
    "okta",
    "openweather",
    "openweathermap",
    "ovh",
    "owm",
    "pagerduty",
    "paypal",
    "pinecone",
    "pipedrive",
    "plivo",
    "postmark",
    "pusher",
    "qstash",
    "railway",
    "recaptcha",
    "rollbar",
    "scaleway",
    "scw",
    "shodan",
    "snyk",
    "sparkpost",
    "splunk",
    "sumologic",
    "telnyx",
    "tencent",
    "tencentcloud",
    "todoist",
    "together",
    "travis",
    "twilio",
    "upstash",
    "vault",
    "virustotal",
    "vonage",
    "vt",
    "vultr",
    "wandb",
    "webex",
    "zendesk",
    "zhipu",
    "zhipuai",
    "zoom",
];

/// Whether the value after its name is random, and has no detector of its own.
pub(super) fn is_assigned_key(text: &str) -> bool {
    let (name, value) = parts(text);
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    digits >= DIGITS_MIN
        && changes(value) >= CHANGES_MIN
        && is_random(value)
        && placeholder::is_absent(value)
        && !value.starts_with('/')
        && !has_sign(value)
        && !is_of_issuer(name)
}

/// The name, and what stands after it: from the last sign of an assignment, quote or space on.
fn parts(text: &str) -> (&str, &str) {
    let text = text.trim_end_matches(['=', '"', '\'', '`']);
    text.rsplit_once([' ', '\t', '\n', '\r', '=', ':', '>', '"', '\'', '`']).unwrap_or(("", text))
}

/// How often letters and digits take turns.
fn changes(value: &str) -> usize {
    let kinds = value.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.is_ascii_digit());
    kinds.clone().zip(kinds.skip(1)).filter(|(one, next)| one != next).count()
}

/// Whether a value looks as the keys of some issuer do: with letters that are
/// known, or with a short word of one case and a separator at its beginning.
fn has_sign(value: &str) -> bool {
    PREFIXES.iter().any(|prefix| value.starts_with(prefix))
        || SIGNS.iter().any(|sign| value.contains(sign))
        || has_word_before_separator(value) && !is_uuid(value)
}

fn has_word_before_separator(value: &str) -> bool {
    let word = value.find(['-', '_', '.']).and_then(|at| value.get(..at)).unwrap_or_default();
    (2..=PREFIX_BYTES_MAX).contains(&word.len())
        && word.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !(word.bytes().any(|byte| byte.is_ascii_uppercase())
            && word.bytes().any(|byte| byte.is_ascii_lowercase()))
}

/// Whether a word of the name is one of [`ISSUERS`].
fn is_of_issuer(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| ISSUERS.contains(&word))
}

fn is_uuid(value: &str) -> bool {
    value.len() == 36 && value.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Whether the last word is base 64 of `name:password`.
pub(super) fn is_basic_auth(text: &str) -> bool {
    let word = text.trim_end_matches(['"', '\'', '=']);
    let word = word.rsplit([' ', '\t', '\n', '\r', ':', '"', '\'']).next().unwrap_or_default();
    let Some(Ok(pair)) = base64::decode(word.as_bytes()).map(String::from_utf8) else {
        return false;
    };
    let is_text = !pair.chars().any(char::is_control);
    is_text && pair.split_once(':').is_some_and(|(_, password)| password.chars().count() >= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assigned_keys() {
        let table = [
            ("api_key = \"9fQ2mZ7xK4vB1nR8tL5w\"", true),
            ("api_key: 7f3d9a1c5be04268aa10", true),
            ("token=3b241101-e2bb-4255-8caf-4136c566a962", true),
            ("api_key = sk_live_9fQ2mZ7xK4vB1nR8", false),
            ("secret_key=github_pat_11ABCDE0a9b8c7d6e5f4", false),
            ("api_key = AIza9fQ2mZ7xK4vB1nR8tL5w", false),
            ("token: eyJhbGciOiJIUzI1NiJ9", false),
            ("api_key = getApiKeyFromEnvironment2", false),
            ("api_key = your-9fQ2mZ7x-key", false),
            ("api_key = settings/production/2024", false),
            ("secret_key: /etc/acme/keys/2024/v2x3y4z5", false),
            ("ACME_API_KEY=7f3d9a1c5be0426877f3d9a1c5be0426", true),
            ("access_token=7f3d9a1c5be0426877f3d9a1c5be0426", true),
            ("DD_API_KEY=7f3d9a1c5be0426877f3d9a1c5be0426", false),
            ("api-key: 9fQ2mZ7xK4vB1nR8tL5wJQQJ99BKAC", false),
            ("api_key = aaaa1111aaaa1111aaaa", false),
            ("", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_assigned_key(text), expected, "{text}");
        }
    }

    #[test]
    fn basic_auths() {
        let table = [
            ("Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", true), // of RFC 7617
            ("Authorization: Basic dGVzdDoxMjPCow==", true),             // of RFC 7617
            ("\"auth\": \"YXBwOnMzY3JldA==\"", true),
            ("Authorization: Basic dXNlcm5hbWU=", false), // no colon
            ("Authorization: Basic dXNlcjo=", false),     // no password
            ("Authorization: Basic credentials", false),
            ("", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_basic_auth(text), expected, "{text}");
        }
    }
}
