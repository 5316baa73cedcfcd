//! PEM from files or memory.

use std::path::{Path, PathBuf};
use std::slice;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use zeroize::Zeroizing;

use super::{PemOrigin, TlsError};
use crate::follow::FileSet;
use crate::secret;

/// PEM that was read, and the file that may replace it. It may hold a private key, so it has no `Debug`.
#[derive(Clone)]
pub(super) struct PemSource {
    path: Option<PathBuf>,
    text: Zeroizing<String>,
}

/// The contents of files, in the order in which the parts of the settings take them.
pub(super) type Texts<'a> = slice::Iter<'a, String>;

impl PemSource {
    pub(super) fn file(path: impl AsRef<Path>) -> Result<Self, TlsError> {
        let [source] = Self::files([path.as_ref()])?;
        Ok(source)
    }

    /// Reads files as one revision.
    pub(super) fn files<const N: usize>(paths: [&Path; N]) -> Result<[Self; N], TlsError> {
        let mut contents = FileSet::new(paths, MAX_FILE_BYTES).read()?;
        // Moves the texts out, so that there is one copy of each.
        let mut texts = contents.drain(..).map(Zeroizing::new);
        Ok(paths.map(|path| Self { path: Some(path.to_owned()), text: texts.next().unwrap_or_default() }))
    }

    /// Text that is not UTF-8 is not PEM: its parser says so.
    pub(super) fn memory(text: impl AsRef<[u8]>) -> Self {
        Self { path: None, text: Zeroizing::new(String::from_utf8_lossy(text.as_ref()).into_owned()) }
    }

    /// The PEM. For a file it is the next one of `texts`.
    pub(super) fn pem(&self, texts: &mut Texts<'_>) -> Result<Pem, TlsError> {
        match &self.path {
            Some(path) => Pem::of_file(path, texts.next().map_or("", String::as_str)),
            None => Ok(Pem { text: self.text.clone(), origin: PemOrigin::memory() }),
        }
    }
}

/// The files among `sources`, each with what it held when it was read.
pub(super) fn files<'a>(sources: impl IntoIterator<Item = &'a PemSource>) -> (FileSet, Zeroizing<Vec<String>>) {
    let files = sources.into_iter().filter_map(|source| Some((source.path.as_deref()?, (*source.text).clone())));
    let (paths, texts): (Vec<_>, Vec<_>) = files.unzip();
    (FileSet::new(paths, MAX_FILE_BYTES), Zeroizing::new(texts))
}

/// The size above which a file is refused, in bytes. The CAs of a host are about 200 KiB.
const MAX_FILE_BYTES: usize = 1024 * 1024;

/// PEM text and its origin. It may hold a private key, so it has no `Debug`, and is wiped when it is dropped.
pub(super) struct Pem {
    text: Zeroizing<String>,
    origin: PemOrigin,
}

impl Pem {
    fn of_file(path: &Path, text: &str) -> Result<Self, TlsError> {
        let origin = PemOrigin::file(path);
        if text.len() > MAX_FILE_BYTES {
            return Err(TlsError::TooLong { file: origin });
        }
        Ok(Self { text: secret::concat(&[text]), origin })
    }

    pub(super) fn origin(&self) -> PemOrigin {
        self.origin.clone()
    }

    /// The certificates. There is at least one.
    pub(super) fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let certificates: Vec<_> = self.sections()?;
        if certificates.is_empty() { Err(TlsError::NoCertificate { file: self.origin() }) } else { Ok(certificates) }
    }

    /// The private key. There is exactly one.
    pub(super) fn key(&self) -> Result<PrivateKeyDer<'static>, TlsError> {
        let mut keys: Vec<_> = self.sections()?;
        match (keys.pop(), keys.is_empty()) {
            (Some(key), true) => Ok(key),
            (Some(_), false) => Err(TlsError::SeveralKeys { file: self.origin() }),
            (None, _) => Err(TlsError::NoKey { file: self.origin() }),
        }
    }

    /// The revocation lists. There is at least one.
    pub(super) fn revocation_lists(&self) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
        let lists: Vec<_> = self.sections()?;
        if lists.is_empty() { Err(TlsError::NoRevocationList { file: self.origin() }) } else { Ok(lists) }
    }

    /// Drops the error of the parser: it quotes the malformed line, which may be part of a key.
    fn sections<T: PemObject>(&self) -> Result<Vec<T>, TlsError> {
        let sections = T::pem_slice_iter(self.text.as_bytes());
        sections.collect::<Result<_, _>>().map_err(|_| TlsError::NotPem { file: self.origin() })
    }
}
