//! `completions` and `manual`: what a shell and `man` know of this program.

use std::io;

use clap::{Args, Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::{
    Man,
    roff::{Roff, bold, roman},
};
use encoder_job::failure::{EXIT_STATUSES, FailureReason};

use super::lines;

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
    if arguments.shell == Shell::Bash {
        script = with_commands_found(&script);
    }
    print(&script)
}

/// Bash's script sets the name of a command in one way and looks for it in another, if the program's own name has a hyphen.
fn with_commands_found(script: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(script)
        .replace("encoder__subcmd__job__subcmd__", "encoder__job__subcmd__")
        .into_bytes()
}

/// Prints the manual page: `encoder-job manual | man -l -`.
pub(super) fn manual() -> u8 {
    match manual_page() {
        Ok(page) => print(&page),
        Err(_) => FailureReason::EncodingError.exit_code(),
    }
}

/// One page for the program and all its commands, as there is no other.
fn manual_page() -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let mut command = super::Arguments::command();
    // Gives the commands their whole names, `encoder-job encode`.
    command.build();
    let man = Man::new(command.clone());
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    let commands: Vec<Command> = command
        .get_subcommands()
        .filter(|command| !command.is_hide_set() && command.get_name() != "help")
        .map(|command| {
            let name = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
            command.clone().display_name(name)
        })
        .collect();
    list_of_commands(&commands).to_writer(&mut page)?;
    for command in commands {
        let mut roff = Roff::new();
        let name = command.get_display_name().unwrap_or_default().to_uppercase();
        roff.control("SH", [name.as_str()]);
        roff.to_writer(&mut page)?;
        let man = Man::new(command);
        let mut sections = Vec::new();
        man.render_synopsis_section(&mut sections)?;
        man.render_description_section(&mut sections)?;
        man.render_options_section(&mut sections)?;
        page.extend(as_subsections(&sections));
    }
    exit_statuses().to_writer(&mut page)?;
    man.render_version_section(&mut page)?;
    Ok(page)
}

fn list_of_commands(commands: &[Command]) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["COMMANDS"]);
    for command in commands {
        roff.control("TP", []);
        roff.text([bold(command.get_display_name().unwrap_or_default())]);
        roff.text([roman(
            command.get_about().map(ToString::to_string).unwrap_or_default(),
        )]);
    }
    roff
}

/// Makes the sections of a command's own page those of a part of this page.
fn as_subsections(sections: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(sections);
    let lines = text
        .lines()
        .filter(|line| !line.starts_with(".ie") && !line.starts_with(".el"));
    let lines = lines.map(|line| match line.strip_prefix(".SH ") {
        Some(title) => format!(".SS {title}\n"),
        None => format!("{line}\n"),
    });
    lines.collect::<String>().into_bytes()
}

fn exit_statuses() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    roff.text([roman(
        "Of several documents, that of the first that failed. A failure names its reason:",
    )]);
    for (status, meaning) in EXIT_STATUSES {
        let reasons: Vec<String> = FailureReason::ALL
            .into_iter()
            .filter(|reason| reason.exit_code() == status)
            .map(|reason| reason.to_string())
            .collect();
        roff.control("TP", []);
        roff.text([bold(status.to_string())]);
        let reasons = if reasons.is_empty() {
            String::new()
        } else {
            format!(" ({})", reasons.join(", "))
        };
        roff.text([roman(format!("{meaning}{reasons}"))]);
    }
    roff
}

fn print(text: &[u8]) -> u8 {
    match lines::print(text) {
        Ok(()) => 0,
        Err(failure) => failure.reason.exit_code(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_names_commands_in_full_and_every_exit_status() {
        let page = String::from_utf8(manual_page().unwrap()).unwrap();
        // roff escapes each hyphen.
        let page = page.replace("\\-", "-").replace("\\fR", "").replace("\\fB", "");
        for name in ["encode", "text", "verify", "completions", "manual"] {
            assert!(page.contains(&format!(".TP\nencoder-job {name}\n")), "{page}");
            assert!(!page.contains(&format!("encoder-job-{name}")), "{page}");
        }
        let synopsis = page.split(".SS SYNOPSIS\n").nth(1).unwrap_or_default();
        assert!(synopsis.starts_with("encoder-job encode "), "{page}");
        assert!(page.contains(".SH \"EXIT STATUS\"\n"), "{page}");
        for reason in FailureReason::ALL {
            assert!(page.contains(&reason.to_string()), "{reason}: {page}");
        }
        assert!(page.contains(".TP\n66\nno input (SourceNotFound)\n"), "{page}");
        assert_eq!(page.matches(".TH ").count(), 1);
    }
}
