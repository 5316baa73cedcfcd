//! What must not compile. The messages are those of the stable Rust 1.95.

#[test]
fn mistakes_do_not_compile() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
