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
    /// Writes what a report on `paths` may read of a revision. The current directory is in the repository.
    pub(super) fn check_out(revision: &str, paths: &[PathBuf]) -> Result<Self, CliError> {
        let directory = tempfile::tempdir().map_err(Error::io(std::env::temp_dir()))?;
        let root = text(git().args(["rev-parse", "--show-toplevel"]))?;
        let root = Path::new(&root).canonicalize().map_err(Error::io(&root))?;
        // A name that starts with a dash is no option: it is resolved to a commit first.
        let commit = format!("{revision}^{{commit}}");
        let commit = text(git().args(["rev-parse", "--quiet", "--verify", "--end-of-options", &commit]))
            .map_err(|_| CliError::Git(format!("there is no revision `{revision}`")))?;
        let written = Self { directory, name: revision.to_owned(), root };
        written.write(&commit, paths)?;
        Ok(written)
    }

    /// Writes the files with an index of their own. Unlike `git checkout`, `checkout-index` writes single files fast.
    fn write(&self, commit: &str, paths: &[PathBuf]) -> Result<(), CliError> {
        let [tree, index, list] = ["tree", "index", "list"].map(|name| self.directory.path().join(name));
        std::fs::create_dir(&tree).map_err(Error::io(&tree))?;
        let git = || {
            let mut git = git();
            git.arg("-C").arg(&self.root).env("GIT_INDEX_FILE", &index);
            git
        };
        output(git().args(["read-tree", commit]))?;
        let entries = output(git().args(["ls-files", "--stage", "-z"]))?;
        std::fs::write(&list, needed(&entries, paths).concat()).map_err(Error::io(&list))?;
        let list = std::fs::File::open(&list).map_err(Error::io(&list))?;
        let prefix = format!("--prefix={}/", tree.display());
        output(git().args(["checkout-index", "--force", "-z", "--stdin", &prefix]).stdin(list))?;
        Ok(())
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

/// Of the entries of an index, the paths of `.proto` files, of files that end like a named one, and of links, which may
/// lead to them.
fn needed<'a>(entries: &'a [u8], paths: &[PathBuf]) -> Vec<&'a [u8]> {
    let ends = paths.iter().filter_map(|path| path.extension().or_else(|| path.file_name()));
    let ends = ends.map(|end| [end.as_encoded_bytes(), b"\0"].concat());
    let ends = ends.chain([b".proto\0".to_vec()]).collect::<Vec<_>>();
    let entries = entries.split_inclusive(|byte| *byte == b'\0');
    let needed = entries.filter(|entry| entry.starts_with(LINK) || ends.iter().any(|end| entry.ends_with(end)));
    // `100644 <hash> 0<tab>path`.
    needed.filter_map(|entry| entry.splitn(2, |byte| *byte == b'\t').nth(1)).collect()
}

/// The mode of symbolic links.
const LINK: &[u8] = b"120000 ";

/// A git that runs no hook and no monitor of files. It runs the filters that `.gitattributes` names, as a checkout does. It
/// writes the files outside of a sparse checkout, too.
fn git() -> Command {
    let mut git = Command::new("git");
    for setting in ["core.hooksPath=/dev/null", "core.fsmonitor=false", "core.sparseCheckout=false"] {
        git.args(["-c", setting]);
    }
    git
}

fn text(git: &mut Command) -> Result<String, CliError> {
    Ok(String::from_utf8_lossy(&output(git)?).trim().to_owned())
}

fn output(git: &mut Command) -> Result<Vec<u8>, CliError> {
    let output = git.output().map_err(Error::io("git"))?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(CliError::Git(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
    }
}
