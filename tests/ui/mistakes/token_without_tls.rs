//! A client with a token is put on a channel that proves nothing.
use secure_runtime::Credentials;
use secure_tests::services::shop::v1::orders_client::OrdersClient;
use tonic::transport::Channel;

fn client(channel: Channel, token: Credentials) -> OrdersClient {
    OrdersClient::new(channel, token)
}

fn main() {}
