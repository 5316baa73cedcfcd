//! The one server a channel is for.

use std::fmt;

use http::Uri;
use http::uri::Scheme;
use rustls::pki_types::ServerName;

use super::ConnectError;

/// Host and port of an `https://` address, and the name that the server's certificate must be for.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    uri: Uri,
    host: String,
    port: u16,
    name: ServerName<'static>,
}

impl Target {
    pub(crate) fn parse(address: &str) -> Result<Self, ConnectError> {
        let uri: Uri = address.parse().map_err(ConnectError::Uri)?;
        if uri.scheme() != Some(&Scheme::HTTPS) {
            return Err(ConnectError::NotHttps);
        }
        let is_bare = uri.path_and_query().is_none_or(|it| it == "/") && !address.contains(['@', '#']);
        let Some(host) = uri.host().filter(|_| is_bare) else { return Err(ConnectError::NotAnAuthority) };
        // An IPv6 address is in brackets in a URI (RFC 3986, section 3.2.2), and nowhere else.
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host.clone()).map_err(|_| ConnectError::NotAnAuthority)?;
        let port = port(&uri).ok_or(ConnectError::NotAnAuthority)?;
        Ok(Self { uri, host, port, name })
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(super) fn host_and_port(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    pub(super) fn name(&self) -> ServerName<'static> {
        self.name.clone()
    }
}

/// 443 if none is written; `None` if what is written is no port.
fn port(uri: &Uri) -> Option<u16> {
    let authority = uri.authority()?;
    if authority.as_str() == authority.host() { Some(443) } else { authority.port_u16() }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.uri.authority().map_or(&self.host, |authority| authority.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_port_and_name_come_from_the_address() {
        for (address, host, port) in [
            ("https://orders.internal:50051", "orders.internal", 50051),
            ("https://orders.internal", "orders.internal", 443),
            ("https://orders.internal/", "orders.internal", 443),
            ("HTTPS://10.0.0.7:1", "10.0.0.7", 1),
            ("https://[::1]:50051", "::1", 50051),
        ] {
            let target = Target::parse(address).unwrap();
            assert_eq!(target.host_and_port(), (host, port), "{address}");
            assert_eq!(target.name(), ServerName::try_from(host).unwrap(), "{address}");
        }
    }

    #[test]
    fn address_that_is_not_https_or_malformed_is_refused() {
        for address in ["http://a:1", "a:1", "ftp://a", "a"] {
            assert!(matches!(Target::parse(address), Err(ConnectError::NotHttps)), "{address}");
        }
        for address in [
            "https://a:",
            "https://a:99999",
            "https://a:5005l",
            "https://a/b",
            "https://a?b",
            "https://me:secret@a",
            "https://a#b",
            "https://a_b!/",
        ] {
            assert!(matches!(Target::parse(address), Err(ConnectError::NotAnAuthority)), "{address}");
        }
        for address in ["", "https://", "https://a b", "unix:///tmp/a"] {
            assert!(matches!(Target::parse(address), Err(ConnectError::Uri(_))), "{address}");
        }
    }
}
