//! A small shop, called in every way: serves in this process, calls every method as nobody, as a clerk and as an admin,
//! and prints who was let in. Exits with 0 only if every outcome is the one the `.proto` says.

mod shop;

/// What was generated from `proto/shop/v1/shop.proto`.
#[allow(clippy::exhaustive_structs, unreachable_pub, reason = "prost writes messages so")]
mod pb {
    secure_runtime::include_proto!("shop.v1");
}

use std::error::Error;
use std::process::ExitCode;

use secure_runtime::authz::Access;
use secure_runtime::tonic::{Code, Status, Streaming};
use secure_runtime::{
    Authentication, CallHead, Credentials, Gate, Principal, Rejection, SecureChannel, Server, danger,
};
use tokio::net::TcpListener;
use tokio_stream::{StreamExt, iter};

use pb::orders_client::OrdersClient;
use pb::orders_policy::Method;
use pb::orders_server::OrdersServer;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let orders = OrdersServer::new(shop::Shop::new(), Gate::new(api_keys));
    tokio::spawn(Server::new(danger::serve_plaintext("loopback only")).add(orders).serve(listener));

    let channel = danger::connect_plaintext(&format!("http://{address}"), "loopback only").await?;
    let all_as_declared = print_table(&channel).await?;
    Ok(if all_as_declared { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// An authenticator of our own: each key is a caller.
fn api_keys(head: &CallHead<'_>) -> Authentication {
    match head.bearer() {
        Ok(None) => Authentication::anonymous(),
        Ok(Some(key)) if key.as_str() == "clerk" => Principal::new("quickstart", "carla").roles(["clerk"]).into(),
        Ok(Some(key)) if key.as_str() == "admin" => Principal::new("quickstart", "ada").roles(["admin"]).into(),
        Ok(Some(_)) => Rejection::rejected("unknown key").into(),
        Err(rejection) => rejection.into(),
    }
}

async fn print_table(channel: &SecureChannel) -> Result<bool, Box<dyn Error>> {
    let callers = [None, Some("clerk"), Some("admin")];
    println!("{:24}{:20}{:20}{:20}", "", "nobody", "clerk", "admin");
    let mut all_as_declared = true;
    for &method in Method::ALL {
        print!("{:24}", method.path());
        for caller in callers {
            let credentials = caller.map_or_else(|| Ok(Credentials::none()), Credentials::bearer)?;
            let outcome = outcome(&OrdersClient::new(channel.clone(), credentials), method).await;
            let as_declared = outcome == declared(method.access(), caller);
            all_as_declared &= as_declared;
            print!("{:20}", format!("{outcome:?}{}", if as_declared { "" } else { " (WRONG)" }));
        }
        println!();
    }
    Ok(all_as_declared)
}

/// What the `.proto` says, in this example's own words.
fn declared(access: Access, caller: Option<&str>) -> Code {
    match (access, caller) {
        (Access::Public, _) | (Access::Authenticated, Some(_)) => Code::Ok,
        (Access::AnyRole(roles), Some(role)) if roles.contains(&role) => Code::Ok,
        (_, Some(_)) => Code::PermissionDenied,
        (_, None) => Code::Unauthenticated,
    }
}

async fn outcome(orders: &OrdersClient, method: Method) -> Code {
    call(orders, method).await.map_or_else(|status| status.code(), |()| Code::Ok)
}

/// Calls a method; the compiler sees that none is left out.
async fn call(orders: &OrdersClient, method: Method) -> Result<(), Status> {
    match method {
        Method::Ping => orders.ping(pb::PingRequest {}).await.map(drop),
        Method::WhoAmI => orders.who_am_i(pb::WhoAmIRequest {}).await.map(drop),
        Method::Get => orders.get(pb::GetRequest { id: 7 }).await.map(drop),
        Method::Watch => drain(orders.watch(pb::WatchRequest {}).await?.into_inner()).await,
        Method::Import => {
            let order = pb::Order { id: 7, item: "tea".to_owned() };
            orders.import(iter([pb::ImportRequest { order: Some(order) }])).await.map(drop)
        }
        Method::Pack => drain(orders.pack(iter([pb::PackRequest { id: 7 }])).await?.into_inner()).await,
    }
}

async fn drain<T>(mut responses: Streaming<T>) -> Result<(), Status> {
    while let Some(response) = responses.next().await {
        response?;
    }
    Ok(())
}
