//! For how long an answer is fresh (RFC 9111, section 5.2.2.1).

use std::time::Duration;

use http::{HeaderMap, header};

/// What `max-age` says, less the time that the answer has spent in caches, within bounds; 10 minutes if nothing does.
pub(super) fn fresh_for(headers: &HeaderMap) -> Duration {
    let values = headers.get_all(header::CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let most = values.flat_map(|value| value.split(',')).find_map(max_age);
    most.map_or(DEFAULT, |seconds| Duration::from_secs(seconds.saturating_sub(age(headers))).clamp(SHORTEST, LONGEST))
}

/// Names have no case, and the number may be in quotes (RFC 9111, section 5.2).
fn max_age(directive: &str) -> Option<u64> {
    let (name, value) = directive.trim().split_once('=')?;
    let digits = value.trim_matches('"');
    name.eq_ignore_ascii_case("max-age").then(|| seconds(digits))?
}

/// For how long caches have kept the answer (RFC 9111, section 5.1).
fn age(headers: &HeaderMap) -> u64 {
    headers.get(header::AGE).and_then(|value| seconds(value.to_str().ok()?)).unwrap_or(0)
}

/// Too large for a number is long (RFC 9111, section 1.2.2).
fn seconds(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

const DEFAULT: Duration = Duration::from_secs(10 * 60);
const SHORTEST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_lifetime_is_ten_minutes_or_cache_control_within_a_minute_and_a_day() {
        for (values, seconds) in [
            (&[][..], 600),
            (&["no-store"], 600),
            (&["max-age"], 600),
            (&["max-age=-1"], 600),
            (&["max-age=soon"], 600),
            (&["s-maxage=7200"], 600),
            (&["max-age=0"], 60),
            (&["max-age=59"], 60),
            (&["max-age=3600"], 3_600),
            (&["public, Max-Age=\"3600\", must-revalidate"], 3_600),
            (&["public", "max-age=3600"], 3_600),
            (&["max-age=86401"], 86_400),
            (&["max-age=99999999999999999999999"], 86_400),
        ] {
            let mut headers = HeaderMap::new();
            values.iter().for_each(|value| _ = headers.append(header::CACHE_CONTROL, value.parse().unwrap()));
            assert_eq!(fresh_for(&headers), Duration::from_secs(seconds), "{values:?}");
        }
    }
    #[test]
    fn age_header_shortens_the_key_lifetime() {
        for (age, seconds) in [("0", 7_200), ("3600", 3_600), ("7200", 60), ("99999999999999999999", 60), ("-1", 7_200)]
        {
            let values = [(header::CACHE_CONTROL, "max-age=7200"), (header::AGE, age)];
            let headers = values.into_iter().map(|(name, value)| (name, value.parse().unwrap())).collect();
            assert_eq!(fresh_for(&headers), Duration::from_secs(seconds), "{age}");
        }
    }
}
