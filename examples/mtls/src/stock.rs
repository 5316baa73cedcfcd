//! The stock: handlers that receive the proof of who calls.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use secure_runtime::Caller;
use secure_runtime::tonic::{Request, Response, Status};

use crate::pb::stock_policy::rpc;
use crate::pb::stock_server::Stock;
use crate::pb::{AdjustRequest, AdjustResponse, CountRequest, CountResponse};

/// How many pieces there are of each item.
#[derive(Default)]
pub(crate) struct Shelves(Mutex<BTreeMap<String, u32>>);

impl Shelves {
    fn items(&self) -> MutexGuard<'_, BTreeMap<String, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stock for Shelves {
    async fn count(
        &self,
        caller: Caller<rpc::Count>,
        request: Request<CountRequest>,
    ) -> Result<Response<CountResponse>, Status> {
        let pieces = self.items().get(&request.get_ref().item).copied().unwrap_or_default();
        Ok(Response::new(CountResponse { pieces, caller: caller.subject().to_owned() }))
    }

    async fn adjust(
        &self,
        _: Caller<rpc::Adjust>,
        request: Request<AdjustRequest>,
    ) -> Result<Response<AdjustResponse>, Status> {
        let AdjustRequest { item, pieces } = request.into_inner();
        self.items().insert(item, pieces);
        Ok(Response::new(AdjustResponse {}))
    }
}
