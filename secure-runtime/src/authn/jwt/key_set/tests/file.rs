//! Keys in a file.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::authn::jwt::key_set::file::{KeyFile, Timing};
use crate::authn::jwt::key_set::format::KeyFormat;
use crate::authn::jwt::key_set::keys::{KeySetError, Keys, MAX_BYTES};
use crate::authn::jwt::key_set::live::Live;
use crate::authn::jwt::reason;
use crate::follow::{FileSet, Follower};

fn watched(path: &Path) -> KeySet {
    let timing = Timing { interval: Duration::from_millis(5), ..Timing::DEFAULT };
    KeySet::follow_file(path, KeyFormat::jwks(), timing).unwrap()
}

#[test]
fn a_file_that_is_replaced_gives_its_new_keys() {
    let (folder, issuer) = (tempfile::tempdir().unwrap(), issuer());
    let path = folder.path().join("jwks.json");
    fs::write(&path, jwks(&issuer, "first")).unwrap();
    let tokens = verifier(&watched(&path));
    let (first, second) = (token(&issuer, "first"), token(&issuer, "second"));
    assert_eq!((at_once(&tokens, &first), at_once(&tokens, &second)), (Ok(()), Err(reason::KEY_UNKNOWN)));
    fs::write(&path, jwks(&issuer, "second")).unwrap();
    eventually("the second key counts", || at_once(&tokens, &second).is_ok());
    assert_eq!(at_once(&tokens, &first), Err(reason::KEY_UNKNOWN), "it was remembered, and its key is gone");
}

#[test]
fn swapped_kubernetes_volume_gives_its_new_keys() {
    let (folder, issuer) = (tempfile::tempdir().unwrap(), issuer());
    let at = |name: &str| folder.path().join(name);
    for name in ["first", "second"] {
        fs::create_dir(at(name)).unwrap();
        fs::write(at(name).join("jwks.json"), jwks(&issuer, name)).unwrap();
    }
    symlink("first", at("..data")).unwrap();
    symlink("..data/jwks.json", at("jwks.json")).unwrap();
    let tokens = verifier(&watched(&at("jwks.json")));
    assert_eq!(at_once(&tokens, &token(&issuer, "first")), Ok(()));
    symlink("second", at("..data_tmp")).unwrap();
    fs::rename(at("..data_tmp"), at("..data")).unwrap();
    fs::remove_dir_all(at("first")).unwrap();
    eventually("the second key counts", || at_once(&tokens, &token(&issuer, "second")).is_ok());
}

fn parse(contents: &[String]) -> Result<Keys, KeySetError> {
    Keys::read(&contents.concat(), KeyFormat::jwks())
}

/// The state of a file that is polled without a thread, so that what is logged can be read.
struct Polled {
    path: PathBuf,
    follower: Follower<Keys, KeySetError>,
    file: KeyFile,
    tokens: Jwt,
    live: Arc<Live>,
}

impl Polled {
    fn new(path: PathBuf, text: String) -> Self {
        fs::write(&path, &text).unwrap();
        let follower = Follower::new(FileSet::new([&*path], MAX_BYTES), parse).since(std::slice::from_ref(&text));
        let live = Arc::new(Live::fixed(Keys::read(&text, KeyFormat::jwks()).unwrap()));
        let tokens = verifier(&KeySet::of_live(Arc::clone(&live)));
        let file = KeyFile::new(&path, &live, Timing::DEFAULT.max_outage);
        Self { path, follower, file, tokens, live }
    }

    fn poll_three_times(&mut self) {
        for _ in 0..3 {
            self.follower.poll_into(&self.file);
        }
    }
}

#[test]
fn broken_file_causes_one_warning_and_the_last_keys_stay_in_use() {
    let (folder, issuer, (log, _guard)) = (tempfile::tempdir().unwrap(), issuer(), Log::start(LevelFilter::INFO));
    let good = jwks(&issuer, "first");
    let mut polled = Polled::new(folder.path().join("jwks.json"), good.clone());

    let breaks: [(&[u8], &str); 6] = [
        (b"", "not a strict JSON object"),
        (br#"{"keys":[]}"#, "no key can be used"),
        (&good.as_bytes()[..good.len() / 2], "not a strict JSON object"),
        (&[good.as_bytes(), b"\xff"].concat(), "cannot be read"),
        (&b" ".repeat(600 * 1_024), "more than 512 KiB"),
        (br#"{"keys":[{"kid":"vault"}],"keys":[]}"#, "not a strict JSON object"),
    ];
    for (number, (text, class)) in breaks.iter().enumerate() {
        fs::write(&polled.path, text).unwrap();
        polled.poll_three_times();
        let lines = log.lines("WARN");
        assert_eq!(lines.len(), number + 1, "{lines:?}");
        assert!(lines[number].contains("jwks.json") && lines[number].contains(class), "{lines:?}");
        assert!(!lines[number].contains("vault"), "{lines:?}");
        assert_eq!(at_once(&polled.tokens, &token(&issuer, "first")), Ok(()), "{class}");
    }
    fs::remove_file(&polled.path).unwrap();
    polled.poll_three_times();
    assert!(log.lines("WARN")[6].contains("cannot be read"));
    fs::write(&polled.path, jwks(&issuer, "second")).unwrap();
    polled.poll_three_times();
    assert_eq!(at_once(&polled.tokens, &token(&issuer, "second")), Ok(()));
    assert_eq!(log.lines("WARN").len(), 7);
}

#[test]
fn unusable_file_at_the_start_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    assert!(KeySet::from_jwks_file(&path).is_err());
    fs::write(&path, r#"{"keys":[]}"#).unwrap();
    assert!(KeySet::from_jwks_file(&path).is_err());
}

#[test]
fn error_returned_from_main_is_readable() {
    let refused = KeySet::from_jwks_file("nowhere.json").unwrap_err();
    assert_eq!(format!("{refused:?}").split(": ").count(), 2, "{refused:?}");
    let empty = KeySet::from_jwks("{}").unwrap_err();
    assert_eq!(format!("{empty:?}"), "`keys` is not an array, so the text is not a JWK Set (RFC 7517)");
}

#[test]
fn keys_of_a_file_that_is_missing_for_a_day_are_dropped_until_it_is_back() {
    let (folder, issuer) = (tempfile::tempdir().unwrap(), issuer());
    let path = folder.path().join("jwks.json");
    fs::write(&path, jwks(&issuer, "first")).unwrap();
    let timing = Timing { interval: Duration::from_millis(5), max_outage: Duration::from_millis(200) };
    let tokens = verifier(&KeySet::follow_file(&path, KeyFormat::jwks(), timing).unwrap());
    let first = token(&issuer, "first");
    fs::remove_file(&path).unwrap();
    eventually("the keys are given up", || at_once(&tokens, &first) == Err(reason::KEYS));
    fs::write(&path, jwks(&issuer, "first")).unwrap();
    eventually("the same keys count again", || at_once(&tokens, &first).is_ok());
}

#[test]
fn keys_that_are_too_old_are_logged_as_an_error() {
    let (folder, issuer, (log, _guard)) = (tempfile::tempdir().unwrap(), issuer(), Log::start(LevelFilter::INFO));
    let mut polled = Polled::new(folder.path().join("jwks.json"), jwks(&issuer, "first"));
    polled.file = KeyFile::new(&polled.path, &polled.live, Duration::ZERO);
    fs::remove_file(&polled.path).unwrap();
    polled.poll_three_times();
    let lines = log.lines("ERROR");
    assert!(lines.len() == 1 && lines[0].contains("keys are too old"), "{lines:?}");
    assert_eq!(at_once(&polled.tokens, &token(&issuer, "first")), Err(reason::KEYS));
}

#[test]
fn suspend_of_the_machine_counts_for_the_age_of_keys() {
    let (folder, issuer) = (tempfile::tempdir().unwrap(), issuer());
    let mut polled = Polled::new(folder.path().join("jwks.json"), jwks(&issuer, "first"));
    polled.file = KeyFile::new(&polled.path, &polled.live, Timing::DEFAULT.max_outage);
    fs::remove_file(&polled.path).unwrap();
    polled.poll_three_times();
    polled.file.resume_after(Timing::DEFAULT.max_outage - Duration::from_secs(60));
    polled.poll_three_times();
    assert_eq!(at_once(&polled.tokens, &token(&issuer, "first")), Ok(()));
    polled.file.resume_after(Timing::DEFAULT.max_outage);
    polled.poll_three_times();
    assert_eq!(at_once(&polled.tokens, &token(&issuer, "first")), Err(reason::KEYS));
}
