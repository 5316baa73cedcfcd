//! Unix sockets.

use std::fs::{self, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

/// A Unix socket to serve on. Connections have no TLS, and tokens are accepted on them.
///
/// TLS protects bytes on a network. Bytes in a Unix socket never leave the kernel of this host, and nobody but its two ends
/// can read them. Who may connect is decided by the mode of the socket file: by default, only the user of this process. The
/// kernel tells the server which user, group and process connected, and
/// [`authn::UnixPeers`](crate::authn::UnixPeers) makes principals of that.
///
/// Risk: a user who may write to the directory of the socket can put another socket in its place, and receive the
/// tokens of clients. Use a directory that only the user of the server may write to, such as `/run/orders`, and never
/// `/tmp`.
///
/// The file is removed when the socket is dropped.
#[derive(Debug)]
pub struct UnixSocket {
    listener: UnixListener,
    file: SocketFile,
}

impl UnixSocket {
    /// Creates a socket file that only the user of this process may connect to (mode 0600).
    ///
    /// A socket file that a process left behind is replaced. A file that is no socket is not, and neither is a socket on
    /// which a process accepts connections.
    ///
    /// # Panics
    ///
    /// Panics outside a Tokio runtime.
    ///
    /// # Errors
    ///
    /// Fails if there is another file, or another process listens there (`AddrInUse`), and if the file cannot be created.
    pub fn bind(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::bind_with_mode(path, OWNER_ONLY)
    }

    /// Creates a socket file with this mode, such as `0o660` for all users of its group.
    ///
    /// Risk: everybody who may write to the file can connect, and call whatever the rules allow.
    ///
    /// # Panics
    ///
    /// Panics outside a Tokio runtime.
    ///
    /// # Errors
    ///
    /// As for [`bind`](Self::bind).
    pub fn bind_with_mode(path: impl AsRef<Path>, mode: u32) -> io::Result<Self> {
        let path = path.as_ref();
        remove_stale(path)?;
        let socket = tokio::net::UnixSocket::new_stream()?;
        socket.bind(path)?;
        let file = SocketFile::at(path)?;
        // Nobody can connect before `listen`.
        fs::set_permissions(path, Permissions::from_mode(mode))?;
        Ok(Self { listener: socket.listen(BACKLOG)?, file })
    }

    /// The path of the socket file.
    pub fn path(&self) -> &Path {
        &self.file.path
    }

    pub(super) async fn accept(&mut self) -> io::Result<UnixStream> {
        self.listener.accept().await.map(|(stream, _)| stream)
    }
}

/// Removes a socket file on which nobody listens.
fn remove_stale(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
        Ok(metadata) if metadata.file_type().is_socket() => {}
        Ok(_) => return Err(io::Error::new(io::ErrorKind::AddrInUse, "there is a file that is not a socket")),
    }
    match StdUnixStream::connect(path) {
        Ok(_) => Err(io::Error::new(io::ErrorKind::AddrInUse, "another process listens on the socket")),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(error) => Err(error),
    }
}

/// A socket file that this process created. It is removed with its socket.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    id: (u64, u64),
}

impl SocketFile {
    fn at(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), id: id(&fs::symlink_metadata(path)?) })
    }
}

/// Another process may have put another file there.
impl Drop for SocketFile {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|metadata| id(&metadata) == self.id) {
            _ = fs::remove_file(&self.path);
        }
    }
}

fn id(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

const OWNER_ONLY: u32 = 0o600;
const BACKLOG: u32 = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn socket_file_is_private_and_removed_with_its_socket() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.sock");
        let socket = UnixSocket::bind(&path).unwrap();
        assert_eq!((socket.path(), mode(&path)), (path.as_path(), 0o600));
        drop(socket);
        assert!(!path.exists());
        drop(UnixSocket::bind_with_mode(&path, 0o666).inspect(|_| assert_eq!(mode(&path), 0o666)).unwrap());
    }

    #[tokio::test]
    async fn only_a_stale_socket_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "it is left behind");
        let socket = UnixSocket::bind(&path).unwrap();
        assert_eq!(UnixSocket::bind(&path).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        let file = directory.path().join("file");
        fs::write(&file, "precious").unwrap();
        assert_eq!(UnixSocket::bind(&file).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
        let link = directory.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert_eq!(UnixSocket::bind(&link).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        assert!(StdUnixStream::connect(socket.path()).is_ok());
    }

    #[tokio::test]
    async fn file_of_another_process_is_not_removed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.sock");
        let socket = UnixSocket::bind(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let _other = std::os::unix::net::UnixListener::bind(&path).unwrap();
        drop(socket);
        assert!(path.exists());
    }
}
