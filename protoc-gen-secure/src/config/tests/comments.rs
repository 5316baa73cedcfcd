use proptest::prelude::*;
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag};

use super::*;

/// The documentation in a generated file, as rustdoc reads it: without the space after each `///`.
fn docs(text: &str) -> Vec<String> {
    let mut docs = vec![String::new()];
    for line in text.lines().map(str::trim_start) {
        match (line.strip_prefix("///"), docs.last_mut()) {
            (Some(line), Some(last)) => *last += &format!("{}\n", line.strip_prefix(' ').unwrap_or(line)),
            _ => docs.push(String::new()),
        }
    }
    docs
}

fn generated(comment: &str) -> String {
    let comment = comment.lines().map(|line| format!("//{line}\n")).collect::<String>();
    let message = format!(
        "\n{comment}message Commented {{\n{comment}  string a = 1;\n{comment}  oneof b {{\n{comment}    int32 c = 2;\n  }}\n}}\n{comment}enum E {{\n{comment}  ZERO = 0;\n}}\n"
    );
    let directory = directory(&[("orders.proto", &orders(&(PUBLIC.to_owned() + &message)))]);
    compile(config(&directory), &directory, &["orders.proto"]).expect("files");
    fs::read_to_string(directory.path().join("out/shop.v1.rs")).expect("a file")
}

/// The blocks that `cargo test` would compile.
fn tests(docs: &[String]) -> Vec<String> {
    let starts = docs.iter().flat_map(|doc| Parser::new(doc).map(move |event| (doc, event)));
    let blocks = starts.filter_map(|(doc, event)| match event {
        // With its feature `cleanup-markdown`, prost-build writes `text,text`. rustdoc compiles neither.
        Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) if language.split(',').all(|it| it == "text") => {
            None
        }
        Event::Start(Tag::CodeBlock(_)) => Some(doc.clone()),
        _ => None,
    });
    blocks.collect()
}

#[track_caller]
fn check(comment: &str) {
    let text = generated(comment);
    let docs = docs(&text);
    assert!(docs.iter().any(|doc| !doc.is_empty()), "{text}");
    assert_eq!(tests(&docs), Vec::<String>::new(), "{text}");
}

#[test]
fn code_in_a_comment_of_a_message_is_not_a_doctest() {
    for comment in [
        " An order.\n\n     let order = 1;\n",
        " Usage:\n\n\tcurl http://example.com/<id>\n\n - a list\n\n       code in it\n",
        " ```rust\n panic!()\n ```\n after\n\n     panic!()\n",
        " ```\n never closed\n\n     panic!()",
        "     first line\n",
        " 1. one\n\n         panic!()\n",
        " text\n     lazy\n\n       panic!()",
        " ~~~ rust\n panic!()\n ~~~",
    ] {
        check(comment);
    }
}

#[test]
fn web_address_in_a_comment_is_still_a_link() {
    let text = generated(" See https://example.com/a, or (http://example.com/b) <http://example.com/c>.\n");
    for link in ["<https://example.com/a,>", "(<http://example.com/b>)", "<http://example.com/c>"] {
        assert!(text.contains(link), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn code_in_a_comment_of_any_shape_is_not_a_doctest(
        lines in proptest::collection::vec("[ \t]{0,9}(```|~~~|- |1\\. |> |# |\\* |)[ \t]{0,6}(a|rust|http://a/<b>|\\[c\\]|`d`|`|)", 1..8)
    ) {
        check(&format!(" Text.\n{}\n", lines.join("\n")));
    }
}
