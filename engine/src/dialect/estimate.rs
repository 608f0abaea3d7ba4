//! Tokens, before anyone counted them.
//!
//! `request.tokens` is this function of the request's bytes unless a model says
//! `count exact`. It is an estimate and a promise: the same request always has
//! the same number, here, in a test and in a replay.
//!
//! | what | tokens |
//! |---|---|
//! | text | one for each 4 bytes of UTF-8, all text of the request taken together, rounded up |
//! | each message | 4 |
//! | each piece of content that is no text (image, audio, file) | 1000 |
//! | each id of a token, in an input of embeddings | 1 |
//!
//! Text is every string that the model may come to see: contents, names, tool
//! definitions with the keys of their schemas, arguments and results, after the
//! escapes of JSON are undone; and numbers of eight digits or more.

/// Bytes of UTF-8 that count as one token; English runs at about four, other scripts at two to four.
pub const BYTES_PER_TOKEN: u64 = 4;

/// Tokens for the frame of a message.
pub const TOKENS_PER_MESSAGE: u64 = 4;

/// Tokens for a piece of content that is no text; an image of a megapixel costs about as much.
pub const TOKENS_PER_OPAQUE_PART: u64 = 1_000;

/// What tokens are estimated from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct InputSize {
    /// Bytes of text.
    pub text_bytes: u64,
    /// Messages.
    pub messages: u64,
    /// Pieces of content that are no text.
    pub opaque_parts: u64,
    /// Tokens that are given as their ids.
    pub token_ids: u64,
}

impl InputSize {
    /// The estimate.
    ///
    /// # Examples
    ///
    /// ```
    /// # use engine::dialect::estimate::InputSize;
    /// let size = InputSize { text_bytes: 9, messages: 2, opaque_parts: 1, token_ids: 2 };
    /// assert_eq!(size.tokens(), 3 + 8 + 1000 + 2);
    /// ```
    pub const fn tokens(self) -> u64 {
        text_tokens(self.text_bytes)
            .saturating_add(self.messages.saturating_mul(TOKENS_PER_MESSAGE))
            .saturating_add(self.opaque_parts.saturating_mul(TOKENS_PER_OPAQUE_PART))
            .saturating_add(self.token_ids)
    }
}

/// The estimate for text alone, such as an answer's.
pub const fn text_tokens(bytes: u64) -> u64 {
    bytes.div_ceil(BYTES_PER_TOKEN)
}
