//! `recommendations-client` as its users see it.

mod support;

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::thread;

use recommendations::server::Server;
use support::program::{Ended, client, fails, prints, run};
use support::{Nobody, THREE_MYSTERIES, any_port, serve};

/// `recommend` for a reader, with more arguments.
fn recommend(address: impl ToString, arguments: &[&str]) -> Command {
    let mut command = client(&["recommend", "--addr", &address.to_string()]);
    command.args(arguments);
    command
}

fn mysteries(server: &Server, arguments: &[&str]) -> Command {
    let mut command = recommend(server.address(), arguments);
    command.args(["--user", "1", "--category", "mystery"]);
    command
}

#[test]
fn a_pipe_gets_a_line_for_each_book() {
    prints(
        &mut mysteries(&serve(THREE_MYSTERIES), &["--max-results", "2"]),
        "2\tGaudy Night\n5\tThe Moonstone\n",
    );
}

#[test]
fn a_table_has_a_header() {
    prints(
        &mut mysteries(&serve(THREE_MYSTERIES), &["--format", "table"]),
        "ID  TITLE\n 2  Gaudy Night\n 5  The Moonstone\n 8  The Nine Tailors\n",
    );
}

#[test]
fn json_is_an_array() {
    prints(
        &mut mysteries(
            &serve(THREE_MYSTERIES),
            &["--format", "json", "--max-results", "1"],
        ),
        "[{\"id\":2,\"title\":\"Gaudy Night\"}]\n",
    );
}

#[test]
fn ten_books_are_asked_for_unless_told_otherwise() {
    let rows: String = (1..=11)
        .map(|id| format!("{id},Book {id},,2000,MYSTERY\n"))
        .collect();
    let ended = run(&mut mysteries(&serve(&rows), &[]));
    assert_eq!(ended.stdout.lines().count(), 10);
}

#[test]
fn the_category_is_read_in_any_case() {
    let server = serve("3,Dune,Frank Herbert,1965,SCIENCE_FICTION\n");
    for category in ["science-fiction", "SCIENCE_FICTION", "Science-Fiction"] {
        prints(
            &mut recommend(server.address(), &["--user", "1", "--category", category]),
            "3\tDune\n",
        );
    }
}

#[test]
fn a_title_cannot_break_out_of_its_line() {
    let server = serve("3,\"One\ttwo\nthree\\ \u{1b}[31m\",a,1965,MYSTERY\n");
    let title = "One\\ttwo\\nthree\\\\ \\u{1b}[31m";
    prints(
        &mut mysteries(&server, &["--format", "tsv"]),
        &format!("3\t{title}\n"),
    );
    prints(
        &mut mysteries(&server, &["--format", "table"]),
        &format!("ID  TITLE\n 3  {title}\n"),
    );
}

#[test]
fn no_books_are_no_lines_and_an_empty_array() {
    let server = serve(THREE_MYSTERIES);
    let none = ["--max-results", "0", "--format"];
    prints(&mut mysteries(&server, &[&none[..], &["tsv"]].concat()), "");
    prints(
        &mut mysteries(&server, &[&none[..], &["json"]].concat()),
        "[]\n",
    );
}

#[test]
fn no_books_are_noted_beside_a_table() {
    let server = serve(THREE_MYSTERIES);
    fails(
        &mut mysteries(&server, &["--max-results", "0", "--format", "table"]),
        0,
        "no books",
    );
}

#[test]
fn the_environment_says_whom_to_call_and_nothing_where_it_is_empty() {
    let server = serve(THREE_MYSTERIES);
    let mut command = client(&["recommend", "--user", "1", "--category", "mystery"]);
    command.env("RECOMMENDATIONS_ADDR", server.address().to_string());
    for empty in [
        "CLIENT_FORMAT",
        "MAX_RESULTS",
        "TIMEOUT",
        "REQUEST_ID",
        "CLIENT_TLS",
        "CLIENT_TLS_CA",
        "CLIENT_TLS_CERT",
        "CLIENT_TLS_KEY",
        "CLIENT_TLS_SERVER_NAME",
    ] {
        command.env(format!("RECOMMENDATIONS_{empty}"), "");
    }
    let rest = "5\tThe Moonstone\n8\tThe Nine Tailors\n";
    prints(&mut command, &format!("2\tGaudy Night\n{rest}"));
}

#[test]
fn the_environment_says_how_to_ask_and_print_and_the_command_line_comes_first() {
    let server = serve(THREE_MYSTERIES);
    let ask = |arguments: &[&str]| {
        let mut command = mysteries(&server, arguments);
        command.env("RECOMMENDATIONS_CLIENT_FORMAT", "json");
        command.env("RECOMMENDATIONS_MAX_RESULTS", "1");
        command
    };
    prints(&mut ask(&[]), "[{\"id\":2,\"title\":\"Gaudy Night\"}]\n");
    let both = ["--format", "tsv", "--max-results", "2"];
    prints(&mut ask(&both), "2\tGaudy Night\n5\tThe Moonstone\n");
}

#[test]
fn a_host_name_is_called() {
    let server = serve(THREE_MYSTERIES);
    let address = format!("localhost:{}", server.address().port());
    prints(
        &mut recommend(
            address,
            &["--user", "1", "--category", "mystery", "--max-results", "1"],
        ),
        "2\tGaudy Night\n",
    );
}

#[test]
fn the_system_is_asked_for_the_addresses_of_a_name() {
    let server = serve(THREE_MYSTERIES);
    // Short for 127.0.0.1, as the system has it: gRPC's own resolver does not.
    let address = format!("127.1:{}", server.address().port());
    let mut command = recommend(&address, &["--user", "1", "--category", "mystery"]);
    command.env_remove("GRPC_DNS_RESOLVER");
    prints(command.args(["--max-results", "1"]), "2\tGaudy Night\n");
}

#[test]
fn a_call_to_this_machine_goes_through_no_proxy() {
    let server = serve(THREE_MYSTERIES);
    let nobody = Nobody::new();
    let mut command = mysteries(&server, &["--max-results", "1"]);
    for variable in ["http_proxy", "https_proxy", "grpc_proxy"] {
        command.env(variable, format!("http://{}", nobody.address()));
    }
    for variable in ["no_proxy", "no_grpc_proxy"] {
        command.env_remove(variable);
    }
    prints(&mut command, "2\tGaudy Night\n");
}

#[test]
fn a_number_that_nobody_can_have_is_wrong_usage() {
    for (option, given, least) in [
        ("--user", "-1", 0),
        ("--user", "99999999999", 0),
        ("--user", "2147483648", 0),
        ("--user", "abc", 0),
        ("--max-results", "-3", 0),
    ] {
        let mut command = client(&["recommend", "--category", "mystery", "--user", "1"]);
        if option == "--user" {
            command = client(&["recommend", "--category", "mystery"]);
        }
        fails(
            command.args([option, given]),
            2,
            &format!(
                "invalid value '{given}' for '{option} <NUMBER>': it must be a whole number from \
                 {least} to 2147483647; see recommendations-client --help"
            ),
        );
    }
}

#[test]
fn what_listens_but_speaks_no_grpc_is_told() {
    let listener = TcpListener::bind(any_port()).unwrap();
    let address = listener.local_addr().unwrap();
    // As long as the client tries, and then until the test ends.
    thread::spawn(move || {
        let mut open = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.write_all(b"SSH-2.0-Nobody\r\n");
            open.push(stream);
        }
    });
    let ended = run(&mut recommend(
        address,
        &["--user", "1", "--category", "mystery"],
    ));
    let end = "; what listens there speaks no gRPC, or wants TLS: name another address with \
               --addr, or give --tls\n";
    assert!(ended.stderr.ends_with(end), "{}", ended.stderr);
    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(1), 1));
}

#[test]
fn how_to_connect_is_told_last_and_in_one_order() {
    let options = |command: &str| {
        let help = run(&mut client(&[command, "--help"])).stdout;
        let (_, connection) = help.split_once("\nConnection:\n").unwrap();
        // What is told of an option is further to the right.
        let options = connection
            .lines()
            .filter(|line| line.starts_with("      --"));
        let names = options.map(|line| line.split_whitespace().next().unwrap().to_owned());
        names.collect::<Vec<String>>()
    };
    let expected = [
        "--addr",
        "--timeout",
        "--tls",
        "--tls-ca",
        "--tls-cert",
        "--tls-key",
        "--tls-server-name",
        "--request-id",
    ];
    for command in ["recommend", "list-books", "import", "ping", "delete-book"] {
        assert_eq!(options(command), expected, "{command}");
    }
}

#[test]
fn nobody_there_is_told_with_the_address_and_what_to_do() {
    let nobody = Nobody::new();
    let address = nobody.address();
    let ended = run(&mut recommend(
        address,
        &["--user", "1", "--category", "mystery"],
    ));
    let Ended {
        code,
        stdout,
        stderr,
    } = ended;
    let begin = format!("recommendations-client: nobody answers at {address} (");
    let end = format!(
        "); start a server there with `recommendations-server --listen {address}`, \
         or name another address with --addr\n"
    );
    assert!(stderr.starts_with(&begin), "{stderr}");
    assert!(stderr.ends_with(&end), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
}

#[test]
fn a_host_that_does_not_exist_is_told_in_one_line() {
    let ended = run(&mut recommend(
        "no-such-host.invalid:1",
        &["--user", "1", "--category", "mystery"],
    ));
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    assert_eq!(ended.code, Some(1));
}

#[test]
fn the_core_of_grpc_adds_no_line_to_an_error() {
    let arguments = ["--user", "1", "--category", "mystery"];
    let mut command = recommend("no-such-host.invalid:1", &arguments);
    // The core complains about the scheme and goes without the proxy.
    let ended = run(command.env("http_proxy", "https://127.0.0.1:1"));
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
}

#[test]
fn a_server_that_says_nothing_is_given_up_after_the_timeout() {
    let silent = TcpListener::bind(any_port()).unwrap();
    let address = silent.local_addr().unwrap();
    fails(
        &mut recommend(
            address,
            &["--user", "1", "--category", "mystery", "--timeout", "200ms"],
        ),
        1,
        &format!(
            "no answer from {address} within 200ms; \
             wait longer with --timeout, or name another address with --addr"
        ),
    );
}

#[test]
fn a_reader_that_has_read_enough_is_no_error() {
    let server = serve(THREE_MYSTERIES);
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let Ended { code, stderr, .. } = run(mysteries(&server, &[]).stdout(writer));
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
}

#[test]
#[cfg(target_os = "linux")]
fn books_that_cannot_be_written_are_a_failure() {
    let server = serve(THREE_MYSTERIES);
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    fails(
        mysteries(&server, &[]).stdout(Stdio::from(full)),
        1,
        "cannot write to standard output: No space left on device (os error 28)",
    );
}

#[test]
fn an_unknown_category_is_wrong_usage() {
    fails(
        &mut recommend(any_port(), &["--user", "1", "--category", "romance"]),
        2,
        "invalid value 'romance' for '--category <CATEGORY>': category \"romance\" is not known; \
         it must be one of MYSTERY, SCIENCE_FICTION, SELF_HELP; see recommendations-client --help",
    );
}

#[test]
fn missing_arguments_are_wrong_usage() {
    fails(
        &mut client(&["recommend"]),
        2,
        "the following required arguments were not provided: --user <NUMBER> \
         --category <CATEGORY>; see recommendations-client --help",
    );
}

#[test]
fn a_missing_command_is_wrong_usage() {
    let Ended { code, stderr, .. } = run(&mut client(&[]));
    assert_eq!((code, stderr.lines().count()), (Some(2), 1), "{stderr}");
    assert!(stderr.contains("recommend"), "{stderr}");
}

#[test]
fn a_timeout_of_0_is_wrong_usage() {
    let timeout = ["--user", "1", "--category", "mystery", "--timeout", "0"];
    fails(
        &mut recommend(any_port(), &timeout),
        2,
        "invalid value '0' for '--timeout <DURATION>': timeout \"0\"; it must be from 1ms to 1h, \
         such as 500ms, 5s, 1m, or a whole number of seconds; see recommendations-client --help",
    );
}

#[test]
fn an_address_without_a_port_is_wrong_usage() {
    fails(
        &mut recommend("localhost", &["--user", "1", "--category", "mystery"]),
        2,
        "invalid value 'localhost' for '--addr <HOST:PORT>': address \"localhost\" has no port; \
         it must be HOST:PORT, such as 127.0.0.1:50051; see recommendations-client --help",
    );
}

#[test]
fn the_help_is_no_error_also_for_a_reader_that_has_read_enough() {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let Ended { code, stderr, .. } = run(client(&["recommend", "--help"]).stdout(writer));
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
}
