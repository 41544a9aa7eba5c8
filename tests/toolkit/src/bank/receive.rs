use super::Core;
use crate::http::{Exchange, Handler, Reply};
use std::sync::Arc;

#[derive(Debug, Default)]
pub(super) struct Credits {}

impl Handler for Core {
    async fn handle(self: Arc<Self>, exchange: Exchange) -> Reply {
        let _ = exchange;
        unimplemented!()
    }
}
