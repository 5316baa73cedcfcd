//! `debug_as_display!`: an error type whose `Debug` is its `Display`, followed by its causes.
//!
//! A `main` that returns an error prints its `Debug`. With this macro the user reads the text instead of field names.

use std::error::Error;
use std::fmt;

/// Implements `Debug` for an error type, as its `Display` and those of its causes, separated by `: `.
macro_rules! debug_as_display {
    ($error:ty) => {
        impl std::fmt::Debug for $error {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                crate::debug_as_display::write_chain(self, f)
            }
        }
    };
}

pub(crate) fn write_chain(error: &dyn Error, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{error}")?;
    let mut source = error.source();
    while let Some(cause) = source {
        write!(f, ": {cause}")?;
        source = cause.source();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[derive(thiserror::Error)]
    enum SettingError {
        #[error("the setting is missing")]
        Missing,
        #[error("the setting is not text")]
        NotText(#[source] std::str::Utf8Error),
    }

    debug_as_display!(SettingError);

    #[test]
    fn debug_output_of_an_error_has_its_text_and_causes() {
        let cause = str::from_utf8(b"\xff".as_slice()).unwrap_err();
        assert_eq!(format!("{:?}", SettingError::Missing), "the setting is missing");
        assert_eq!(format!("{:?}", SettingError::NotText(cause)), format!("the setting is not text: {cause}"));
    }
}
