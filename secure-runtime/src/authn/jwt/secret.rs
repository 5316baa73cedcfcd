//! A secret that issuer and verifier share (RFC 7518, section 3.2).

use std::collections::HashSet;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::key::Key;
use super::{Algorithm, KeySet};

impl KeySet {
    /// The secret of an issuer that signs with HMAC, such as your own service on the same host.
    ///
    /// Whoever verifies with it can also sign with it. The issuer must name the algorithm in
    /// [`Issuer::algorithms`](super::Issuer::algorithms), and its tokens have no `kid`. A JWK Set never gives a secret.
    ///
    /// # Errors
    ///
    /// `algorithm` has no shared secret, or this one is too short, easily guessed or a published sample. A secret that
    /// passes is not therefore random: take it from a generator.
    pub fn from_secret(algorithm: Algorithm, secret: impl AsRef<[u8]>) -> Result<Self, SecretError> {
        let (mac, secret) = (mac(algorithm).ok_or(SecretError::NoSecret)?, secret.as_ref());
        if secret.len() < mac.digest_algorithm().output_len() {
            return Err(SecretError::Short);
        }
        if is_guessable(secret) {
            return Err(SecretError::Guessable);
        }
        match is_sample(secret) {
            true => Err(SecretError::Sample),
            false => Ok(Self::of(Key::secret(algorithm, hmac::Key::new(mac, secret)))),
        }
    }
}

/// Why a secret is refused.
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq, thiserror::Error)]
pub enum SecretError {
    /// It has fewer than 8 different bytes, is a shorter text repeated, or counts in equal steps.
    #[error("the secret is easily guessed: take it from a random generator")]
    Guessable,
    /// It is a published sample, or a text with a word of such samples: `secret`, `password`, `changeme`, `example`.
    #[error("the secret is a published sample, or is made of words: take it from a random generator")]
    Sample,
    /// The algorithm is one with a public key.
    #[error("the algorithm has no shared secret: use HS256, HS384 or HS512")]
    NoSecret,
    /// It is shorter than the output of the hash (RFC 7518, section 3.2).
    #[error("the secret is shorter than the output of the hash: HS256 needs 32 bytes, HS384 48, and HS512 64")]
    Short,
}

debug_as_display!(SecretError);

fn mac(algorithm: Algorithm) -> Option<hmac::Algorithm> {
    match algorithm {
        Algorithm::Hs256 => Some(hmac::HMAC_SHA256),
        Algorithm::Hs384 => Some(hmac::HMAC_SHA384),
        Algorithm::Hs512 => Some(hmac::HMAC_SHA512),
        _ => None,
    }
}

/// Of 32 random bytes about 30 are different, of 32 random hexadecimal digits about 14.
fn is_guessable(secret: &[u8]) -> bool {
    let different: HashSet<_> = secret.iter().collect();
    different.len() < MIN_DIFFERENT || is_repeated(secret) || counts(secret)
}

/// Whether a secret is in a specification, or is a text in which documentation and tutorials leave a word to replace.
fn is_sample(secret: &[u8]) -> bool {
    let text = String::from_utf8_lossy(secret).to_ascii_lowercase();
    let has_word = SAMPLE_WORDS.iter().any(|word| text.contains(word));
    has_word && secret.is_ascii() || PUBLISHED.iter().any(|sample| sample == &URL_SAFE_NO_PAD.encode(secret))
}

fn is_repeated(secret: &[u8]) -> bool {
    (1..=secret.len() / 2).any(|period| secret[period..] == secret[..secret.len() - period])
}

fn counts(secret: &[u8]) -> bool {
    let mut steps = secret.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]));
    let first = steps.next();
    steps.all(|step| Some(step) == first)
}

const MIN_DIFFERENT: usize = 8;

/// In 32 random letters and digits, one secret in 10^7 has one of these words by chance.
const SAMPLE_WORDS: [&str; 8] =
    ["secret", "passw", "changeme", "change-me", "example", "qwerty", "0123456789", "abcdefghij"];

/// The keys of RFC 7515, appendix A.1, RFC 7517, appendix A.3, and RFC 7520, section 3.5.
const PUBLISHED: [&str; 3] = [
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
    "GawgguFyGrWKav7AX4VKUg",
    "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg",
];
