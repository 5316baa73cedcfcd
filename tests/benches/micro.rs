//! The parts of a decision: the lookup of a path, the decision itself, a cached token, and a verification beside the
//! signature check of aws-lc alone.
//!
//! `cargo bench -p secure-tests --bench micro` measures. Without `--bench`, as in `cargo test`, it runs each part once.

mod wide;

use std::hint::black_box;
use std::time::SystemTime;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use secure_runtime::authn::jwt::{Algorithm, Jwt};
use secure_runtime::authz::Rule;
use secure_runtime::codegen::Method;
use secure_runtime::testing::{Peer, TestIssuer, authenticate, decide};
use secure_runtime::{Authentication, Decision, Principal};
use secure_tests::secured::{good_claims, jwt};
use serde_json::{Value, json};
use wide::Wide;

fn path_lookup(criterion: &mut Criterion) {
    lookup::<10>(criterion);
    lookup::<1_000>(criterion);
    lookup::<10_000>(criterion);
}

/// Looks up the paths of a service in turns.
fn lookup<const N: usize>(criterion: &mut Criterion) {
    let mut methods = Wide::<N>::ALL.iter().cycle().step_by(7);
    criterion.bench_with_input(BenchmarkId::new("path lookup, methods", N), &(), |bencher, ()| {
        bencher.iter(|| {
            let method = methods.next().expect("it never ends");
            assert_eq!(Wide::<N>::from_path(black_box(method.path())), Some(*method));
        });
    });
}

fn decision(criterion: &mut Criterion) {
    let principal = Principal::new("https://id.example.com", "alice").roles(["reader", "writer"]);
    let rules = [
        ("authenticated", Rule::authenticated()),
        ("one of four roles", Rule::any_role(&["admin", "auditor", "clerk", "reader"])),
    ];
    for (name, rule) in rules {
        criterion.bench_function(&format!("decision, {name}"), |bencher| {
            bencher.iter(|| assert_eq!(decide(black_box(&rule), Some(&principal), Peer::Absent), Decision::Allow));
        });
    }
}

fn cached_token(criterion: &mut Criterion) {
    let measured = std::env::args().any(|argument| argument == "--bench");
    let issuer = TestIssuer::new("https://id.example.com");
    for alive in [1, 1_000, if measured { 100_000 } else { 10 }] {
        let jwt = jwt(&issuer);
        let calls = (0..alive).map(|subject| headers(&issuer, subject)).collect::<Vec<_>>();
        calls.iter().for_each(|headers| accept(&jwt, headers));
        let mut calls = calls.iter().cycle();
        criterion.bench_with_input(BenchmarkId::new("cached token, live tokens", alive), &(), |bencher, ()| {
            bencher.iter(|| accept(&jwt, calls.next().expect("it never ends")));
        });
    }
}

fn headers(issuer: &TestIssuer, subject: usize) -> HeaderMap {
    let token = issuer.token(good_claims(json!({ "sub": subject.to_string(), "roles": ["reader"] })));
    [(AUTHORIZATION, format!("Bearer {token}").parse().expect("a token is ASCII"))].into_iter().collect()
}

fn accept(jwt: &Jwt, headers: &HeaderMap) {
    assert!(matches!(authenticate(jwt, headers), Authentication::Ready(Ok(Some(_)))));
}

/// Verifies a token without the cache, and its signature alone.
fn verification(criterion: &mut Criterion) {
    let issuer = TestIssuer::new("https://id.example.com");
    let jwt = jwt(&issuer);
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256] {
        let name = issuer.jwk(algorithm)["alg"].as_str().expect("a name").to_owned();
        let token = signed(&issuer, &name);
        criterion.bench_function(&format!("verification, {name}"), |bencher| {
            bencher.iter(|| assert!(jwt.verify_at(black_box(&token), None, SystemTime::now()).is_ok()));
        });
        let check = signature_check(&issuer.jwk(algorithm), &name);
        let (message, signature) = token.rsplit_once('.').expect("three parts");
        let signature = decoded(signature);
        criterion.bench_function(&format!("aws-lc alone, {name}"), |bencher| {
            bencher.iter(|| assert!(check(black_box(message.as_bytes()), &signature)));
        });
    }
}

fn signed(issuer: &TestIssuer, algorithm: &str) -> String {
    let header = json!({ "alg": algorithm, "kid": algorithm, "typ": "at+jwt" });
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
    let times = json!({ "iss": issuer.name(), "iat": now, "exp": now + 3_600, "roles": ["reader"] });
    issuer.sign(header, good_claims(times))
}

/// Whether the signature of a message is good.
type SignatureCheck = Box<dyn Fn(&[u8], &[u8]) -> bool>;

/// The check of aws-lc alone.
fn signature_check(jwk: &Value, algorithm: &str) -> SignatureCheck {
    let part = |name: &str| decoded(jwk[name].as_str().expect("a part of the key"));
    match algorithm {
        "EdDSA" => {
            let key = UnparsedPublicKey::new(&ED25519, part("x"));
            Box::new(move |message, signature| key.verify(message, signature).is_ok())
        }
        "ES256" => {
            let point = [vec![4], part("x"), part("y")].concat();
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
            Box::new(move |message, signature| key.verify(message, signature).is_ok())
        }
        _ => {
            let key = RsaPublicKeyComponents { n: part("n"), e: part("e") };
            Box::new(move |message, signature| key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok())
        }
    }
}

fn decoded(text: &str) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.decode(text).expect("base64url")
}

criterion_group!(parts, path_lookup, decision, cached_token, verification);
criterion_main!(parts);
