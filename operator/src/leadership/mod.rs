//! Leader election: of all replicas one leads, and the others stand by.
//!
//! The leader is whoever holds a Lease (`coordination.k8s.io/v1`), by the rules of client-go's `leaderelection`.
//! Their reasons, in short:
//!
//! - **No clock of another machine is believed.** A candidate takes over when it has not seen the Lease change
//!   for the lease duration, by its own monotonic clock. The times in the Lease are for people.
//! - **Every write carries the resourceVersion it was decided on**, so two candidates cannot both succeed.
//!   A conflict is no error: it means that the Lease has to be looked at again.
//! - **The leader stops before others may begin.** It counts as leader for the renew deadline, from the *beginning*
//!   of the last renewal that succeeded. The others wait for the lease duration, which is longer, and they begin to count later.
//! - **One process, one name.** The holder is called `<Pod>_<uuid>`: what a restarted container finds under the
//!   name of its Pod is not its own.
//!
//! The life of a replica:
//!
//! 1. [`Candidate::new`]; from then on [`Candidate::leader`] says who leads, and at which address.
//! 2. [`Candidate::acquire`] stands by until this replica leads.
//! 3. The controllers run. Before each write they ask [`Leadership::holds`], and a replica whose [`HeldLease::lost`]
//!    resolves ends its process: nothing of what it had begun may go on.
//! 4. Told to stop, it ends its controllers first and calls [`HeldLease::release`] last; the next one then leads
//!    within a retry period.
//!
//! What this cannot do: a process may be stopped between [`Leadership::holds`] and the request that follows, and send it much later.
//! Such a request is fenced where it arrives, by the resourceVersion it carries.
//!
//! | module | touches the cluster |
//! |---|---|
//! | `timing` | no |
//! | `election`: what to do next, and what to write | no |
//! | `fence`: whether this process leads at this moment | no |
//! | `lease`: the three requests | reads and writes the Lease |
//! | `candidate`: the loops | through `lease` |

mod candidate;
mod election;
mod fence;
mod lease;
mod timing;

pub use candidate::{Candidate, ElectionSettings, HeldLease};
pub use election::{Leader, Loss};
pub use fence::Leadership;
pub use lease::LeaseError;
pub use timing::{InvalidTiming, Timing};

/// Annotation on the Lease: the address where the others reach its holder, such as `https://10.0.0.5:8443`.
pub const LEADER_ADDRESS: &str = "encoding.socrate.ai/leader-address";
