//! Engines that read files of their own language.

use super::*;

#[test]
fn further_file_that_an_engine_reads_is_drift() {
    for (target, extra) in [(TargetName::Opa, "more/open.rego"), (TargetName::Cedar, "open.cedar")] {
        let export = exported(target, "{}", &rule("Get", r#"required_roles: "clerk""#));
        let mut files = texts(&export, Format::Json);
        files.insert("README.md".to_owned(), String::new());
        assert_eq!(check(&export, &files).expect("texts"), [], "{target:?}");
        files.insert(extra.to_owned(), "package secure\nallow := true\n".to_owned());
        let drifts = check(&export, &files).expect("texts");
        let drifts = drifts.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(drifts, [format!("drift[unknown]: `{extra}` is deployed, and no rule asks for it")]);
    }
}
