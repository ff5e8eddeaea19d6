//! One line that tells how far a document is.

use std::{
    cell::RefCell,
    io::{IsTerminal, Write},
};

use serde_json::Value;

/// A line that is written anew on a terminal; elsewhere a line for each change.
pub(crate) struct ProgressLine {
    terminal: bool,
    last: RefCell<String>,
}

impl ProgressLine {
    pub(crate) fn new() -> Self {
        Self {
            terminal: std::io::stdout().is_terminal(),
            last: RefCell::default(),
        }
    }

    pub(crate) fn show(&self, status: &Value) {
        let line = describe(status);
        if *self.last.borrow() == line {
            return;
        }
        if self.terminal {
            print!("\r\u{1b}[K      {line}");
            // A terminal that is gone shows nothing, which is no reason to stop.
            let _ = std::io::stdout().flush();
        } else {
            println!("      {line}");
        }
        *self.last.borrow_mut() = line;
    }

    pub(crate) fn end(&self) {
        if self.terminal {
            println!();
        }
    }
}

/// Task state, document status and progress.
fn describe(status: &Value) -> String {
    let word = |name: &str| status[name].as_str().unwrap_or("?").to_owned();
    let percent = status["progress"].as_u64().unwrap_or(0);
    let filled = usize::try_from(percent.min(100) / 5).unwrap_or(0);
    let pages = match (status["pages_done"].as_u64(), status["pages_total"].as_u64()) {
        (Some(done), Some(total)) if total > 0 => format!(", page {done} of {total}"),
        _ => String::new(),
    };
    format!(
        "{:<10} {:<10} [{:<20}] {percent:>3} % {}{pages}",
        word("task_state"),
        word("status"),
        "=".repeat(filled),
        word("message")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_state_status_and_progress() {
        let status = serde_json::json!({
            "task_state": "PROCESSING", "status": "processing", "progress": 50, "message": "Running memvid encoder",
            "pages_done": 3, "pages_total": 6
        });
        assert_eq!(
            describe(&status),
            "PROCESSING processing [==========          ]  50 % Running memvid encoder, page 3 of 6"
        );
    }
}
