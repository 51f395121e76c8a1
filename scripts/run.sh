#!/usr/bin/env bash
# From a bare checkout to an answered request: installs what is missing, builds,
# starts the server, asks it once and prints the answer. Then it serves until
# Ctrl-C, or with --once it stops and leaves no shop's file behind.
set -euo pipefail
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

usage="usage: scripts/run.sh [--once]
RECOMMENDATIONS_LISTEN=127.0.0.1:0 takes a free port instead of 50051;
RECOMMENDATIONS_DATA names the shop's file, or :memory: to keep nothing, which
is what --once does by itself."

once=
if [ $# -gt 1 ]; then
  say "$usage"
  exit 2
fi
case "${1-}" in
"") ;;
--once)
  once=1
  export RECOMMENDATIONS_DATA=${RECOMMENDATIONS_DATA:-:memory:}
  ;;
-h | --help)
  printf '%s\n' "$usage"
  exit 0
  ;;
*)
  say "$usage"
  exit 2
  ;;
esac

"$root/scripts/setup.sh"
say "building"
build --bins

# The server says where it listens once it does; port 50051 may be taken, and
# then it says that.
out=$(mktemp -d)
mkfifo "$out/listening"
server=
stop() {
  trap - EXIT INT TERM
  if [ -n "$server" ] && kill -0 "$server" 2>/dev/null; then
    kill -TERM "$server" 2>/dev/null || true
    wait "$server" || true
  fi
  rm -rf "$out"
}
trap stop EXIT
trap 'stop; exit 130' INT
trap 'stop; exit 143' TERM

say "starting the server"
# In a process group of its own: Ctrl-C goes to the whole group of this script,
# and the server would take the SIGTERM from `stop` for a second signal, upon
# which it ends at once.
set -m
"$bin/recommendations-server" >"$out/listening" &
server=$!
set +m
# Opened once, so that the server's later output does not meet a closed pipe.
exec 3<"$out/listening"
if ! read -r line <&3; then
  wait "$server" || true
  say "the server did not start; if its port is taken, try RECOMMENDATIONS_LISTEN=127.0.0.1:0 scripts/run.sh"
  exit 1
fi
say "$line"
address=${line##* }

say "asking for three science fiction books for user 1"
"$bin/recommendations-client" recommend --addr "$address" \
  --user 1 --category science-fiction --max-results 3

if [ -z "$once" ]; then
  say "serving until Ctrl-C"
  wait "$server"
fi
