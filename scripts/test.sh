#!/usr/bin/env bash
# Every check of this repository, from a bare checkout.
set -euo pipefail
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

usage="usage: scripts/test.sh
Checks formatting, build, generated code, clippy, tests and documentation, and stops
at the first that fails. It takes about ten minutes on two cores once the C core of
gRPC is compiled. One test alone: cargo test --release --test NAME."

if [ $# -gt 1 ]; then
  say "$usage"
  exit 2
fi
case "${1-}" in
"") ;;
-h | --help)
  printf '%s\n' "$usage"
  exit 0
  ;;
*)
  say "$usage"
  exit 2
  ;;
esac

step() {
  printf '\n== %s\n' "$*"
}

step "set-up"
"$root/scripts/setup.sh" --tests

step "formatting"
cargo_here fmt --all --check

step "build"
build --all-targets

step "generated code is what the protos give"
"$root/scripts/gen.sh" --check

step "clippy"
cargo_here clippy --locked --workspace --profile "$profile" --all-targets -- -D warnings

step "tests"
cargo_here test --locked --workspace --profile "$profile"

step "documentation"
RUSTDOCFLAGS="-D warnings" cargo_here doc --locked --workspace --profile "$profile" --no-deps

step "all checks passed"
