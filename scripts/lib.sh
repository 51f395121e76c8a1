#!/usr/bin/env bash
# Sourced by the scripts beside it: where things are, and the one way to build.

root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." >/dev/null && pwd)

# Every script builds with this profile, so that the C core of gRPC is compiled
# once and shared by the server, the tests and the benchmarks.
profile=release
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}
# Relative to the caller's folder; cargo starts in another one.
case $CARGO_TARGET_DIR in
/*) ;;
*) CARGO_TARGET_DIR=$PWD/$CARGO_TARGET_DIR ;;
esac
export CARGO_TARGET_DIR
bin=$CARGO_TARGET_DIR/$profile

say() {
  printf '%s\n' "$*" >&2
}

# cargo in the checkout, whatever the caller's folder: .cargo/config.toml is
# found from the folder that cargo starts in.
cargo_here() {
  (cd -- "$root" && cargo "$@")
}

# Makes a target folder this checkout's. Cargo tells the crates of two checkouts
# apart by the times of their files alone, so what another checkout built last
# could be taken for ours.
own_target() {
  local owner=$bin/.checkout
  if [ -f "$owner" ] && [ "$(<"$owner")" != "$root" ]; then
    cargo_here clean --quiet --profile "$profile" -p recommendations -p grpcio-gen
  fi
  mkdir -p -- "$bin"
  printf '%s\n' "$root" >"$owner"
}

# Whether the C core of gRPC is compiled.
has_core() {
  compgen -G "$bin/build/grpcio-sys-*/out/libgrpc_wrap.a" >/dev/null
}

# Makes a C core that was compiled as scripts/core no longer says be compiled anew:
# cargo does not look there.
own_core() {
  local stamp=$bin/.core recipe
  recipe=$(cat -- "$root"/scripts/core/*.cmake | cksum)
  if [ -f "$stamp" ] && [ "$(<"$stamp")" = "$recipe" ]; then
    return
  fi
  if has_core; then
    say "the C core of gRPC was compiled in another way; that is done anew"
    cargo_here clean --quiet --profile "$profile" -p grpcio-sys
  fi
  mkdir -p -- "$bin"
  printf '%s\n' "$recipe" >"$stamp"
}

# Builds the generator, for which the C core is not needed. The features of its
# dependencies are those of the whole workspace, so that nothing is built twice.
build_generator() {
  cargo_here build --locked --workspace --bin grpcio-gen --profile "$profile" "$@"
}

# Builds everything but tests. A compiler that does not get through the C core
# in batches gets a second chance, file by file.
build() {
  own_target
  own_core
  if has_core; then
    cargo_here build --locked --workspace --profile "$profile" "$@"
    return
  fi
  say "building for the first time: the C core of gRPC takes about seven minutes on two cores, and twice that on one"
  # What needs no core first, so that what fails then is the core.
  build_generator
  if cargo_here build --locked --workspace --profile "$profile" "$@"; then
    return
  fi
  if has_core || [ "${RECOMMENDATIONS_CORE_UNITY-}" = OFF ]; then
    return 1
  fi
  say "the C core did not build in batches; trying file by file"
  RECOMMENDATIONS_CORE_UNITY=OFF cargo_here build --locked --workspace --profile "$profile" "$@"
}
