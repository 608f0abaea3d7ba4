//! One request and its response, from head to record, without I/O.

mod step;

pub use step::{
    Attempt, Event, Head, Identified, Moment, ResponseHead, Settlement, Shown, Step, UpstreamFailure,
};
