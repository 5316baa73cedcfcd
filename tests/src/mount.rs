//! A directory of files that are replaced as Kubernetes does it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::pki::{Ca, Issued};

/// A mounted secret: `tls.crt` is a link to `..data/tls.crt`, and `..data` a link to a directory that is replaced.
#[derive(Debug)]
pub struct Mount {
    directory: TempDir,
    generation: usize,
}

impl Mount {
    /// Mounts files with these names and contents.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let mut mount = Self { directory: tempfile::tempdir().expect("a temporary directory"), generation: 0 };
        mount.swap(files);
        for (name, _) in files {
            symlink(Path::new("..data").join(name), mount.path(name)).expect("a link");
        }
        mount
    }

    /// Mounts a certificate, its key and a CA, under the names of cert-manager.
    pub fn of_certificate(issued: &Issued, roots: &str) -> Self {
        Self::new(&certificate_files(issued, roots))
    }

    /// Replaces all files at once.
    pub fn swap(&mut self, files: &[(&str, &str)]) {
        let old = self.data();
        self.generation += 1;
        fs::create_dir(self.data()).expect("a directory");
        for (name, contents) in files {
            fs::write(self.data().join(name), contents).expect("a file");
        }
        let link = self.path("..data_tmp");
        symlink(self.data().file_name().expect("a name"), &link).expect("a link");
        fs::rename(link, self.path("..data")).expect("a link");
        _ = fs::remove_dir_all(old);
    }

    /// Replaces a certificate, its key and a CA at once.
    pub fn swap_certificate(&mut self, issued: &Issued, roots: &str) {
        self.swap(&certificate_files(issued, roots));
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The path of a file.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory().join(name)
    }

    fn data(&self) -> PathBuf {
        self.path(&format!("..{}", self.generation))
    }
}

fn certificate_files<'a>(Issued { chain, key }: &'a Issued, roots: &'a str) -> [(&'static str, &'a str); 3] {
    [("tls.crt", chain), ("tls.key", key), ("ca.crt", roots)]
}

/// A certificate of the CA, mounted with the CA itself.
pub fn mounted(ca: &Ca) -> Mount {
    Mount::of_certificate(&ca.issue(), &ca.pem())
}
