//! What the cache keeps, for how long, and in how many bytes.

use std::thread;
use std::time::UNIX_EPOCH;

use super::*;
use crate::authn::Rejection;

const NOW: SystemTime = UNIX_EPOCH;

fn at(seconds: u64) -> SystemTime {
    NOW + Duration::from_secs(seconds)
}

fn somebody() -> Principal {
    Principal::new("https://id.example.com", "somebody")
}

fn ask(cache: &Cache, token: &str, peer: Option<&PeerCertificates>, now: SystemTime) -> bool {
    ask_under(7, cache, token, peer, now)
}

fn ask_under(generation: u64, cache: &Cache, token: &str, peer: Option<&PeerCertificates>, now: SystemTime) -> bool {
    let mut verified = false;
    let answer = cache.principal(token, peer, now, generation, || {
        verified = true;
        Ok::<_, Rejection>(somebody().expires_at(at(40)))
    });
    assert_eq!(answer.unwrap().id(), somebody().id());
    verified
}

#[test]
fn cached_token_is_not_verified_again() {
    let cache = Cache::default();
    assert!(ask(&cache, "token", None, NOW));
    assert!(!ask(&cache, "token", None, NOW));
    assert!(!ask(&cache, "token", None, at(39)));
}

#[test]
#[cfg(target_os = "linux")]
fn cached_token_is_wiped_when_its_entry_is_dropped() {
    use std::fs::File;
    use std::os::unix::fs::FileExt as _;

    let (cache, token, memory) = (Cache::default(), "secret".repeat(50), File::open("/proc/self/mem").unwrap());
    assert!(ask(&cache, &token, None, NOW));
    let kept = places(&cache).find_map(|place| place.load_full());
    let place = kept.unwrap().token.as_ptr().addr() as u64;
    let mut bytes = vec![0; token.len()];
    memory.read_exact_at(&mut bytes, place).unwrap();
    assert_eq!(bytes, token.as_bytes());
    drop(cache);
    memory.read_exact_at(&mut bytes, place).unwrap();
    // The allocator writes into the first bytes of free memory, so they prove nothing.
    assert!(!bytes[32..].windows(6).any(|text| text == b"secret"), "{bytes:?}");
}

#[test]
fn cached_token_is_verified_again_after_its_expiry() {
    let cache = Cache::default();
    assert!(ask(&cache, "token", None, NOW));
    assert!(ask(&cache, "token", None, at(40)));
}

#[test]
fn cached_token_is_verified_again_after_a_minute() {
    let cache = Cache::default();
    let verify = || Ok::<_, Rejection>(somebody());
    cache.principal("token", None, NOW, 0, verify).unwrap();
    let not_again = || Err(Rejection::rejected("asked again"));
    assert!(cache.principal("token", None, at(59), 0, not_again).is_ok());
    assert!(cache.principal("token", None, at(60), 0, not_again).is_err());
}

#[test]
fn clock_that_goes_back_extends_no_entry() {
    let cache = Cache::default();
    assert!(ask(&cache, "token", None, at(30)));
    assert!(ask(&cache, "token", None, at(29)));
}

#[test]
fn different_token_is_verified() {
    let cache = Cache::default();
    assert!(ask(&cache, "token", None, NOW));
    assert!(ask(&cache, "tokem", None, NOW));
    assert!(ask(&cache, "token2", None, NOW));
}

#[test]
fn same_token_with_another_certificate_is_verified_again() {
    let cache = Cache::default();
    let [one, other] = [b"one", b"two"].map(|leaf| PeerCertificates::unverified_chain(&[leaf]));
    assert!(ask(&cache, "token", Some(&one), NOW));
    assert!(!ask(&cache, "token", Some(&one), NOW));
    assert!(ask(&cache, "token", Some(&other), NOW));
    assert!(ask(&cache, "token", None, NOW));
}

#[test]
fn a_token_is_verified_again_after_a_change_of_keys() {
    let cache = Cache::default();
    assert!(ask_under(0, &cache, "token", None, NOW));
    assert!(!ask_under(0, &cache, "token", None, NOW));
    assert!(ask_under(1, &cache, "token", None, NOW));
    assert!(!ask_under(1, &cache, "token", None, NOW));
}

#[test]
fn refusal_is_not_cached() {
    let cache = Cache::default();
    let refuse = || Err(Rejection::rejected("no"));
    assert!(cache.principal("token", None, NOW, 0, refuse).is_err());
    assert!(ask(&cache, "token", None, NOW));
}

#[test]
fn full_cache_replaces_entries() {
    let cache = Cache::new(256 * BYTES_OF_PLACE);
    let tokens = (0..1_024).map(|number| number.to_string());
    tokens.for_each(|token| assert!(ask(&cache, &token, None, NOW)));
    let kept = places(&cache).filter(|place| place.load().is_some()).count();
    assert!(kept > 256 * 8 / 10 && kept <= 256, "{kept}");
    assert!(!ask(&cache, "1023", None, NOW));
}

#[test]
fn cache_with_more_bytes_has_places_for_more_tokens() {
    for mebibytes in [4, 64] {
        let (cache, tokens) = (Cache::new(mebibytes << 20), mebibytes << 8);
        (0..tokens).for_each(|token| assert!(ask(&cache, &token.to_string(), None, NOW)));
        let kept = (0..tokens).filter(|token| cache.known(token.to_string().as_bytes(), None, NOW, 7).is_some());
        let kept = kept.count();
        assert!(kept * 100 > tokens * 98, "{kept} of {tokens}");
    }
}

#[test]
fn cache_without_a_bound_is_of_moderate_size() {
    let cache = Cache::new(usize::MAX);
    keep(&cache, "token", &somebody());
    assert_eq!(places(&cache).count(), MAX_SETS * WAYS);
}

fn places(cache: &Cache) -> impl Iterator<Item = &ArcSwapOption<Entry>> {
    cache.sets.get().into_iter().flatten().flatten()
}

/// Its claims take many times the bytes of their text: arrays in arrays.
fn heavy() -> Principal {
    let arrays = format!("{{\"a\":[{}[]]}}", "[[[[[[]]]]]],".repeat(100));
    somebody().claims(serde_json::from_str(&arrays).unwrap())
}

fn keep(cache: &Cache, token: &str, principal: &Principal) {
    cache.principal(token, None, NOW, 0, || Ok::<_, Rejection>(principal.clone())).unwrap();
}

/// What the entries take, and what the cache says that they take.
fn bytes(cache: &Cache) -> (usize, usize) {
    let entries = places(cache).filter_map(|place| place.load_full());
    (entries.map(|entry| entry.weight()).sum(), cache.budget.lock().unwrap().bytes)
}

#[test]
fn distinct_tokens_of_two_threads_stay_within_the_bound() {
    const MAX_BYTES: usize = 1024 * 1024;
    let (cache, principal) = (Cache::new(MAX_BYTES), heavy());
    thread::scope(|scope| {
        for thread in 0..2 {
            let (cache, principal) = (&cache, &principal);
            scope.spawn(move || (0..5_000).for_each(|number| keep(cache, &format!("{thread}.{number}"), principal)));
        }
    });
    let (taken, counted) = bytes(&cache);
    assert_eq!(taken, counted);
    assert!(taken <= MAX_BYTES && taken > MAX_BYTES * 9 / 10, "{taken}");
}

#[test]
fn claims_are_counted_by_their_memory() {
    assert!(heavy().weight() > 32 * 1_024, "{}", heavy().weight());
    assert!(somebody().weight() < 1_024, "{}", somebody().weight());
}

#[test]
fn entry_that_is_too_large_is_not_cached() {
    let cache = Cache::new(2 * heavy().weight());
    keep(&cache, "token", &heavy());
    assert_eq!(bytes(&cache), (0, 0));
    keep(&cache, "token", &somebody());
    assert!(bytes(&cache).0 > 0);
}

#[test]
fn cache_of_zero_bytes_keeps_no_entry() {
    let cache = Cache::new(0);
    assert!(ask(&cache, "token", None, NOW));
    assert!(ask(&cache, "token", None, NOW));
}

#[test]
fn emptied_cache_keeps_its_bound() {
    let cache = Cache::new(4_096);
    keep(&cache, "token", &somebody());
    let emptied = cache.emptied();
    assert_eq!((bytes(&emptied), emptied.max_bytes), ((0, 0), 4_096));
}
