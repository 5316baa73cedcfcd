//! The statements in the options of a method, as text.

use protox::prost_reflect::{DynamicMessage, Kind, Value};

/// One value that an option sets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Statement {
    /// The full name of the extension.
    pub(super) option: String,
    /// The path of the field in it; empty for the extension itself.
    pub(super) field: String,
    /// Text, the name of an enum value, `true`, `false` or a number. `{}` is a message without fields.
    pub(super) text: String,
}

impl Statement {
    pub(super) fn is(&self, option: &str, field: &str) -> bool {
        self.option == option && self.field == field
    }

    /// The option and the path in it.
    pub(super) fn place(&self) -> String {
        match self.field.as_str() {
            "" => self.option.clone(),
            field => format!("{}.{field}", self.option),
        }
    }
}

/// All values of the options that `is_asked_for`.
pub(super) fn statements_of(options: &DynamicMessage, is_asked_for: impl Fn(&str) -> bool) -> Vec<Statement> {
    let mut statements = Vec::new();
    for (extension, value) in options.extensions().filter(|(extension, _)| is_asked_for(extension.full_name())) {
        let mut values = Vec::new();
        walk("", &extension.kind(), value, &mut values);
        let option = extension.full_name();
        statements.extend(values.into_iter().map(|(field, text)| Statement { option: option.to_owned(), field, text }));
    }
    statements
}

fn walk(path: &str, kind: &Kind, value: &Value, values: &mut Vec<(String, String)>) {
    let mut add = |text: String| values.push((path.to_owned(), text));
    match value {
        Value::Message(message) if message.fields().next().is_none() => add("{}".to_owned()),
        Value::Message(message) => {
            for (field, value) in message.fields() {
                let path = if path.is_empty() { field.name().to_owned() } else { format!("{path}.{}", field.name()) };
                walk(&path, &field.kind(), value, values);
            }
        }
        Value::List(list) => list.iter().for_each(|value| walk(path, kind, value, values)),
        Value::EnumNumber(number) => {
            let name = kind.as_enum().and_then(|it| it.get_value(*number)).map(|it| it.name().to_owned());
            add(name.unwrap_or_else(|| number.to_string()));
        }
        Value::String(text) => add(text.clone()),
        Value::Bool(flag) => add(flag.to_string()),
        Value::I32(number) => add(number.to_string()),
        Value::U32(number) => add(number.to_string()),
        Value::I64(number) => add(number.to_string()),
        Value::U64(number) => add(number.to_string()),
        other => add(format!("{other:?}")),
    }
}
