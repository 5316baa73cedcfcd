//! Text to manifest. An unknown member could narrow or widen a rule, so it is refused.

use serde_json::Value;

use super::{Ambiguous, Manifest, Service, digest};
use crate::diagnostic::is_invisible;

/// Why a text is not a manifest that can be trusted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ManifestError {
    /// The text is not a manifest of a known version.
    #[error("{}", crate::diagnostic::visible(&.0.to_string()))]
    Malformed(#[from] serde_json::Error),
    /// The digest of a service does not match its rules, so a rule was changed by hand.
    #[error("the rules of `{0}` do not have the digest that stands beside them; write the manifest again")]
    Digest(String),
    /// A text has a character that cannot be seen, so a report would show something else.
    #[error("`{}` contains a line break or an invisible character; write the manifest again", .0.escape_debug())]
    Invisible(String),
    /// A reason or a description says nothing.
    #[error("the reason and the description of `{0}` need a text; write the manifest again")]
    Blank(String),
    /// A service has neither methods nor a rule.
    #[error("`{0}` needs either methods or a rule for all of them")]
    Silent(String),
    /// Two manifests that are read together have different rules for one service.
    #[error(transparent)]
    Ambiguous(#[from] Ambiguous),
    /// A service names a vocabulary that the manifest does not have.
    #[error("the vocabulary `{vocabulary}` of `{service}` is missing")]
    UnknownVocabulary { service: String, vocabulary: String },
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    ///
    /// Says why the text is not a manifest, or that a digest does not fit its rules.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, ManifestError> {
        let manifest: Self = serde_json::from_slice(text)?;
        visible(&serde_json::from_slice(text)?)?;
        manifest.services.iter().try_for_each(|(name, service)| manifest.check(name, service))?;
        Ok(manifest)
    }

    fn check(&self, name: &str, service: &Service) -> Result<(), ManifestError> {
        if service.methods.is_empty() == service.rule.is_none() {
            return Err(ManifestError::Silent(name.to_owned()));
        }
        if let Some(unknown) = service.vocabulary.as_ref().filter(|it| !self.vocabularies.contains_key(*it)) {
            return Err(ManifestError::UnknownVocabulary { service: name.to_owned(), vocabulary: unknown.clone() });
        }
        if let Some(unknown) = service.scope_vocabulary.as_ref().filter(|it| !self.scope_vocabularies.contains_key(*it))
        {
            return Err(ManifestError::UnknownVocabulary { service: name.to_owned(), vocabulary: unknown.clone() });
        }
        for (method, declared) in &service.methods {
            let mut texts = [&declared.public_reason, &declared.description].into_iter().flatten();
            if texts.any(|text| text.trim().is_empty()) {
                return Err(ManifestError::Blank(format!("{name}/{method}")));
            }
        }
        match digest(name, &service.methods, service.rule.as_ref()) == service.digest {
            true => Ok(()),
            false => Err(ManifestError::Digest(name.to_owned())),
        }
    }
}

/// Refuses names and texts with characters that nobody sees. They could change what a terminal shows of other lines.
fn visible(value: &Value) -> Result<(), ManifestError> {
    let check = |text: &str| match text.chars().any(is_invisible) {
        true => Err(ManifestError::Invisible(text.to_owned())),
        false => Ok(()),
    };
    match value {
        Value::Array(values) => values.iter().try_for_each(visible),
        Value::Object(members) => members.iter().try_for_each(|(name, value)| {
            check(name)?;
            visible(value)
        }),
        Value::String(text) => check(text),
        Value::Bool(_) | Value::Null | Value::Number(_) => Ok(()),
    }
}
