//! Text to manifest. An unknown member could narrow or widen a rule, so it is refused.

use super::{Ambiguous, Manifest, Service, digest};

/// Why a text is not a manifest that can be trusted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ManifestError {
    /// The text is not a manifest of a known version.
    #[error("{0}")]
    Malformed(#[from] serde_json::Error),
    /// The digest of a service does not match its rules, so a rule was changed by hand.
    #[error("the rules of `{0}` do not have the digest that stands beside them; write the manifest again")]
    Digest(String),
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
        match digest(name, &service.methods, service.rule.as_ref()) == service.digest {
            true => Ok(()),
            false => Err(ManifestError::Digest(name.to_owned())),
        }
    }
}
