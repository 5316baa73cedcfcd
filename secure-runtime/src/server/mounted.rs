//! Which services a server has, compared with those that were generated.

use std::fmt;

use crate::gate::ServiceTable;

/// The services of a server. Its `Display` is a part of the line that the server logs when it starts.
#[derive(Clone, Debug, Default)]
pub struct Mounted {
    services: Vec<ServiceTable>,
    expected: Vec<ServiceTable>,
}

impl Mounted {
    pub(super) fn add(&mut self, service: ServiceTable) {
        self.services.push(service);
    }

    pub(super) fn expect(&mut self, services: &[ServiceTable]) {
        self.expected.extend_from_slice(services);
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.services.iter().any(|service| service.name() == name)
    }

    /// A service that was added twice.
    pub(super) fn duplicate(&self) -> Option<&'static str> {
        let mut names = self.names();
        names.sort_unstable();
        names.windows(2).find_map(|pair| (pair[0] == pair[1]).then_some(pair[0]))
    }

    /// The full names of the services, in the order in which they were added.
    pub fn names(&self) -> Vec<&'static str> {
        self.services.iter().map(ServiceTable::name).collect()
    }

    /// The expected services that were not added. Nobody can call them.
    pub fn missing(&self) -> Vec<&'static str> {
        let expected = self.expected.iter().map(ServiceTable::name);
        expected.filter(|name| !self.has(name)).collect()
    }

    /// The added services that are not expected, such as health checking. None, if nothing is expected.
    pub fn unexpected(&self) -> Vec<&'static str> {
        let is_expected = |name: &&str| self.expected.iter().any(|service| service.name() == *name);
        match self.expected.is_empty() {
            true => Vec::new(),
            false => self.names().into_iter().filter(|name| !is_expected(name)).collect(),
        }
    }
}

/// `shop.v1.Orders (1 public, 3 by role, policy 3f7a21c09b44); not mounted: shop.v1.Carts`.
impl fmt::Display for Mounted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let services = self.services.iter().map(ToString::to_string).collect::<Vec<_>>();
        f.write_str(&if services.is_empty() { "no service".to_owned() } else { services.join(", ") })?;
        for (what, names) in [("not mounted", self.missing()), ("not expected", self.unexpected())] {
            if !names.is_empty() {
                write!(f, "; {what}: {}", names.join(", "))?;
            }
        }
        Ok(())
    }
}
