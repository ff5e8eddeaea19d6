//! The parser's own process: hostile input is read where it can do no harm.
//!
//! The parent starts the same binary again, hands it the document over a pipe and takes pages from another. The child gives
//! up what it could do harm with ([`sandbox`]) before it sees the first byte. Out of memory, a stack that overflows and a bug all end
//! a process in the same way; the parent tells them apart by how the child ended and by its last words ([`ending`]).
//!
//! | file | does |
//! |---|---|
//! | `child.rs` | what the child does |
//! | `limits.rs` | how much the child may use |
//! | `sandbox.rs` | the walls around the child, and what to do where one is missing |
//! | `system_calls.rs` | which calls into the kernel the child may make |
//! | `protocol.rs` | what goes over the pipes |
//! | `answer.rs` | the rules that what the child says must keep; pure |
//! | `parent.rs` | starts a child and listens to it |
//! | `watch.rs` | ends a child whose time is up, or that nobody wants any more |
//! | `cancellation.rs` | how a document is given up |
//! | `exit_cause.rs` | why a child ended; pure |

mod answer;
mod cancellation;
mod child;
mod exit_cause;
mod limits;
mod parent;
mod protocol;
mod sandbox;
mod system_calls;
mod watch;

pub use cancellation::Cancellation;
pub use child::serve_if_asked;
pub(crate) use limits::STACK_BYTES;
pub use limits::{Limits, memory_of_control_group};
#[doc(hidden)]
pub use parent::listen;
pub use parent::{ParserError, parse};
pub use sandbox::{SandboxPolicy, enter_sandbox};
