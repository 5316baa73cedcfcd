//! The services that a server should have.

use super::builder::Server;
use super::mounted::Mounted;
use crate::gate::ServiceTable;

impl Server {
    /// Compares the added services with these when the server starts, and warns of differences. Each generated package lists
    /// its services in `SERVICES`; call this for each package.
    ///
    /// The first line in the log says which services are mounted, who may call how many of their methods, and which expected
    /// service is missing. [`mounted`](Self::mounted) is the same as a value.
    ///
    /// ```text
    /// Server::new(tls).add(OrdersServer::new(Shop, gate)).expect_services(shop::SERVICES)
    /// ```
    #[must_use]
    pub fn expect_services(mut self, services: &[ServiceTable]) -> Self {
        self.mounted.expect(services);
        self
    }

    /// The added services and those that are expected: `assert_eq!(server.mounted().missing(), [""; 0])` in a test.
    pub fn mounted(&self) -> &Mounted {
        &self.mounted
    }
}
