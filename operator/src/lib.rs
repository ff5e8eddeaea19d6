//! The operator: turns every [`crds::DocumentEncoding`] into the work of encoders, and what they report into its status.
//!
//! Start reading at [`reconcile`]; it is a numbered list, and each number is a module:
//!
//! | step | module | touches the cluster |
//! |---|---|---|
//! | 1 observe | [`observe`], from the [`stores`] | reads what has no store |
//! | 2 validate | [`validate`] | no |
//! | 3 decide | [`decide`], with one file for each rule in [`policy`] and the Job's text in [`job`] | no |
//! | 4 status | [`status`], then [`events`] | writes the status, once |
//! | 5 apply | [`apply`] | writes children and metadata |
//!
//! Beside the passes:
//!
//! | room | what it does |
//! |---|---|
//! | [`queue`] | one task decides whose turn it is, for all documents at once |
//! | [`handover`], [`standing`] | Pods ask what they should hold, and are answered from the stores |
//! | [`leadership`] | of all replicas one works |
//! | [`s3`] | signs URLs of an S3 store for encoders |
//!
//! Around them: [`run`] puts the parts together, [`decision`], [`state`] and [`conditions`] are what is passed on, [`context`] is what every pass shares,
//! [`waker`] says whom a change concerns, [`memories`] is what may be forgotten, [`backoff`] paces passes that failed, [`metrics`] and [`http`] show
//! what goes on, [`clock`] is the only place where the time is read.
#![forbid(unsafe_code)]

pub mod apply;
pub mod arguments;
pub mod backoff;
pub mod clock;
pub mod conditions;
pub mod context;
pub mod decide;
pub mod decision;
pub mod events;
pub mod handover;
pub mod http;
pub mod job;
pub mod lead;
pub mod leadership;
pub mod memories;
pub mod metrics;
pub mod observe;
pub mod policy;
pub mod queue;
pub mod queue_options;
pub mod reconcile;
pub mod run;
pub mod s3;
pub mod settings;
pub mod standing;
pub mod state;
pub mod status;
pub mod stores;
pub mod validate;
pub mod waker;

#[cfg(test)]
mod testing;
