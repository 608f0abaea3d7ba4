//! What can be said of all decisions of a model, not of one alone.
//!
//! A trial looks for a request that breaks an invariant: random facts that fit
//! the model ([`sample`]), decided and held against it ([`invariant`]). It can
//! refute and never prove. The seed is passed in, so a trial is the same on
//! every machine. What detectors must find in a witness is drawn by [`sample_text`].

mod invariant;
mod random;
mod sample;
mod text;

pub use invariant::{Invariants, Standing, Trial, Witness, try_invariants};
pub use text::{sample_text, sample_text_within};
