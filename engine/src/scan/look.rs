//! With what a text is read.

use super::automaton::Scanner;
use super::set::DetectorSet;
use super::window::Context;

/// With what a text is read, and what for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look<'a> {
    pub(super) scanner: &'a Scanner,
    pub(super) wanted: &'a DetectorSet,
    pub(super) context: Context<'a>,
}
