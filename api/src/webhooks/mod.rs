//! Webhooks by [Standard Webhooks 1.0](https://www.standardwebhooks.com): what happens to a tenant's documents is sent to addresses that its
//! administrators chose, at least once each, with a signature.
//!
//! [`endpoints`] are what administrators change, [`deliveries`] what they see. [`outbox`] makes deliveries of changes, in the transaction that says up to
//! where it has. The [`dispatcher`] claims those that are due ([`claims`]), has each attempted ([`client`]), and writes what became of it
//! ([`outcomes`]), as [`schedule`] decides. What waits is bounded by [`giving_up`], and what has ended goes by [`removal`]. Where an attempt may go at all
//! [`target`] decides, by [`address`], each time it connects.

pub mod address;
pub mod claims;
pub mod client;
pub mod deliveries;
pub mod dispatcher;
pub mod endpoints;
pub mod event;
pub mod giving_up;
pub mod metrics;
pub mod outbox;
pub mod outcomes;
pub mod removal;
pub mod resolver;
pub mod schedule;
pub mod signature;
pub mod target;
