//! Text to manifest. What a reader does not know could narrow or widen a rule, so it is refused.

use super::{Ambiguous, Manifest, Service, digest};

/// Why a text is not a manifest that can be trusted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ManifestError {
    /// It is no manifest of a version that is known.
    #[error("{0}")]
    Malformed(#[from] serde_json::Error),
    /// Somebody changed a rule by hand.
    #[error("the rules of `{0}` do not have the digest that stands beside them; write the manifest again")]
    Digest(String),
    /// A service says nothing.
    #[error("`{0}` needs either methods or a rule for all of them")]
    Silent(String),
    /// Manifests that are read together disagree.
    #[error(transparent)]
    Ambiguous(#[from] Ambiguous),
    /// A service takes its roles from a vocabulary that is not there.
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
