# Sourced by the scripts beside it: where things are, and the one way to build.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Every script builds with this profile, so that the C core of gRPC is compiled
# once and shared by the server, the tests and the benchmarks.
profile=release
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}
bin=$CARGO_TARGET_DIR/$profile

say() {
  printf '%s\n' "$*" >&2
}

# cargo in the checkout, whatever the caller's folder: .cargo/config.toml is
# found from the folder that cargo starts in.
cargo_here() {
  (cd "$root" && cargo "$@")
}

# Makes a target folder this checkout's. Cargo tells the crates of two checkouts
# apart by the times of their files alone, so what another checkout built last
# could be taken for ours.
own_target() {
  local owner=$bin/.checkout
  if [ -f "$owner" ] && [ "$(<"$owner")" != "$root" ]; then
    cargo_here clean --quiet --profile "$profile" -p recommendations -p grpcio-gen
  fi
  mkdir -p "$bin"
  printf '%s\n' "$root" >"$owner"
}

# Builds everything but tests. A compiler that does not get through the C core
# in batches gets a second chance, file by file.
build() {
  own_target
  if ! compgen -G "$bin/build/grpcio-sys-*/out/build/libgrpc.a" >/dev/null; then
    say "building for the first time: the C core of gRPC takes about a quarter of an hour on two cores"
  fi
  cargo_here build --locked --workspace --profile "$profile" "$@" && return
  if [ "${RECOMMENDATIONS_CORE_UNITY-}" = OFF ] ||
    compgen -G "$bin/build/grpcio-sys-*/out/build/libgrpc.a" >/dev/null; then
    return 1
  fi
  say "the C core did not build in batches; trying file by file"
  RECOMMENDATIONS_CORE_UNITY=OFF
  export RECOMMENDATIONS_CORE_UNITY
  cargo_here build --locked --workspace --profile "$profile" "$@"
}
