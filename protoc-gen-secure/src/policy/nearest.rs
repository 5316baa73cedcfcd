//! Names that are similar to a given one.

/// The most similar known name, if one is similar enough to be meant.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let known =
        known.into_iter().map(|known| (strsim::osa_distance(&name.to_lowercase(), &known.to_lowercase()), known));
    let (distance, nearest) = known.min()?;
    (distance <= nearest.chars().count().div_ceil(3)).then_some(nearest)
}

/// True if two names differ in one edit or in case only. Names that differ in digits only, such as `tier1` and `tier2`, are
/// different on purpose.
pub(crate) fn are_similar(one: &str, other: &str) -> bool {
    if one.to_lowercase() == other.to_lowercase() {
        return true;
    }
    let letters = |name: &str| name.chars().filter(|letter| !letter.is_ascii_digit()).collect::<String>();
    let is_numbered = letters(one) == letters(other);
    let is_long = one.len().min(other.len()) >= MIN_BYTES;
    is_long && !is_numbered && strsim::osa_distance(one, other) == 1
}

/// Shorter names are one edit away from many others.
const MIN_BYTES: usize = 4;

#[cfg(test)]
mod tests {
    use super::{are_similar, nearest};

    #[test]
    fn similar_name_is_suggested() {
        assert_eq!(nearest("amdin", ["clerk", "admin"]), Some("admin"));
        assert_eq!(nearest("ADMIN", ["clerk", "admin"]), Some("admin"));
        assert_eq!(nearest("tenat_id", ["id", "tenant_id"]), Some("tenant_id"));
        assert_eq!(nearest("auditor", ["clerk", "admin"]), None);
        assert_eq!(nearest("auditor", []), None);
    }

    #[test]
    fn names_are_similar_at_one_edit_or_another_case() {
        for (one, other) in [("admin", "Admin"), ("a", "A"), ("clerk", "clerks"), ("admin", "amdin")] {
            assert!(are_similar(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("tier1", "tier2"),
            ("pkg0.admin", "pkg1.admin"),
            ("v1beta.read", "v1beta1.read"),
            ("tier", "tier1"),
            ("a", "b"),
            ("cat", "car"),
            ("clerk", "admin"),
        ] {
            assert!(!are_similar(one, other), "{one} {other}");
        }
    }
}
