//! A value that an argument names.

/// The value with this name. `what` is such as `format`.
///
/// # Errors
///
/// Lists the known names.
pub(crate) fn choice<T: Copy>(what: &str, name: &str, known: &[(&str, T)]) -> Result<T, String> {
    if let Some((_, value)) = known.iter().find(|(known, _)| *known == name) {
        return Ok(*value);
    }
    let names = known.iter().map(|(known, _)| format!("`{known}`")).collect::<Vec<_>>();
    let names = match names.as_slice() {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        names => names.concat(),
    };
    Err(format!("there is no {what} `{name}`; known are {names}"))
}

#[cfg(test)]
mod tests {
    use super::choice;

    #[test]
    fn known_name_is_a_value_and_an_unknown_one_is_refused_with_all_names() {
        let known = [("csv", 1), ("json", 2), ("text", 3)];
        assert_eq!(choice("format", "json", &known), Ok(2));
        let refused = choice("format", "pdf", &known).expect_err("an unknown name");
        assert_eq!(refused, "there is no format `pdf`; known are `csv`, `json` and `text`");
        let refused = choice("format", "pdf", &known[..1]).expect_err("an unknown name");
        assert_eq!(refused, "there is no format `pdf`; known are `csv`");
    }
}
