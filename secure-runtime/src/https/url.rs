//! `https` URLs.

use std::fmt;
use std::str::FromStr;

use http::Uri;
use http::uri::{PathAndQuery, Scheme};

use super::HttpsUrlError;
use crate::connect::Target;

/// An `https` URL without userinfo and fragment.
#[derive(Clone)]
pub(crate) struct HttpsUrl {
    target: Target,
    path_and_query: PathAndQuery,
}

impl HttpsUrl {
    pub(super) fn target(&self) -> Target {
        self.target.clone()
    }

    pub(super) fn path_and_query(&self) -> &PathAndQuery {
        &self.path_and_query
    }

    /// Host and port, as in the header `host`.
    pub(super) fn host(&self) -> String {
        self.target.to_string()
    }
}

impl FromStr for HttpsUrl {
    type Err = HttpsUrlError;

    fn from_str(text: &str) -> Result<Self, HttpsUrlError> {
        let uri: Uri = text.parse().map_err(|_| HttpsUrlError::NotAUrl)?;
        if uri.scheme() != Some(&Scheme::HTTPS) {
            return Err(HttpsUrlError::NotHttps);
        }
        let authority = uri.authority().filter(|it| !it.as_str().contains('@')).ok_or(HttpsUrlError::NotAUrl)?;
        // `Uri` drops a fragment.
        if text.contains('#') {
            return Err(HttpsUrlError::NotAUrl);
        }
        let target = Target::parse(&format!("https://{authority}")).map_err(|_| HttpsUrlError::NotAUrl)?;
        let path_and_query = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        Ok(Self { target, path_and_query })
    }
}

/// Without the query, which may hold a secret.
impl fmt::Debug for HttpsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for HttpsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}{}", self.target, self.path_and_query.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_url_is_split_into_host_port_and_path() {
        for (text, printed, path) in [
            ("https://id.example.com/jwks", "https://id.example.com/jwks", "/jwks"),
            ("https://id.example.com", "https://id.example.com/", "/"),
            ("HTTPS://[::1]:8443/a?b=c", "https://[::1]:8443/a", "/a?b=c"),
        ] {
            let url: HttpsUrl = text.parse().unwrap();
            assert_eq!((url.to_string().as_str(), url.path_and_query().as_str()), (printed, path));
        }
    }

    #[test]
    fn url_that_is_not_https_or_malformed_is_refused() {
        for text in
            ["http://id.example.com/jwks", "ftp://id.example.com", "file:///etc/jwks", "id.example.com:443", "/jwks"]
        {
            assert!(text.parse::<HttpsUrl>().is_err(), "{text}");
        }
        assert_eq!("http://id.example.com".parse::<HttpsUrl>().unwrap_err(), HttpsUrlError::NotHttps);
        for text in [
            "https://me:secret@id.example.com/",
            "https://id.example.com/#jwks",
            "https://",
            "https://a:x/",
            "https://a b/",
        ] {
            assert_eq!(text.parse::<HttpsUrl>().unwrap_err(), HttpsUrlError::NotAUrl, "{text}");
        }
    }
}
