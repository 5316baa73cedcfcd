//! Every method by every caller, and whether the outcome is what the `.proto` says.

use std::error::Error;
use std::net::SocketAddr;

use secure_runtime::authz::Access;
use secure_runtime::tonic::{Code, Status, Streaming};
use secure_runtime::{Credentials, SecureChannel};
use tokio_stream::{StreamExt, iter};

use crate::pb;
use crate::pb::orders_client::OrdersClient;
use crate::pb::orders_policy::Method;
use crate::stage::Stage;

/// Who calls.
struct Caller {
    name: &'static str,
    token: Option<String>,
    worth: Worth,
}

/// The decision that the token of a caller should get.
enum Worth {
    Nobody,
    Refused,
    Role(&'static str),
}

fn callers(stage: &Stage) -> [Caller; 6] {
    let caller = |name, token, worth| Caller { name, token, worth };
    [
        caller("nobody", None, Worth::Nobody),
        caller("clerk", Some(stage.token("clerk")), Worth::Role("clerk")),
        caller("admin", Some(stage.token("admin")), Worth::Role("admin")),
        caller("expired", Some(stage.expired_token()), Worth::Refused),
        caller("forged", Some(stage.forged_token()), Worth::Refused),
        caller("other audience", Some(stage.token_for("billing", "admin")), Worth::Refused),
    ]
}

/// Prints the table. `true` if every outcome is as declared.
pub(crate) async fn print(stage: &Stage, shop: SocketAddr) -> Result<bool, Box<dyn Error>> {
    let address = format!("https://localhost:{}", shop.port());
    let channel = SecureChannel::connect(&address, stage.client_tls()?).await?;
    let callers = callers(stage);
    print!("{:24}", "");
    callers.iter().for_each(|caller| print!("{:19}", caller.name));
    let mut all_as_declared = true;
    for &method in Method::ALL {
        print!("\n{:24}", method.path());
        for caller in &callers {
            let outcome = outcome(&channel, caller, method).await?;
            let as_declared = outcome == declared(method.rule().access(), &caller.worth);
            all_as_declared &= as_declared;
            print!("{:19}", format!("{outcome:?}{}", if as_declared { "" } else { " (WRONG)" }));
        }
    }
    println!();
    Ok(all_as_declared)
}

/// What the `.proto` says, in this example's own words.
fn declared(access: Access, worth: &Worth) -> Code {
    match (access, worth) {
        // The generated client sends no token where none is asked for, so an invalid one is not refused there.
        (Access::Public, _) | (Access::Authenticated, Worth::Role(_)) => Code::Ok,
        (Access::AnyRole(roles), Worth::Role(role)) if roles.contains(role) => Code::Ok,
        (_, Worth::Role(_)) => Code::PermissionDenied,
        (_, Worth::Nobody | Worth::Refused) => Code::Unauthenticated,
    }
}

async fn outcome(channel: &SecureChannel, caller: &Caller, method: Method) -> Result<Code, Box<dyn Error>> {
    let credentials = match &caller.token {
        Some(token) => Credentials::bearer(token)?,
        None => Credentials::none(),
    };
    let answer = call(&OrdersClient::new(channel.clone(), credentials), method).await;
    Ok(answer.map_or_else(|status| status.code(), |()| Code::Ok))
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
