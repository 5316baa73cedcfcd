//! Whatever arrives on stdin is answered or refused.
#![no_main]

libfuzzer_sys::fuzz_target!(|request: &[u8]| {
    let _ = protoc_gen_secure::respond(request);
});
