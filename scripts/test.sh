#!/usr/bin/env bash
# Every check of this repository, from a bare checkout.
set -euo pipefail
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

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
