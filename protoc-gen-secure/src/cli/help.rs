//! The text of `--help`: of all commands, or of one.

use std::ffi::OsString;

/// All of the help.
pub(super) const TEXT: &str = include_str!("help.txt");

/// The help about one command, if the arguments ask for it, as in `diff --help`.
pub(super) fn asked(arguments: &[OsString]) -> Option<String> {
    let (command, arguments) = arguments.split_first()?;
    let mut options = arguments.iter().take_while(|argument| *argument != "--");
    let asks = options.any(|argument| argument == "-h" || argument == "--help");
    asks.then(|| of(command.to_str()?)).flatten()
}

/// The section about a command. The section about files follows, if the command takes some.
fn of(command: &str) -> Option<String> {
    let section = section(command)?;
    let heading = section.lines().next().unwrap_or_default();
    let files = if heading.contains("FILE") || heading.contains("OLD") { self::section("FILE,") } else { None };
    Some(section + &files.unwrap_or_default())
}

/// A section begins with four blanks and a word. All of its other lines begin with more blanks.
fn section(word: &str) -> Option<String> {
    let (_, commands) = TEXT.split_once("\nCommands:\n\n")?;
    let mut lines = commands.split_inclusive('\n').skip_while(|line| !begins(line, word));
    let first = lines.next()?;
    Some([first].into_iter().chain(lines.take_while(|line| line.starts_with("     "))).collect())
}

fn begins(line: &str, word: &str) -> bool {
    line.strip_prefix("    ").and_then(|line| line.strip_prefix(word)).is_some_and(|rest| rest.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_help_of_its_own() {
        let commands =
            ["check", "diff", "explain", "export", "import", "lint", "lints", "matrix", "print-proto", "usage"];
        for command in commands {
            for option in ["-h", "--help"] {
                let help = asked(&[command.into(), "a.proto".into(), option.into()]);
                let help = help.unwrap_or_else(|| panic!("{command} has none"));
                assert!(help.starts_with(&format!("    {command} ")), "{help}");
                let other = |line: &str| !line.starts_with("     ") && !line.starts_with("    FILE,");
                assert!(!help.lines().skip(1).any(other), "{help}");
            }
        }
    }

    #[test]
    fn help_of_commands_with_files_names_the_kinds_of_files() {
        for (command, takes_files) in [("diff", true), ("export", true), ("matrix", true), ("import", false)] {
            let help = asked(&[command.into(), "--help".into()]).unwrap();
            assert_eq!(help.contains("are manifests, descriptor sets"), takes_files, "{help}");
        }
    }

    #[test]
    fn help_is_not_printed_after_two_dashes_or_for_an_unknown_command() {
        assert_eq!(asked(&["diff".into(), "--".into(), "--help".into()]), None);
        assert_eq!(asked(&["FILE,".into(), "diff".into()]), None);
        assert_eq!(asked(&["dif".into(), "--help".into()]), None);
        assert_eq!(asked(&["--help".into()]), None);
    }
}
