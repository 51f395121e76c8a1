#!/usr/bin/env bash
# Compares grpcio-gen with protoc over folders of .proto files: which files
# each accepts, and whether their descriptors are equal.
#
# Usage: scripts/compare-protoc.sh [--verbose] FOLDER...
#
#   FOLDER     every .proto file below it is judged by both, one file at a
#              time; the folder is also what imports start from, then the other
#              folders, then the imports that protoc brings along
#   --verbose  for each file that both refuse, what each says
#
# Prints counts and each disagreement. Exit codes: 0 no disagreement besides
# editions, which grpcio-gen refuses; 1 disagreements; 2 wrong usage.
#
# The first run installs grpcio-tools, which holds protoc, into a virtual
# environment in ${XDG_CACHE_HOME:-$HOME/.cache}/recommendations/protoc-venv:
# the version below has protoc 35.1. GRPCIO_GEN names another grpcio-gen than
# the one that is built here. A development aid: nothing else needs python,
# protoc or the network.
set -euo pipefail

usage() {
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"
}

verbose=()
while [[ ${1-} == -* ]]; do
    case $1 in
        -h | --help)
            usage
            exit 0
            ;;
        --verbose) verbose=(--verbose) ;;
        *)
            usage >&2
            exit 2
            ;;
    esac
    shift
done
if (($# == 0)); then
    usage >&2
    exit 2
fi
for folder in "$@"; do
    if [[ ! -d $folder ]]; then
        echo "compare-protoc: $folder is not a folder" >&2
        exit 2
    fi
done

source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
environment=${XDG_CACHE_HOME:-$HOME/.cache}/recommendations/protoc-venv

if [[ ! -x $environment/bin/python ]] ||
    ! "$environment/bin/python" -c 'import grpc_tools' 2>/dev/null; then
    say "installing grpcio-tools"
    python3 -m venv "$environment"
    "$environment/bin/pip" install --quiet grpcio-tools==1.85.1
fi

if [[ -z ${GRPCIO_GEN-} ]]; then
    say "building the generator"
    own_target
    build_generator --quiet
    GRPCIO_GEN=$bin/grpcio-gen
fi

exec "$environment/bin/python" "$root/scripts/compare_protoc.py" \
    ${verbose[@]+"${verbose[@]}"} "$GRPCIO_GEN" "$@"
