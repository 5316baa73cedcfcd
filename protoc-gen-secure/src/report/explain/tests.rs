use super::find;
use crate::manifest::Manifest;
use crate::testing::{orders, request};

fn manifest() -> Manifest {
    let text = orders("service Orders { rpc Get(Order) returns (Order) { option (secure.v1.method).public = true; } }");
    crate::generate(&request(&[("orders.proto", &text)])).expect("files").manifest
}

#[test]
fn method_is_found_only_by_its_path() {
    let manifest = manifest();
    for path in ["shop.v1.Orders/Get", "/shop.v1.Orders/Get"] {
        assert!(find(&manifest, path).is_some(), "{path}");
    }
    for path in ["", "/", "shop.v1.Orders/get", "shop.v1.Orders/", "Orders/Get", "shop.v1.Orders.Get"] {
        assert!(find(&manifest, path).is_none(), "{path}");
    }
}
