//! One text, one meaning.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::json;

use super::{Attack, Class, ISSUER, accepted, claims, cut, good, header, refused, with, with_claim, with_header};
use crate::authn::Rejection;
use crate::authn::jwt::{Algorithm, reason};
use crate::json::DEPTH;

pub(super) fn classes() -> Vec<Class> {
    vec![
        Class { name: "parts", clause: "RFC 7515, sections 3.1 and 7.1", attacks: parts() },
        Class { name: "encoding", clause: "RFC 7515, section 2; RFC 4648, section 3.5", attacks: encoding() },
        Class { name: "duplicate in the header", clause: "RFC 7515, section 4", attacks: duplicates(HEADER) },
        Class { name: "duplicate in the claims", clause: "RFC 7519, section 4", attacks: duplicates(CLAIMS) },
        Class { name: "form of the header", clause: "RFC 7515, section 4; RFC 8259", attacks: forms(HEADER) },
        Class { name: "form of the claims", clause: "RFC 7519, section 4; RFC 8259", attacks: forms(CLAIMS) },
        Class { name: "extension", clause: "RFC 7515, section 4.1.11; RFC 7797, section 6", attacks: extensions() },
        Class { name: "type", clause: "RFC 8725, section 3.11; RFC 9068, section 4", attacks: types() },
        Class { name: "size and nesting", clause: "RFC 8725, section 2.4; RFC 8259, section 9", attacks: sizes() },
    ]
}

/// Which of the two texts is attacked.
#[derive(Clone, Copy)]
struct Place {
    text: fn() -> String,
    sign: fn(&str) -> String,
    why: Rejection,
    members: &'static [(&'static str, &'static str)],
}

const HEADER: Place = Place {
    text: || header("EdDSA").to_string(),
    sign: |text| ISSUER.sign_text(Algorithm::EdDsa, text, &claims().to_string()),
    why: reason::HEADER,
    members: &[
        ("alg", r#""alg":"none""#),
        ("alg, escaped", r#""\u0061lg":"none""#),
        ("kid", r#""kid":"other""#),
        ("typ", r#""typ":"JWT""#),
        ("kid, alike", r#""kid":"EdDSA""#),
        ("deep inside", r#""x":{"y":[{"z":1,"z":1}]}"#),
    ],
};

const CLAIMS: Place = Place {
    text: || claims().to_string(),
    sign: |text| ISSUER.sign_text(Algorithm::EdDsa, &header("EdDSA").to_string(), text),
    why: reason::CLAIMS,
    members: &[
        ("iss", r#""iss":"https://evil.example""#),
        ("aud", r#""aud":"billing""#),
        ("sub", r#""sub":"root""#),
        ("sub, escaped", r#""\u0073\u0075\u0062":"root""#),
        ("exp", r#""exp":1"#),
        ("roles", r#""roles":["admin"]"#),
        ("unknown", r#""x":1,"x":1"#),
        ("deep inside", r#""x":[{"y":{"z":1,"\u007a":2}}]"#),
    ],
};

fn parts() -> Vec<Attack> {
    let token = good();
    let (signed, signature) = cut(&token);
    let (head, payload) = signed.split_once('.').unwrap();
    let wrong = |name, token: String| refused(name, token, reason::PARTS);
    vec![
        wrong("nothing", String::new()),
        wrong("one dot", ".".into()),
        wrong("dots alone", "..".into()),
        wrong("one part", head.into()),
        wrong("two parts", signed.into()),
        wrong("four parts", format!("{token}.{signature}")),
        wrong("five parts, as JWE has", format!("{head}.{payload}.{payload}.{payload}.{signature}")),
        wrong("a dot in front", format!(".{token}")),
        wrong("a dot at the end", format!("{token}.")),
        wrong("detached payload", format!("{head}..{signature}")),
        wrong("no header", format!(".{payload}.{signature}")),
        wrong(
            "JSON, general",
            json!({ "payload": payload, "signatures": [{ "protected": head, "signature": signature }] }).to_string(),
        ),
        wrong("JSON, flattened", json!({ "payload": payload, "protected": head, "signature": signature }).to_string()),
        wrong("two tokens", format!("{token},{token}")),
    ]
}

fn encoding() -> Vec<Attack> {
    let token = good();
    let (signed, signature) = cut(&token);
    let (head, payload) = signed.split_once('.').unwrap();
    let wrong = |name, token: String| refused(name, token, reason::BASE64);
    let resigned = |name, head: String| wrong(name, ISSUER.sign_parts(Algorithm::EdDsa, &format!("{head}.{payload}")));
    let tildes = with(header("EdDSA"), "x", json!("~~~???>>>")).to_string();
    vec![
        accepted(
            "as it should be",
            ISSUER.sign_parts(Algorithm::EdDsa, &format!("{}.{payload}", URL_SAFE_NO_PAD.encode(&tildes))),
        ),
        resigned("plain base64", STANDARD_NO_PAD.encode(&tildes)),
        resigned("padding", URL_SAFE.encode(header("EdDSA").to_string())),
        resigned("padding after whole groups", format!("{}=", URL_SAFE_NO_PAD.encode(&tildes))),
        resigned("line feed inside", format!("{}\n{}", &head[..8], &head[8..])),
        resigned("blank in front", format!(" {head}")),
        resigned("percent", format!("{}%41{}", &head[..8], &head[9..])),
        resigned("not ASCII", format!("{}\u{e9}", &head[..8])),
        resigned("one character over", format!("{head}AA")),
        resigned("NUL", format!("{head}\0")),
        wrong("padded signature", format!("{token}==")),
        wrong("another spelling of the signature", respelt(&token)),
        wrong("line feed at the end", format!("{token}\n")),
        wrong("tab at the end", format!("{token}\t")),
        wrong("signature in plain base64", format!("{signed}.{}+/", &signature[..84])),
        refused("encoded twice", URL_SAFE_NO_PAD.encode(&token), reason::PARTS),
        refused("full-width dots", token.replace('.', "\u{ff0e}"), reason::PARTS),
    ]
}

/// 64 bytes leave four bits of the last character unused.
fn respelt(token: &str) -> String {
    let (rest, last) = token.split_at(token.len() - 1);
    format!("{rest}{}", (last.as_bytes()[0] + 1) as char)
}

fn duplicates(place: Place) -> Vec<Attack> {
    let text = (place.text)();
    let both = |(name, member): &(&str, &str)| {
        let first = text.replacen('{', &format!("{{{member},"), 1);
        let last = format!("{},{member}}}", &text[..text.len() - 1]);
        [
            refused(format!("{name}, in front"), (place.sign)(&first), place.why),
            refused(format!("{name}, at the end"), (place.sign)(&last), place.why),
        ]
    };
    place.members.iter().flat_map(both).collect()
}

fn forms(place: Place) -> Vec<Attack> {
    let text = (place.text)();
    let forms = [
        ("array of it", format!("[{text}]")),
        ("string of it", json!(text).to_string()),
        ("null", "null".into()),
        ("number", "1".into()),
        ("true", "true".into()),
        ("empty array", "[]".into()),
        ("blank", " ".into()),
        ("byte order mark", format!("\u{feff}{text}")),
        ("text after it", format!("{text}x")),
        ("twice", format!("{text}{text}")),
        ("NUL after it", format!("{text}\0")),
        ("comment", text.replacen('{', "{/**/", 1)),
        ("comma at the end", format!("{},}}", &text[..text.len() - 1])),
        ("single quotes", text.replace('"', "'")),
        ("unquoted name", text.replacen('{', "{x:1,", 1)),
        ("cut", text[..text.len() - 1].into()),
        ("control character", text.replacen('{', "{\"x\":\"\n\",", 1)),
        ("half a surrogate", text.replacen('{', r#"{"x":"\ud800","#, 1)),
        ("NaN", text.replacen('{', r#"{"x":NaN,"#, 1)),
        ("leading zero", text.replacen('{', r#"{"x":01,"#, 1)),
        ("number beyond all", text.replacen('{', r#"{"x":1e999,"#, 1)),
    ];
    let wrong = forms.into_iter().map(|(name, text)| refused(name, (place.sign)(&text), place.why));
    wrong.chain([accepted("blanks around", (place.sign)(&format!(" {text}\r\n")))]).collect()
}

fn extensions() -> Vec<Attack> {
    let members = [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("crit", json!(["http://example.com/x"])),
        ("crit", json!(null)),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
        ("enc", json!("A128GCM")),
    ];
    let attack = |(name, value): (&str, serde_json::Value)| {
        refused(format!("{name} {value}"), with_header(name, value), reason::HEADER_UNSUPPORTED)
    };
    members.into_iter().map(attack).chain([accepted("unknown", with_header("x", json!(1)))]).collect()
}

fn types() -> Vec<Attack> {
    let others = ["JWT", "jwt", "JOSE", "dpop+jwt", "logout+jwt", "secevent+jwt", "at", "at+jwt ", "text/at+jwt", ""];
    let attack = |typ: &str| refused(format!("{typ:?}"), with_header("typ", json!(typ)), reason::TYPE);
    let same = ["at+jwt", "AT+JWT", "application/at+jwt"];
    let control = |typ: &str| accepted(typ, with_header("typ", json!(typ)));
    others.into_iter().map(attack).chain(same.into_iter().map(control)).collect()
}

fn sizes() -> Vec<Attack> {
    let arrays = |number: usize| format!("{}{}", "[".repeat(number), "]".repeat(number));
    let member = |text: &str, value: &str| text.replacen('{', &format!("{{\"x\":{value},"), 1);
    let in_header = |value: &str| (HEADER.sign)(&member(&(HEADER.text)(), value));
    let in_claims = |value: &str| (CLAIMS.sign)(&member(&(CLAIMS.text)(), value));
    let members: Vec<_> = (0..70).map(|number| format!("\"x{number}\":0")).collect();
    let many = (HEADER.text)().replacen('{', &format!("{{{},", members.join(",")), 1);
    vec![
        refused("more than 8,192 bytes", with_claim("x", json!("x".repeat(7_000))), reason::LONG),
        refused("a megabyte", with_claim("x", json!("x".repeat(1 << 20))), reason::LONG),
        refused("73 members in the header", (HEADER.sign)(&many), reason::HEADER_MEMBERS),
        refused("header nested too deep", in_header(&arrays(DEPTH)), reason::HEADER),
        refused("claims nested too deep", in_claims(&arrays(DEPTH)), reason::CLAIMS),
        refused("claims nested deeper than any reader goes", in_claims(&arrays(2_000)), reason::CLAIMS),
        refused("claims that never close", (CLAIMS.sign)(&"{\"x\":".repeat(800)), reason::CLAIMS),
        refused("a huge signature", format!("{}.{}", cut(&good()).0, "A".repeat(6_000)), reason::SIGNATURE),
        accepted("claims nested as deep as allowed", in_claims(&arrays(DEPTH - 1))),
    ]
}
