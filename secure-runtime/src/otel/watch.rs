//! What a program has measured beside its calls: keys, certificates, the audit log and the token cache.

use std::time::UNIX_EPOCH;

use opentelemetry::KeyValue;

use super::instruments::{CACHE, NAME};
use super::telemetry::Telemetry;
use crate::audit::JsonLines;
use crate::authn::jwt::{Jwt, KeySet};
use crate::tls::TlsWatch;

impl Telemetry {
    /// Measures how old the keys are, as `secure.keys.age`. `name` is its label, for example the name of
    /// the issuer.
    pub fn watch_keys(&self, name: &'static str, keys: &KeySet) {
        let keys = keys.clone();
        let age = move || keys.age().map(|age| age.as_secs_f64());
        self.watched().key_ages.add(vec![KeyValue::new(NAME, name)], age);
    }

    /// Measures when the own certificate expires, as `secure.certificate.not_after`. `name` is its label.
    pub fn watch_certificate(&self, name: &'static str, watch: TlsWatch) {
        let not_after = move || {
            let not_after = watch.status().not_after?;
            not_after.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs_f64())
        };
        self.watched().not_after.add(vec![KeyValue::new(NAME, name)], not_after);
    }

    /// Counts lines that the log dropped, as `secure.audit.dropped`. `name` is its label: each log needs its own.
    pub fn watch_audit(&self, name: &'static str, audit: &JsonLines) {
        let audit = audit.clone();
        self.watched().dropped.add(vec![KeyValue::new(NAME, name)], move || Some(audit.dropped()));
    }

    /// Counts lookups in the cache of verified tokens, as `secure.token_cache.lookups`. `name` is a label.
    pub fn watch_tokens(&self, name: &'static str, tokens: &Jwt) {
        for (result, is_hit) in [("hit", true), ("miss", false)] {
            let tokens = tokens.clone();
            let labels = vec![KeyValue::new(NAME, name), KeyValue::new(CACHE, result)];
            self.watched().lookups.add(labels, move || Some(tokens.cache_lookups(is_hit)));
        }
    }
}
