//! No change of a good token is accepted.
#![no_main]

use secure_fuzz::{GOOD, verify};

libfuzzer_sys::fuzz_target!(|token: &str| {
    assert_eq!(verify(token).is_some(), GOOD.contains(&token));
});
