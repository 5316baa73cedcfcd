//! The allow file: widened access that was agreed to.

use std::collections::BTreeMap;

/// Methods whose widened access was agreed to.
///
/// ```text
/// # one method a line, and why
/// shop.v1.Orders/Get  # clerks answer the phone now
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Allowed {
    /// Reasons by method.
    reasons: BTreeMap<String, String>,
}

/// Why a text is no allow file.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum AllowError {
    /// A line names no method.
    #[error("line {0}: write `package.Service/Method  # reason`")]
    Method(usize),
    /// A line has no reason.
    #[error("line {0}: say why after a `#`")]
    Reason(usize),
}

impl Allowed {
    /// Reads an allow file.
    ///
    /// # Errors
    ///
    /// Fails at a line without a method or without a reason.
    pub(crate) fn parse(text: &str) -> Result<Self, AllowError> {
        let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty() && !line.starts_with('#'));
        let reasons = lines.map(|(line, number)| {
            let (method, reason) = line.split_once('#').unwrap_or((line, ""));
            match (method.trim(), reason.trim()) {
                (method, _) if method.split('/').count() != 2 => Err(AllowError::Method(number)),
                (_, "") => Err(AllowError::Reason(number)),
                (method, reason) => Ok((method.to_owned(), reason.to_owned())),
            }
        });
        Ok(Self { reasons: reasons.collect::<Result<_, _>>()? })
    }

    pub(crate) fn reason(&self, method: &str) -> Option<&str> {
        self.reasons.get(method).map(String::as_str)
    }

    pub(crate) fn methods(&self) -> impl Iterator<Item = &str> {
        self.reasons.keys().map(String::as_str)
    }
}
