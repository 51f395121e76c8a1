//! The options of a program and their variables.

use std::collections::BTreeSet;

use clap::{Arg, Command};

/// That every option of the program, and of its commands, is a variable of the same
/// name after one of the `prefixes`, which `--help` shows, but those that are named.
#[track_caller]
pub fn are_all_but(alone: &[&str], prefixes: &[&str], mut program: Command) {
    program.build();
    let mut without = BTreeSet::new();
    for argument in arguments(&program) {
        let name = argument.get_long().unwrap_or(argument.get_id().as_str());
        let Some(variable) = argument.get_env() else {
            without.insert(name);
            continue;
        };
        let same = name.to_uppercase().replace('-', "_");
        let mut allowed = prefixes.iter().map(|prefix| format!("{prefix}{same}"));
        assert!(
            allowed.any(|it| variable == it.as_str()),
            "--{name}: {variable:?}"
        );
        assert!(!argument.is_hide_env_set(), "--{name}");
    }
    assert_eq!(without, alone.iter().copied().collect());
}

fn arguments(command: &Command) -> Vec<&Arg> {
    let commands = command
        .get_subcommands()
        .filter(|it| it.get_name() != "help");
    let below = commands.flat_map(arguments);
    command.get_arguments().chain(below).collect()
}
