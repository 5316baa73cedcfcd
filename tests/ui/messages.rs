//! What stays the same in messages of the compiler when a file elsewhere changes.

/// Where programs are, from the root.
const DIRECTORY: &str = "tests/ui/";

/// What stands for lines that are not shown.
const OMITTED: &str = "...";

/// Messages without line numbers of other files, and without what depends on this machine or on the number of our services.
pub fn stable(messages: &str) -> String {
    let paragraphs = messages.split("\n\n").filter(|text| !is_summary(text));
    paragraphs.map(|text| paragraph(&first_types(text))).collect::<Vec<_>>().join("\n")
}

fn is_summary(text: &str) -> bool {
    let text = text.trim();
    text.is_empty()
        || ["error: aborting due to", "For more information", "Some errors have"]
            .iter()
            .any(|start| text.starts_with(start))
}

/// Eight of the types that implement a trait, because each of our services adds some.
fn first_types(text: &str) -> String {
    let mut types = 0;
    let mut shown = String::new();
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        types = if indent >= 12 { types + 1 } else { 0 };
        match types {
            0..=8 => shown += &format!("{line}\n"),
            9 => shown += &format!("{:1$}and $N others\n", "", indent - 2),
            _ => {}
        }
    }
    shown
}

/// A line of a message. Those of a snippet begin with a margin: the number of the line, or spaces.
enum Line<'a> {
    Place(String),
    Snippet { number: &'a str, text: &'a str },
    Text(&'a str),
}

impl Line<'_> {
    /// How wide the number is.
    fn width(&self) -> usize {
        if let Self::Snippet { number, .. } = self
            && *number != OMITTED
        {
            number.len()
        } else {
            1
        }
    }
}

fn paragraph(text: &str) -> String {
    let mut is_own = true;
    let lines: Vec<_> = text.lines().map(|line| read(line, &mut is_own)).collect();
    let width = lines.iter().map(Line::width).max().unwrap_or(1);
    let narrower = text.lines().find_map(|line| line.find("--> ")).unwrap_or(width) - width;
    lines.iter().map(|line| format!("{}\n", show(line, width, narrower).trim_end())).collect()
}

/// A snippet of another file loses its numbers.
fn read<'a>(line: &'a str, is_own: &mut bool) -> Line<'a> {
    let Some((number, text)) = margin(line) else {
        *is_own |= line != OMITTED;
        return Line::Text(line);
    };
    if let Some((arrow, place)) = text.split_once(' ').filter(|(arrow, _)| ["-->", ":::"].contains(arrow)) {
        let program = place.strip_prefix(DIRECTORY).filter(|place| !place.contains(".."));
        *is_own = program.is_some();
        return Line::Place(format!("{arrow} {}", program.map_or_else(|| file(place), str::to_owned)));
    }
    *is_own |= text.starts_with('=');
    Line::Snippet { number: if *is_own || number == OMITTED { number } else { "" }, text }
}

fn margin(line: &str) -> Option<(&str, &str)> {
    if let Some(text) = line.strip_prefix(OMITTED).map(str::trim_start).filter(|text| text.starts_with('|')) {
        return Some((OMITTED, text));
    }
    let text = line.trim_start_matches(|it: char| it == ' ' || it.is_ascii_digit());
    let number = line[..line.len() - text.len()].trim();
    let marks: &[_] = if number.is_empty() { &["|", "=", "-->", ":::"] } else { &["|", "+", "-", "~"] };
    let mark = text.split(' ').next().unwrap_or_default();
    (line != text && marks.contains(&mark)).then_some((number, text))
}

/// A file that is not the program, without line and column.
fn file(place: &str) -> String {
    let path = place.trim_end_matches(|it: char| it == ':' || it.is_ascii_digit());
    if let Some((_, path)) = path.split_once("/library/") {
        return format!("$RUST/{path}");
    }
    if let Some((directory, path)) = path.split_once("/out/") {
        let name = directory.rsplit('/').next().and_then(|it| it.rsplit_once('-')).map_or("", |(name, _)| name);
        return format!("$OUT_DIR[{name}]/{path}");
    }
    path.strip_prefix(DIRECTORY).map_or_else(|| format!("$WORKSPACE/{path}"), str::to_owned)
}

fn show(line: &Line<'_>, width: usize, narrower: usize) -> String {
    match line {
        Line::Place(text) => format!("{:width$}{text}", ""),
        Line::Snippet { number, text } => format!("{number:width$} {text}"),
        // It goes on below a line with a margin.
        Line::Text(text) if text.starts_with("          ") => text[narrower..].to_owned(),
        Line::Text(text) => (*text).to_owned(),
    }
}
