//! The files of a git revision, in a directory of their own. The user's index and files stay as they are.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::error::CliError;
use super::input::Input;
use crate::Error;

/// A revision on disk, for as long as the value lives.
pub(super) struct Revision {
    directory: TempDir,
    /// As it was asked for.
    name: String,
    /// The current directory, from the root of the repository on.
    prefix: PathBuf,
}

impl Revision {
    /// Writes the files of a revision of the repository that the current directory is in.
    pub(super) fn check_out(revision: &str) -> Result<Self, CliError> {
        let directory = tempfile::tempdir().map_err(Error::io(std::env::temp_dir()))?;
        let prefix = git(&["rev-parse", "--show-prefix"], None)?;
        let top = git(&["rev-parse", "--show-toplevel"], None)?;
        // A name that starts with a dash is no option: it is resolved to a commit first.
        let commit =
            git(&["rev-parse", "--quiet", "--verify", "--end-of-options", &format!("{revision}^{{commit}}")], None)
                .map_err(|_| CliError::Git(format!("there is no revision `{revision}`")))?;
        let tree = directory.path().join("tree");
        std::fs::create_dir(&tree).map_err(Error::io(&tree))?;
        let work_tree = format!("--work-tree={}", tree.display());
        let index = directory.path().join("index");
        git(&["-C", top.trim(), &work_tree, "checkout", "--force", commit.trim(), "--", "."], Some(&index))?;
        Ok(Self { directory, name: revision.to_owned(), prefix: prefix.trim().into() })
    }

    /// The same files, as they are in the revision.
    ///
    /// # Errors
    ///
    /// If the revision does not have one of them.
    pub(super) fn input(&self, input: &Input) -> Result<Input, CliError> {
        let moved = |path: &PathBuf| self.directory.path().join("tree").join(&self.prefix).join(path);
        if let Some(missing) = input.paths.iter().find(|path| !moved(path).exists()) {
            let missing = missing.display();
            return Err(CliError::Git(format!("{missing} is not in the revision `{}`", self.name)));
        }
        let mut includes = input.includes.iter().map(moved).collect::<Vec<_>>();
        if includes.is_empty() && !input.paths.iter().any(|path| path.is_dir()) {
            includes.push(moved(&PathBuf::from(".")));
        }
        Ok(Input { includes, exclude: input.exclude.clone(), paths: input.paths.iter().map(moved).collect() })
    }
}

fn git(arguments: &[&str], index: Option<&Path>) -> Result<String, CliError> {
    let mut command = Command::new("git");
    command.args(arguments);
    if let Some(index) = index {
        command.env("GIT_INDEX_FILE", index);
    }
    let output = command.output().map_err(Error::io("git"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(CliError::Git(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
    }
}
