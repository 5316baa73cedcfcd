//! Services that another program serves.

use super::{Declared, identifier};

/// Packages and services, by full name.
#[derive(Debug)]
pub(crate) struct Exclude(Vec<String>);

impl Exclude {
    /// # Errors
    ///
    /// Says which name cannot be one.
    pub(crate) fn new(names: &[String]) -> Result<Self, String> {
        let check = |name: &String| match identifier::package(name.clone()) {
            Ok(name) if !name.is_empty() => Ok(name),
            _ => Err(format!(
                "`{}` cannot be excluded: write the full name of a package or a service, such as `google.longrunning`",
                name.escape_debug()
            )),
        };
        names.iter().map(check).collect::<Result<_, _>>().map(Self)
    }

    /// True for an excluded service, and for each service of an excluded package and of the packages inside it.
    pub(crate) fn covers(&self, service: &str) -> bool {
        let is_below =
            |name: &str| service.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        self.0.iter().any(|name| is_below(name))
    }
}

impl Declared {
    /// Forgets the services with these full names.
    pub(crate) fn leave_out(&mut self, is_left_out: impl Fn(&str) -> bool) {
        for file in &mut self.files {
            let package = &file.package;
            file.services.retain(|service| !is_left_out(&super::join(package, &service.name)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Exclude;

    #[test]
    fn excluded_name_covers_itself_and_names_below_it() {
        let names = ["google.longrunning", "shop.v1.Orders"].map(str::to_owned);
        let exclude = Exclude::new(&names).expect("names");
        for service in ["google.longrunning.Operations", "google.longrunning.v2.Operations", "shop.v1.Orders"] {
            assert!(exclude.covers(service), "{service}");
        }
        for service in ["google.longrunningx.Operations", "google.Longrunning", "shop.v1.OrdersAdmin", "shop.v1.Carts"]
        {
            assert!(!exclude.covers(service), "{service}");
        }
    }

    #[test]
    fn malformed_name_is_refused() {
        for name in ["", ".google", "google.", "google/longrunning", "google.*", "a b", "a\nb"] {
            let refusal = Exclude::new(&[name.to_owned()]).expect_err("a refusal");
            assert!(!refusal.contains('\n') && refusal.ends_with("such as `google.longrunning`"), "{refusal}");
        }
    }
}
