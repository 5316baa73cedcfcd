//! Many services, equal names in several packages, and options and comments of every kind. All generated code compiles.
#![deny(warnings)] // what is generated must compile without one

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use secure_runtime::authz::Access;
use secure_runtime::codegen::Method as _;
use syn::LitStr;

#[allow(missing_docs, reason = "the messages of a test need no docs")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/many/many.rs"));
}

use generated::busy::v1::busy_policy;
use generated::many::v1 as first;
use generated::many::v2 as second;
use generated::more::v1 as third;

/// A file of `OUT_DIR/many`.
fn generated(name: &str) -> String {
    std::fs::read_to_string(format!("{}/many/{name}", env!("OUT_DIR"))).unwrap()
}

#[test]
fn package_of_125_services_has_all_of_them() {
    let text = generated("many.v1.secure.rs");
    for service in 1..=125 {
        assert!(text.contains(&format!("pub mod service{service}_policy {{")), "{service}");
        assert!(text.contains(&format!("pub mod service{service}_server {{")), "{service}");
        assert!(text.contains(&format!("pub mod service{service}_client {{")), "{service}");
    }
    assert_eq!(first::service125_policy::Method::Get.rule().access(), Access::AnyRole(&["first125"]));
}

#[test]
fn services_with_one_name_in_two_packages_are_distinct() {
    let paths = [
        first::service1_policy::Method::Get.path(),
        second::service1_policy::Method::Get.path(),
        third::service1_policy::Method::Get.path(),
    ];
    assert_eq!(paths, ["/many.v1.Service1/Get", "/many.v2.Service1/Get", "/more.v1.Service1/Get"]);
    assert_eq!(first::service1_policy::Method::Get.rule().access(), Access::AnyRole(&["first1"]));
    assert_eq!(second::service1_policy::Method::Get.rule().access(), Access::AnyRole(&["second1"]));
    assert_eq!(third::service1_policy::Method::Get.rule().access(), Access::AnyRole(&["third1"]));
    for path in &paths[1..] {
        assert_eq!(first::service1_policy::Method::from_path(path), None);
    }
}

#[test]
fn service_does_not_serve_paths_of_a_longer_name() {
    let short = first::service1_policy::Method::from_path;
    assert!(short("/many.v1.Service1/Get").is_some());
    for path in ["/many.v1.Service12/Get", "/many.v1.Service125/Get", "/many.v1.Service1", "/many.v1.Service1/GetAll"] {
        assert_eq!(short(path), None, "{path}");
    }
    let long = first::service12_policy::Method::from_path;
    assert!(long("/many.v1.Service12/Get").is_some());
    assert_eq!(long("/many.v1.Service1/Get"), None);
}

#[test]
fn foreign_options_change_no_rule() {
    use busy_policy::Method;
    assert_eq!(Method::Get.rule().access(), Access::AnyRole(&["clerk", "admin"]));
    assert_eq!(Method::Put.rule().access(), Access::AnyRole(&["admin"]));
}

#[test]
fn comments_lose_only_blanks_and_characters_that_reorder_text() {
    let kept = texts(generated("busy.v1.secure.rs").parse().unwrap()).chars().collect::<BTreeSet<_>>();
    let turns = |letter: char| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let written = secure_tests::schemas::busy();
    let lost = |letter: &char| !kept.contains(letter) && !letter.is_whitespace();
    let lost = written.chars().filter(lost).collect::<BTreeSet<_>>();
    assert!(lost.iter().copied().all(turns) && lost.len() == 9, "{lost:?}");
}

/// All strings in Rust source, as the compiler reads them. A doc comment is one.
fn texts(source: TokenStream) -> String {
    let text = |token| match token {
        TokenTree::Group(group) => texts(group.stream()),
        TokenTree::Literal(literal) => {
            syn::parse_str::<LitStr>(&literal.to_string()).map_or_else(|_| String::new(), |it| it.value())
        }
        _ => String::new(),
    };
    source.into_iter().map(text).collect()
}
