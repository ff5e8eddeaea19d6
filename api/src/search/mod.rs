//! Search in the text of documents. The chunks of results are copied to Postgres by [`indexer`] once a document is ready; [`query`] finds
//! them, each by the rules of its language, and [`passage`] shows why.

pub mod indexer;
pub mod passage;
pub mod query;
