//! `completions` and `manual`: what a shell and `man` know of this program.

use std::io;

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use encoder_job::failure::FailureReason;

#[derive(Args)]
pub(super) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the completions for a shell.
pub(super) fn completions(arguments: &CompletionsArguments) -> u8 {
    let mut script = Vec::new();
    let mut command = super::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "encoder-job", &mut script);
    print(&script)
}

/// Prints the manual page: `encoder-job manual | man -l -`.
pub(super) fn manual() -> u8 {
    let mut page = Vec::new();
    let command = super::Arguments::command();
    let mut written = clap_mangen::Man::new(command.clone()).render(&mut page);
    for subcommand in command
        .get_subcommands()
        .filter(|subcommand| !subcommand.is_hide_set())
    {
        let man = clap_mangen::Man::new(subcommand.clone());
        written = written
            .and_then(|()| man.render_name_section(&mut page))
            .and_then(|()| man.render_synopsis_section(&mut page))
            .and_then(|()| man.render_description_section(&mut page))
            .and_then(|()| man.render_options_section(&mut page));
    }
    match written {
        Ok(()) => print(&page),
        Err(_) => FailureReason::EncodingError.exit_code(),
    }
}

fn print(text: &[u8]) -> u8 {
    match io::Write::write_all(&mut io::stdout().lock(), text) {
        Ok(()) => 0,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
        Err(_) => FailureReason::StoreUnavailable.exit_code(),
    }
}
