//! The operator: turns every [`crds::DocumentEncoding`] into Jobs, and what their encoders report into its status.
//!
//! Start reading at [`reconcile`]; it is a numbered list, and each number is a module:
//!
//! | step | module | touches the cluster |
//! |---|---|---|
//! | 1 observe | [`observe`] | reads |
//! | 2 validate | [`validate`] | no |
//! | 3 decide | [`decide`], with one file for each rule in [`policy`] and the Job's text in [`job`] | no |
//! | 4 apply | [`apply`] | writes children and metadata |
//! | 5 status | [`status`], then [`events`] | writes the status, once |
//!
//! Around it: [`run`] puts the parts together, [`decision`], [`state`] and [`conditions`] are what is passed on, [`context`] is what every pass shares,
//! [`backoff`] paces passes that failed, [`metrics`] and [`http`] show what goes on, [`clock`] is the only place
//! where the time is read.
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
pub mod http;
pub mod job;
pub mod metrics;
pub mod observe;
pub mod policy;
pub mod reconcile;
pub mod run;
pub mod settings;
pub mod state;
pub mod status;
pub mod validate;

#[cfg(test)]
mod testing;
