//! The lints: each is declared once, with its severity, its stable name and its explanation.

use std::cmp::Ordering;
use std::fmt;

use super::Severity;

/// Declares the lints by section. The comment of a lint is its explanation in `lints.md` and for the command `lints`.
macro_rules! lints {
    ($($section:literal { $($(#[doc = $line:literal])+ $lint:ident = $severity:ident $name:literal,)+ })+) => {
        /// What a schema is checked for.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum Lint {
            $($($(#[doc = $line])+ $lint,)+)+
        }

        impl Lint {
            /// Every lint, in sections with a title.
            pub(crate) const SECTIONS: &'static [(&'static str, &'static [Self])] =
                &[$(($section, &[$(Self::$lint,)+]),)+];

            /// The stable name, as in `error[missing-rule]`.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $($(Self::$lint => $name,)+)+
                }
            }

            /// That of its findings, unless a setting raises it.
            pub(crate) const fn severity(self) -> Severity {
                match self {
                    $($(Self::$lint => Severity::$severity,)+)+
                }
            }

            /// What the lint means and what to write instead.
            #[cfg(any(feature = "cli", test))]
            pub(crate) fn explanation(self) -> String {
                let lines: &[&str] = match self {
                    $($(Self::$lint => &[$($line,)+],)+)+
                };
                lines.iter().map(|line| line.trim_start()).collect::<Vec<_>>().join("\n")
            }

            /// The first sentence of its explanation, on one line.
            #[cfg(any(feature = "cli", test))]
            pub(crate) fn summary(self) -> String {
                let text = self.explanation().replace('\n', " ");
                text.find(". ").map_or_else(|| text.clone(), |end| text[..=end].to_owned())
            }
        }
    };
}

lints! {
    "Who may call" {
        /// A method has no rule, and its service has no default. A method without a rule is never generated, so nothing is
        /// open by accident. Add `option (secure.v1.method) = { required_roles: ["..."] };` or another rule to the method,
        /// or give its service a `default`.
        MissingRule = Error "missing-rule",
        /// A file has methods, but none of its rules reached the generator. Usually a tool removed them:
        /// `exclude_types: [secure.v1]` in buf.gen.yaml, or a descriptor set that went through prost-types. The finding
        /// is reported beside `missing-rule`, so that nobody writes rules that exist already. Remove the cause.
        /// Descriptor sets keep the rules if protoc, buf or protox's `encode_file_descriptor_set()` made them.
        OptionsMissing = Error "options-missing",
        /// A rule does not say who may call. It is `{}`, its list of roles is empty, or it has conditions only. An empty
        /// list could be read as everybody or as nobody, so it is refused. Write `required_roles`, `authenticated: true`,
        /// `public: true` or `denied: true`.
        EmptyRule = Error "empty-rule",
        /// `public: false`, `authenticated: false` or `denied: false` excludes one answer, but does not say who may call.
        /// Delete it, and write who may call.
        FalseRule = Error "false-rule",
        /// A rule says who may call in more than one way, or adds a condition where none applies. A method that is `public`
        /// has no caller to check, and a method that is `denied` has no calls. Keep one answer. To add a condition, write
        /// `authenticated: true` in place of `public: true`. `ignore_credentials` goes with `public` only: every other rule
        /// needs credentials.
        ContradictoryRule = Error "contradictory-rule",
        /// A rule is `public` and has no `public_reason`. This is a warning, and an error with the setting `strict_public`:
        /// anyone may call the method, so a reviewer should read why. Write
        /// `option (secure.v1.method) = { public: true, public_reason: "..." };`.
        MissingPublicReason = Warning "missing-public-reason",
        /// A `description` or `public_reason` starts or ends with a blank, is longer than 500 bytes, or contains a line
        /// break or invisible characters. Reports print it on one line, and a reviewer must see every byte. Write visible
        /// text on one line.
        InvalidText = Error "invalid-text",
    }
    "Roles" {
        /// A role is empty, longer than 256 bytes or repeated, begins or ends with a blank, or contains invisible
        /// characters. Roles are compared byte for byte, so a reviewer must be able to see every byte. Write the role
        /// exactly as the credentials of your callers contain it.
        InvalidRole = Error "invalid-role",
        /// A role is not in the vocabulary of the service. Without this check, a misspelt role would lock out the right
        /// callers or admit the wrong ones. Write a role of the vocabulary, or add a value to its enum. The value with the
        /// number 0 is never a role, because 0 is the value of an unset field.
        UnknownRole = Error "unknown-role",
        /// `(secure.v1.service).roles` or `scopes` names an enum that is not imported or not marked as a vocabulary. Or a
        /// service uses roles or scopes and does not name the vocabulary of its package or its imports. Without its
        /// vocabulary, any name would be accepted. Write the full name of the enum, import its file, and mark it with
        /// `option (secure.v1.roles) = {};` or `option (secure.v1.scopes) = {};`.
        UnknownVocabulary = Error "unknown-vocabulary",
        /// An enum cannot be a vocabulary of roles or scopes. It has names and no mark, a mark and no name, more than
        /// 512 roles, or two values with the same name. Or the value with the number 0 has a name, or a role includes
        /// itself. Or the enum has roles and scopes, or the package has another vocabulary. The message says what to
        /// change.
        InvalidVocabulary = Error "invalid-vocabulary",
        /// Two roles differ in one edit or in case only, and no vocabulary declares them. This is a warning: `admin` and
        /// `Admin` are two roles, and one may be a misspelling of the other. Use one spelling, or declare both in an enum
        /// that is marked as a vocabulary.
        SimilarRoles = Warning "similar-roles",
    }
    "Conditions" {
        /// A scope is empty, longer than 256 bytes or repeated, or contains characters that no scope may have (RFC 6749,
        /// section 3.3). No token could have it. Write each scope as one element of the list.
        InvalidScope = Error "invalid-scope",
        /// A scope is not in the vocabulary of the service. A misspelt scope would lock out the right callers. Write a scope
        /// of the vocabulary, or add a value to its enum.
        UnknownScope = Error "unknown-scope",
        /// `required_credentials` contains `CREDENTIAL_UNSPECIFIED`, an unknown number, or the same credential twice. Write
        /// `CREDENTIAL_JWT`, `CREDENTIAL_BOUND_JWT` or `CREDENTIAL_MTLS`, or several if one call must present all of them.
        InvalidCredential = Error "invalid-credential",
        /// A peer is neither a SPIFFE ID nor a DNS name in lower case, or it is repeated. No certificate could match it, or
        /// it would match more than it shows. `**` is allowed as the last segment of a SPIFFE ID only.
        /// `spiffe://example.org/ns/shop/**` matches the IDs with at least one more segment after `/ns/shop`, and
        /// `spiffe://example.org/**` matches the whole trust domain.
        InvalidPeer = Error "invalid-peer",
        /// `delegation` has no mode, or an actor that is not `ISSUER#SUBJECT`, or one actor twice. A subject is unique at its
        /// issuer only, so both are needed. `**` is allowed as the last segment of a SPIFFE ID only, as in `peers`. Write
        /// `mode: DELEGATION_ALLOWED` to take delegated tokens. Without `delegation`, they are refused.
        InvalidDelegation = Error "invalid-delegation",
        /// `tenant` has no claim, or one with an empty name, a blank at an end or an invisible character. Each identity provider
        /// has its own claim for the tenant, so there is no default. Write `claim: "..."`. For a member of an object, write the
        /// names that lead to it as a list.
        InvalidClaim = Error "invalid-claim",
        /// `tenant` or `owner` names a field that does not exist or cannot be compared. A list, a map, a message or a
        /// member of a `oneof` cannot be compared. Neither can a field below 32 messages or inside `google.protobuf`.
        /// Name a string or integer field that every request has exactly once. Write `message.field` for a field of a
        /// message. A default must fit the request of every method that it applies to.
        InvalidField = Error "invalid-field",
        /// A rate class is empty, too long, or has other characters than `a` to `z`, `0` to `9`, `_`, `-` and `.`. The server
        /// names the same class, so a simple name avoids mistakes.
        InvalidRateClass = Error "invalid-rate-class",
    }
    "Names" {
        /// A name has neither a letter nor a digit, so it has no Rust identifier. Rename it. For a role, write a `rust_name`
        /// in a vocabulary.
        InvalidName = Error "invalid-name",
        /// Two names of the schema become the same name in Rust. Examples are methods that differ in case only, a service
        /// and a message with the same module, and two roles with the same type. Rename one of them. For a role, write a
        /// `rust_name` in a vocabulary.
        NameCollision = Error "name-collision",
    }
    "The request" {
        /// The rules were compiled with another version of `secure/v1/options.proto` than the version of this generator, or
        /// without it. A field that only one of them knows could be a restriction. Update the generator, or replace your
        /// copy of the schema with `protoc-gen-secure print-proto`.
        SchemaMismatch = Error "schema-mismatch",
        /// Another extension uses the number of an extension of `secure/v1/options.proto`, so its options would be read as
        /// rules. Give it another number.
        NumberTaken = Error "number-taken",
        /// An option contains a word that the schema does not have. Or an import is missing, or an option is in the
        /// wrong place. Build scripts and `check` report this: the finding names the word, its position, and what was
        /// meant. With protoc or buf, the compiler stops before the generator runs and prints its own text.
        /// `Message type "secure.v1.MethodRule" has no field named "X"` and `Option "(secure.v1.method).X" unknown`
        /// mean that `X` is no field: `print-proto` writes the schema with every field and its documentation.
        /// `Option "(secure.v1.method)" unknown` means that `import "secure/v1/options.proto";` is missing.
        /// `is not a field or extension of message` means that the option is in the wrong place.
        InvalidOption = Error "invalid-option",
        /// A file uses an edition, and prost-build cannot generate its messages yet. Only build scripts report this. Write
        /// `syntax = "proto3";`.
        UnsupportedEdition = Error "unsupported-edition",
    }
}

impl Lint {
    /// Every lint, in the order of its sections.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Self::SECTIONS.iter().flat_map(|(_, lints)| *lints).copied()
    }

    fn is_warning(self) -> bool {
        self.severity() == Severity::Warning
    }

    /// The warnings with these names.
    ///
    /// # Errors
    ///
    /// Says which name is that of no warning.
    pub(crate) fn warnings(names: &[String]) -> Result<Vec<Self>, String> {
        let warnings = || Self::all().filter(|lint| lint.is_warning());
        let find = |name: &String| {
            let known = || warnings().map(|lint| format!("`{lint}`")).collect::<Vec<_>>().join(", ");
            warnings().find(|lint| lint.name() == name).ok_or_else(|| {
                match Self::all().any(|lint| lint.name() == name) {
                    true => format!("`{name}` is an error and cannot be allowed; warnings are {}", known()),
                    false => format!("there is no lint `{}` to allow; warnings are {}", name.escape_debug(), known()),
                }
            })
        };
        names.iter().map(find).collect()
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Ord for Lint {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name().cmp(other.name())
    }
}

impl PartialOrd for Lint {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Write as _;
    use std::fs;
    use std::path::Path;

    use expect_test::expect_file;

    use super::Lint;

    const INTRODUCTION: &str = "\
What a schema is checked for. Each finding contains the name of its lint, as in `error[missing-rule]`. The names are stable.
`protoc-gen-secure lints NAME` prints one section of this page.
";

    #[test]
    fn lints_md_equals_the_declared_lints() {
        let mut page = INTRODUCTION.to_owned();
        for (title, lints) in Lint::SECTIONS {
            write!(page, "\n# {title}\n").expect("text");
            for lint in *lints {
                write!(page, "\n## {lint}\n\n{}\n", lint.explanation()).expect("text");
            }
        }
        expect_file!["../lints.md"].assert_eq(&page);
    }

    #[test]
    fn names_are_distinct() {
        assert_eq!(Lint::all().map(Lint::name).collect::<BTreeSet<_>>().len(), Lint::all().count());
    }

    #[test]
    fn every_lint_has_a_test_with_its_text() {
        let mut sources = String::new();
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut sources);
        for lint in Lint::all() {
            assert!(sources.contains(&format!("{}[{lint}]: ", lint.severity().name())), "no test shows `{lint}`");
        }
    }

    #[test]
    fn only_warnings_can_be_allowed() {
        let warnings = |name: &str| Lint::warnings(&[name.to_owned()]);
        assert_eq!(warnings("similar-roles"), Ok(vec![Lint::SimilarRoles]));
        let refused =
            "`missing-rule` is an error and cannot be allowed; warnings are `missing-public-reason`, `similar-roles`";
        assert_eq!(warnings("missing-rule"), Err(refused.to_owned()));
        let unknown =
            "there is no lint `similar_roles` to allow; warnings are `missing-public-reason`, `similar-roles`";
        assert_eq!(warnings("similar_roles"), Err(unknown.to_owned()));
    }

    fn read(directory: &Path, sources: &mut String) {
        for entry in fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                read(&entry, sources);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                *sources += &fs::read_to_string(entry).expect("a file");
            }
        }
    }
}
