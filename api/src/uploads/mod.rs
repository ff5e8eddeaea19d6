//! Uploads: the parts of a form, what is accepted, and the way from a received file to a queued document.

pub mod content;
pub mod form;
pub mod intake;
pub mod options;
