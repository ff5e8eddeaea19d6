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
//! | `parent.rs` | starts, listens, watches the clock |
//! | `ending.rs` | why a child ended; pure |

mod child;
mod ending;
mod limits;
mod parent;
mod protocol;
mod sandbox;
mod system_calls;

pub use child::serve_if_asked;
pub use limits::Limits;
pub(crate) use limits::STACK_BYTES;
#[doc(hidden)]
pub use parent::listen;
pub use parent::{ParserError, parse};
pub use sandbox::{SandboxPolicy, enter_sandbox};
