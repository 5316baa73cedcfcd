//! Workflow commands of GitHub Actions: each becomes an annotation at its line.

use super::annotation::Annotation;

/// One command a line.
pub(crate) fn commands(annotations: &[Annotation<'_>]) -> String {
    annotations.iter().map(command).collect()
}

fn command(Annotation { rule, severity, message, at }: &Annotation<'_>) -> String {
    let place = at.position.map(|(line, column)| format!(",line={line},col={column}")).unwrap_or_default();
    let (file, title) = (property(&at.file), property(rule));
    format!("::{} file={file}{place},title={title}::{}\n", severity.name(), escaped(message))
}

/// The escapes of workflow commands: a name from a schema starts no command of its own.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}
