//! Secrets that are wiped from memory when they are dropped.
//!
//! Buffers of the HTTP and TLS libraries are not wiped.

use bytes::Bytes;
use http::HeaderValue;
use http::header::InvalidHeaderValue;
use zeroize::Zeroizing;

/// A text of `parts` that is wiped when it is dropped. No other copy of it is made.
pub(crate) fn concat(parts: &[&str]) -> Zeroizing<String> {
    let mut text = with_capacity(parts.iter().map(|part| part.len()).sum());
    parts.iter().for_each(|part| text.push_str(part));
    text
}

/// An empty text that is wiped when it is dropped. Up to `capacity` bytes, it is not copied when it grows.
pub(crate) fn with_capacity(capacity: usize) -> Zeroizing<String> {
    Zeroizing::new(String::with_capacity(capacity))
}

/// A header with this text, which is wiped when the last copy of the header is dropped. `Debug` does not print it.
pub(crate) fn header(text: Zeroizing<String>) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(text))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_is_moved_into_a_header_without_a_copy() {
        let text = concat(&["Bearer ", "a", "b"]);
        let address = text.as_ptr();
        let value = header(text).unwrap();
        let copy = value.clone();
        assert_eq!((value.as_bytes(), value.as_bytes().as_ptr()), (b"Bearer ab".as_slice(), address));
        assert_eq!(copy.as_bytes().as_ptr(), address);
        assert!(value.is_sensitive() && copy.is_sensitive());
    }

    #[test]
    fn text_that_is_not_a_header_value_is_refused() {
        assert!(header(concat(&["a\nb"])).is_err());
    }
}
