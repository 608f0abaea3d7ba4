//! Carries one exchange from its head to its record.

mod answer;
mod client;
mod inbound;
mod wires;

use crate::machine::Machine;
pub(crate) use answer::{AnswerBody, Cut};
pub(crate) use client::Client;
pub(crate) use inbound::Inbound;
pub(crate) use wires::{Progress, Shared, Wires};

/// Carries out what the exchange asks for and tells it what happens, until its record is written.
pub(crate) async fn drive(mut exchange: Box<dyn Machine>, mut wires: Wires) {
    while !wires.is_over() {
        if let Some(step) = exchange.poll_step() {
            // A failure is an event like any other: it denies or falls back.
            if let Some(event) = wires.carry_out(step) {
                exchange.handle(event, wires.now());
            }
            continue;
        }
        wires.flush();
        let Some(event) = wires.first_of(exchange.poll_deadline()).await else {
            tracing::error!("an exchange waits for nothing; it is given up");
            return;
        };
        exchange.handle(event, wires.now());
    }
    wires.flush();
    wires.drain().await;
}
