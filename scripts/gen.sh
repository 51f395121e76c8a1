#!/usr/bin/env bash
# Generates Rust code from .proto files, without protoc.
#
#   scripts/gen.sh            this repository: protobufs/ into generated/
#   scripts/gen.sh --check    the same, but only compare; exit 1 with a diff
#   scripts/gen.sh …          anything else: see scripts/gen.sh --help
set -euo pipefail
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

generator=$bin/grpcio-gen
stamp=$bin/.grpcio-gen.stamp

# cargo takes ten times as long to see that nothing is to be built as the
# generator takes to run, so it is asked only if something may have changed:
# this checkout's sources, or the binary, which other checkouts may share.
identity() {
  printf '%s ' "$root"
  ls -i "$generator"
}
fresh() {
  [ -x "$generator" ] && [ -f "$stamp" ] && [ "$(<"$stamp")" = "$(identity)" ] &&
    [ -z "$(find "$root/scripts/gen/src" "$root/scripts/gen/Cargo.toml" "$root/Cargo.toml" \
      "$root/Cargo.lock" -newer "$stamp" -print -quit)" ]
}
if ! fresh; then
  own_target
  # As old as the start of the build, so that what changes meanwhile is newer.
  started=$(mktemp "$stamp.XXXXXX")
  [ -x "$generator" ] || say "building the generator"
  build_generator --quiet
  identity >"$stamp.new"
  touch -r "$started" "$stamp.new"
  mv -f "$stamp.new" "$stamp"
  rm -f "$started"
fi

if [ $# -eq 0 ] || [ "$*" = --check ]; then
  cd "$root"
  set -- -I protobufs --rust_out generated --grpc_rust_out generated "$@" protobufs
fi
exec "$generator" "$@"
