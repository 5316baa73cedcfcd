//! Workflow commands of GitHub Actions: each becomes an annotation at its line.

use super::annotation::Annotation;
use crate::diagnostic::visible;

/// One command a line.
pub(crate) fn commands(annotations: &[Annotation<'_>]) -> String {
    annotations.iter().map(command).collect()
}

fn command(Annotation { rule, severity, message, at }: &Annotation<'_>) -> String {
    let place = at.position.map(|(line, column)| format!(",line={line},col={column}")).unwrap_or_default();
    let (file, title) = (property(&at.file), property(rule));
    format!("::{} file={file}{place},title={title}::{}\n", severity.name(), escaped(message))
}

/// A name from a schema starts no command of its own, and a terminal obeys none. `%` starts the escapes of workflow commands.
fn escaped(text: &str) -> String {
    visible(text).replace('%', "%25")
}

fn property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}
