//! The deadline of a call, as its client sends it.

use std::time::Duration;

use http::{HeaderMap, HeaderName};

/// What is left of the time of a call: one to eight digits and a unit (gRPC over HTTP/2, "Requests"). `None` if the call
/// has no deadline, or a malformed one.
pub(crate) fn time_left(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(GRPC_TIMEOUT)?.to_str().ok()?;
    let (number, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    if !(1..=8).contains(&number.len()) || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = number.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(number * 60 * 60)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

/// Replaces what is left of the time of a call.
pub(crate) fn set_time_left(headers: &mut HeaderMap, left: Duration) {
    let mut request = tonic::Request::new(());
    request.set_timeout(left);
    headers.extend(request.into_parts().0.into_headers());
}

const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn parsed(value: &'static str) -> Option<Duration> {
        time_left(&HeaderMap::from_iter([(GRPC_TIMEOUT, HeaderValue::from_static(value))]))
    }

    #[test]
    fn every_unit_of_a_deadline_is_read() {
        let parsed = ["2H", "2M", "2S", "2m", "2u", "2n"].map(|value| parsed(value).unwrap().as_nanos());
        assert_eq!(parsed, [7_200_000_000_000, 120_000_000_000, 2_000_000_000, 2_000_000, 2_000, 2]);
        assert_eq!(self::parsed("99999999H"), Some(Duration::from_secs(99_999_999 * 3_600)));
    }

    #[test]
    fn malformed_deadline_is_ignored() {
        for value in ["", "S", "1", "1 S", "+1S", "-1S", "1.5S", "123456789S", "1s", "1h", "1SS"] {
            assert_eq!(parsed(value), None, "{value}");
        }
        assert_eq!(time_left(&HeaderMap::new()), None);
    }
}
