//! The files of a git revision, in a directory of their own. The user's index and files stay as they are.

use std::path::{Component, Path, PathBuf};
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
    /// The root of the working tree, without symbolic links.
    root: PathBuf,
}

impl Revision {
    /// Writes the files of a revision of the repository that the current directory is in.
    pub(super) fn check_out(revision: &str) -> Result<Self, CliError> {
        let directory = tempfile::tempdir().map_err(Error::io(std::env::temp_dir()))?;
        let root = git(&["rev-parse", "--show-toplevel"], None)?;
        let root = Path::new(root.trim()).canonicalize().map_err(Error::io(root.trim()))?;
        // A name that starts with a dash is no option: it is resolved to a commit first.
        let commit =
            git(&["rev-parse", "--quiet", "--verify", "--end-of-options", &format!("{revision}^{{commit}}")], None)
                .map_err(|_| CliError::Git(format!("there is no revision `{revision}`")))?;
        let tree = directory.path().join("tree");
        std::fs::create_dir(&tree).map_err(Error::io(&tree))?;
        let work_tree = format!("--work-tree={}", tree.display());
        let index = directory.path().join("index");
        let at_root = root.to_string_lossy();
        git(&["-C", &at_root, &work_tree, "checkout", "--force", commit.trim(), "--", "."], Some(&index))?;
        Ok(Self { directory, name: revision.to_owned(), root })
    }

    /// The same files, as they are in the revision. Directories of imports outside of the repository stay what they are.
    ///
    /// # Errors
    ///
    /// If the revision does not have one of the files.
    pub(super) fn input(&self, input: &Input) -> Result<Input, CliError> {
        let paths = input.paths.iter().map(|path| {
            self.moved(path)?.filter(|moved| moved.exists()).ok_or_else(|| {
                let (missing, name) = (path.display(), &self.name);
                CliError::Git(format!("{missing} is not in the revision `{name}`"))
            })
        });
        let paths = paths.collect::<Result<_, _>>()?;
        let moved = |path: &PathBuf| Ok(self.moved(path)?.unwrap_or_else(|| path.clone()));
        let mut includes = input.includes.iter().map(moved).collect::<Result<Vec<_>, CliError>>()?;
        if includes.is_empty() && !input.paths.iter().any(|path| path.is_dir()) {
            includes.push(moved(&PathBuf::from("."))?);
        }
        Ok(Input { includes, exclude: input.exclude.clone(), paths })
    }

    /// Where the revision has what the working tree has at this path. `None` for a path outside of the repository.
    fn moved(&self, path: &Path) -> Result<Option<PathBuf>, CliError> {
        let path = normal(&current_directory()?.join(path))?;
        let Some(path) = self.below_root(&path) else { return Ok(None) };
        let moved = self.tree().join(&path);
        let tree = self.tree().canonicalize().map_err(Error::io(self.tree()))?;
        match moved.canonicalize().is_ok_and(|target| !target.starts_with(tree)) {
            true => Err(CliError::Git(format!("{} is a link out of the revision `{}`", path.display(), self.name))),
            false => Ok(Some(moved)),
        }
    }

    /// The path from the root of the working tree.
    ///
    /// Links in the working tree are not followed. With one, a change could compare its files with other files of the revision.
    fn below_root(&self, path: &Path) -> Option<PathBuf> {
        if let Ok(below) = path.strip_prefix(&self.root) {
            return Some(below.to_owned());
        }
        // The shortest directory that leads into the repository: the links in it are outside.
        let inside = path.ancestors().filter_map(|ancestor| {
            let target = ancestor.canonicalize().ok()?;
            Some(target.strip_prefix(&self.root).ok()?.join(path.strip_prefix(ancestor).ok()?))
        });
        inside.last()
    }

    fn tree(&self) -> PathBuf {
        self.directory.path().join("tree")
    }
}

/// The current directory, by the name that the shell has for it, if that leads there. It may contain links.
fn current_directory() -> Result<PathBuf, CliError> {
    let current = Path::new(".").canonicalize().map_err(Error::io("."))?;
    let named = std::env::var_os("PWD").map(PathBuf::from).filter(|it| it.is_absolute());
    let named = named.filter(|it| it.canonicalize().is_ok_and(|named| named == current));
    Ok(named.unwrap_or(current))
}

/// The same absolute path without `.` and `..`.
fn normal(path: &Path) -> Result<PathBuf, CliError> {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if normal.is_symlink() => {
                return Err(CliError::Git(format!(
                    "{} goes back from a link; name the path without `..`",
                    path.display()
                )));
            }
            Component::ParentDir => _ = normal.pop(),
            component => normal.push(component),
        }
    }
    Ok(normal)
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
