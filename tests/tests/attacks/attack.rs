//! One attack: connections from 127.0.0.2, the bytes that each sends first, and the bytes that it repeats.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls::version::TLS13;
use secure_tests::tls::raw_config;
use tokio::io::{AsyncReadExt, AsyncWriteExt, split};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::target::Target;

/// An attack.
pub struct Attack {
    pub name: &'static str,
    /// How much more memory the server may need, in MiB.
    pub max_mib: f64,
    pub connections: usize,
    pub layer: Layer,
    /// What is sent once.
    pub first: Vec<u8>,
    /// What is sent again and again, for the number of the round.
    pub repeated: Option<fn(u32) -> Vec<u8>>,
    pub pause: Duration,
    pub reads: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Layer {
    Tcp,
    Tls,
}

#[derive(Clone)]
struct Way {
    address: SocketAddr,
    config: Arc<ClientConfig>,
}

impl Attack {
    /// Runs until it is aborted. A connection that is closed is opened again.
    pub fn start(&self, target: &Target) -> JoinHandle<()> {
        let way = Way { address: target.address, config: raw_config(&target.ca, &[&TLS13], &[b"h2"]) };
        let mut clients = JoinSet::new();
        for _ in 0..self.connections {
            let (way, layer, first, pause) = (way.clone(), self.layer, self.first.clone(), self.pause);
            let (repeated, reads) = (self.repeated, self.reads);
            clients.spawn(async move {
                loop {
                    _ = match layer {
                        Layer::Tcp => silent(&way, &first).await,
                        Layer::Tls => flood(&way, &first, repeated, pause, reads).await,
                    };
                    sleep(Duration::from_millis(20)).await;
                }
            });
        }
        tokio::spawn(async move { while clients.join_next().await.is_some() {} })
    }
}

impl Way {
    async fn tcp(&self) -> io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(([127, 0, 0, 2], 0).into())?;
        socket.connect(self.address).await
    }

    async fn tls(&self) -> io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::clone(&self.config)).connect(name, self.tcp().await?).await
    }
}

async fn silent(way: &Way, first: &[u8]) -> io::Result<()> {
    let mut stream = way.tcp().await?;
    stream.write_all(first).await?;
    while stream.read(&mut [0; 64]).await? > 0 {}
    Ok(())
}

async fn flood(
    way: &Way,
    first: &[u8],
    repeated: Option<fn(u32) -> Vec<u8>>,
    pause: Duration,
    reads: bool,
) -> io::Result<()> {
    let (mut read, mut write) = split(way.tls().await?);
    let reading = async {
        let mut bytes = vec![0; 16 * 1024];
        while reads && read.read(&mut bytes).await? > 0 {}
        if reads { Err::<(), _>(io::ErrorKind::UnexpectedEof.into()) } else { std::future::pending().await }
    };
    let writing = async {
        write.write_all(first).await?;
        write.flush().await?;
        let Some(repeated) = repeated else { return std::future::pending().await };
        for round in 0.. {
            write.write_all(&repeated(round)).await?;
            write.flush().await?;
            sleep(pause).await;
        }
        Ok::<(), io::Error>(())
    };
    tokio::try_join!(reading, writing).map(|_| ())
}
