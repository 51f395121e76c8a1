#!/usr/bin/env bash
# Installs what a build needs beside Rust: cmake, a C and C++ compiler, make; with
# --tests also openssl, which the tests of TLS need. Does nothing where all of them
# are there.
set -euo pipefail

usage="usage: scripts/setup.sh [--tests]
Installs cmake, a C and C++ compiler and make where they are missing, with --tests also
openssl; where it cannot, it says how, and fails."

tests=()
case "${1-}" in
"") ;;
--tests) tests=(openssl) ;;
-h | --help)
  printf '%s\n' "$usage"
  exit 0
  ;;
*)
  printf '%s\n' "$usage" >&2
  exit 2
  ;;
esac

# What is not there: the commands of cmake, make and the two compilers, which
# CC and CXX may name, also with a wrapper and flags.
missing() {
  local needed=(cmake make "${CC:-cc}" "${CXX:-c++}" ${tests[@]+"${tests[@]}"}) command
  for command in "${needed[@]}"; do
    command -v "${command%% *}" >/dev/null || printf '%s\n' "${command%% *}"
  done
}

if ! command -v cargo >/dev/null; then
  echo "setup: cargo is missing; install Rust 1.89 or newer as https://rustup.rs says" >&2
  exit 1
fi
missing=$(missing)
if [ -z "$missing" ]; then
  exit 0
fi

echo "setup: missing:" $missing >&2
case "$(uname -s)" in
Darwin)
  echo "setup: run: xcode-select --install; brew install cmake" >&2
  exit 1
  ;;
esac
if command -v apt-get >/dev/null; then
  install="apt-get update && apt-get install -y --no-install-recommends cmake g++ make${tests[*]:+ ${tests[*]}}"
  if [ "$(id -u)" -eq 0 ]; then
    as_root=()
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo)
  else
    echo "setup: run: sudo sh -c '$install'" >&2
    exit 1
  fi
  echo "setup: installing cmake, g++, make${tests[*]:+ and ${tests[*]}}" >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c "$install" >&2
elif command -v dnf >/dev/null; then
  echo "setup: run: sudo dnf install cmake gcc-c++ make${tests[*]:+ ${tests[*]}}" >&2
  exit 1
else
  echo "setup: install cmake 3.19 or newer, a C++17 compiler and make with your system's package manager" >&2
  exit 1
fi

missing=$(missing)
if [ -n "$missing" ]; then
  echo "setup: still missing:" $missing >&2
  exit 1
fi
