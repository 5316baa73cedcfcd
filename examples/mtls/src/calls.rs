//! Every method with every kind of certificate, and whether the outcome is the expected one.

use std::error::Error;
use std::process::ExitCode;

use secure_runtime::tls::ClientCertificate;
use secure_runtime::tonic::{Code, Status};
use secure_runtime::{Credentials, SecureChannel};
use tokio::net::TcpListener;

use crate::pb::stock_client::StockClient;
use crate::pb::{AdjustRequest, CountRequest};
use crate::pki::Ca;
use crate::{WAREHOUSE, server};

/// A caller, with the expected results of `Count` and `Adjust`. `None`: the handshake fails.
struct Caller {
    name: &'static str,
    certificate: Option<ClientCertificate>,
    expected: Option<[Code; 2]>,
}

fn callers(ca: &Ca, stranger: &Ca) -> Result<[Caller; 6], Box<dyn Error>> {
    let caller = |name, certificate, expected| Caller { name, certificate, expected };
    let (ok, denied) = (Code::Ok, Code::PermissionDenied);
    let bank = "spiffe://example.org/ns/bank/sa/vault";
    Ok([
        caller("the warehouse", Some(ca.workload(WAREHOUSE)?), Some([ok, ok])),
        caller("the cart", Some(ca.workload("spiffe://example.org/ns/shop/sa/cart")?), Some([ok, denied])),
        caller("the bank", Some(ca.workload(bank)?), Some([denied, denied])),
        caller("another trust domain", Some(ca.workload("spiffe://example.com/ns/shop/sa/cart")?), None),
        caller("another CA", Some(stranger.workload(WAREHOUSE)?), None),
        caller("no certificate", None, None),
    ])
}

pub(crate) async fn show() -> Result<ExitCode, Box<dyn Error>> {
    let (ca, stranger) = (Ca::new("example.org")?, Ca::new("a stranger")?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("https://localhost:{}", listener.local_addr()?.port());
    tokio::spawn(server(ca.server_tls()?)?.serve(listener));
    println!("{:22}{:20}{:20}", "", "Count", "Adjust");
    let mut all_as_expected = true;
    for caller in callers(&ca, &stranger)? {
        let tls = ca.client_tls()?;
        let tls = caller.certificate.into_iter().fold(tls, |tls, own| tls.client_certificate(own));
        let outcome = match SecureChannel::connect(&address, tls).await {
            Ok(channel) => Some(call(channel).await),
            Err(_) => None,
        };
        all_as_expected &= outcome == caller.expected;
        print(caller.name, outcome, outcome == caller.expected);
    }
    Ok(if all_as_expected { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn call(channel: SecureChannel) -> [Code; 2] {
    let stock = StockClient::new(channel, Credentials::none());
    let item = "tea".to_owned();
    let counted = stock.count(CountRequest { item: item.clone() }).await;
    let adjusted = stock.adjust(AdjustRequest { item, pieces: 7 }).await;
    [code(counted), code(adjusted)]
}

fn code<T>(answer: Result<T, Status>) -> Code {
    answer.map_or_else(|status| status.code(), |_| Code::Ok)
}

fn print(name: &str, outcome: Option<[Code; 2]>, is_expected: bool) {
    let mark = if is_expected { "" } else { " (WRONG)" };
    match outcome {
        Some([count, adjust]) => println!("{name:22}{:20}{adjust:?}{mark}", format!("{count:?}")),
        None => println!("{name:22}no connection{mark}"),
    }
}
