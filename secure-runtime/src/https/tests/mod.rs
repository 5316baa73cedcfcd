//! Test doubles for those who use HTTPS.

mod server;

pub(crate) use server::{Certificate, Does, FaultyServer, answer, ok};
