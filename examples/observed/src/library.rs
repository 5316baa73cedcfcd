//! The handlers.

use secure_runtime::Caller;
use secure_runtime::tonic::{Request, Response, Status};

use crate::pb::Book;
use crate::pb::library_policy::rpc;
use crate::pb::library_server::Library;

/// A library with one book.
pub(crate) struct Shelf;

impl Library for Shelf {
    async fn find(&self, _: Option<Caller<rpc::Find>>, request: Request<Book>) -> Result<Response<Book>, Status> {
        let book = request.into_inner();
        match book.title.as_str() {
            TITLE => Ok(Response::new(book)),
            _ => Err(Status::not_found("no such book")),
        }
    }

    async fn borrow(&self, _: Caller<rpc::Borrow>, request: Request<Book>) -> Result<Response<Book>, Status> {
        Ok(Response::new(request.into_inner()))
    }

    async fn remove(&self, _: Caller<rpc::Remove>, request: Request<Book>) -> Result<Response<Book>, Status> {
        Ok(Response::new(request.into_inner()))
    }
}

pub(crate) const TITLE: &str = "The Name of the Rose";
