#!/usr/bin/env bash
# Makes what is needed to try TLS: an authority, a server's certificate and two
# clients', each with its key. For trying only: the authority's key lies beside them.
set -euo pipefail

usage="usage: scripts/dev-certs.sh [--force] [--days N] [--client NAME]... DIR [HOST]...

Writes to the folder DIR, which is made if it is not there:
  ca.pem, ca.key          the authority
  server.pem, server.key  the server, for localhost, 127.0.0.1, ::1 and each HOST, a
                          DNS name or an IP address
  NAME.pem, NAME.key      a client with the common name NAME [default: reader, writer]

Keys have mode 600 and no password. All expire after N days [default: 30].
Files that are there are kept, and nothing is written, unless --force is given.

Exit codes: 0 done, 1 failed, 2 wrong usage."

say() {
  printf '%s\n' "$*" >&2
}

wrong_usage() {
  say "dev-certs: $1; see scripts/dev-certs.sh --help"
  exit 2
}

force=
days=30
clients=()
rest=()
while [ $# -gt 0 ]; do
  case $1 in
  -h | --help)
    printf '%s\n' "$usage"
    exit 0
    ;;
  --force) force=1 ;;
  --days | --client)
    [ $# -gt 1 ] || wrong_usage "$1 needs a value"
    case $1 in
    --days) days=$2 ;;
    --client) clients+=("$2") ;;
    esac
    shift
    ;;
  -*) wrong_usage "unknown option $1" ;;
  *) rest+=("$1") ;;
  esac
  shift
done
[ ${#rest[@]} -gt 0 ] || wrong_usage "the folder DIR is missing"
folder=${rest[0]}
hosts=(localhost 127.0.0.1 ::1 "${rest[@]:1}")
[ ${#clients[@]} -gt 0 ] || clients=(reader writer)
[[ $days =~ ^[1-9][0-9]{0,3}$ ]] || wrong_usage "--days $days; it must be from 1 to 9999"
for client in "${clients[@]}"; do
  [[ $client =~ ^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$ ]] ||
    wrong_usage "client '$client'; it must be of letters, digits and . _ -, at most 63"
  case $client in
  ca | server) wrong_usage "client '$client'; that file is another's" ;;
  esac
done
for host in "${hosts[@]}"; do
  [[ $host =~ ^[A-Za-z0-9*:][A-Za-z0-9.:*-]*$ ]] ||
    wrong_usage "host '$host'; it must be a DNS name or an IP address"
done

if ! command -v openssl >/dev/null; then
  say "dev-certs: openssl is missing; install it with your system's package manager, such as apt-get install openssl"
  exit 1
fi

names=(ca server "${clients[@]}")
if [ -z "$force" ]; then
  for name in "${names[@]}"; do
    for file in "$folder/$name.pem" "$folder/$name.key"; do
      if [ -e "$file" ]; then
        say "dev-certs: $file is there already; give --force to replace it and the others"
        exit 1
      fi
    done
  done
fi

mkdir -p -- "$folder"
# Within the folder, so that what is ready is moved there and never copied.
work=$(mktemp -d -- "$folder/.dev-certs.XXXXXX")
trap 'rm -rf -- "$work"' EXIT

# openssl says much where nothing is wrong, and what is wrong only there.
quietly() {
  "$@" 2>"$work/said" || {
    cat -- "$work/said" >&2
    say "dev-certs: openssl failed"
    exit 1
  }
}

# The system's settings of openssl are no part of it.
printf '[req]\ndistinguished_name = name\n[name]\n' >"$work/config"

# make NAME SUBJECT EXTENSIONS: a key, and its certificate from the authority.
make() {
  local name=$1 subject=$2 signed_by=(-CA "$work/ca.pem" -CAkey "$work/ca.key")
  [ "$name" != ca ] || signed_by=(-signkey "$work/ca.key")
  printf '%s\n' "$3" "subjectKeyIdentifier = hash" "authorityKeyIdentifier = keyid" \
    >"$work/extensions"
  (umask 077 && quietly openssl ecparam -name prime256v1 -genkey -noout -out "$work/$name.key")
  quietly openssl req -new -sha256 -config "$work/config" -subj "/CN=$subject" \
    -key "$work/$name.key" -out "$work/request"
  quietly openssl x509 -req -sha256 -days "$days" -set_serial "0x$(openssl rand -hex 16)" \
    -in "$work/request" -extfile "$work/extensions" "${signed_by[@]}" -out "$work/$name.pem"
  chmod 644 "$work/$name.pem"
}

alternative_names() {
  local host separator=
  for host in "${hosts[@]}"; do
    case $host in
    *:*) printf '%sIP:%s' "$separator" "$host" ;;
    *[!0-9.]*) printf '%sDNS:%s' "$separator" "$host" ;;
    *) printf '%sIP:%s' "$separator" "$host" ;;
    esac
    separator=,
  done
}

make ca "recommendations development authority" \
  'basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign'
make server localhost \
  "basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = $(alternative_names)"
for client in "${clients[@]}"; do
  make "$client" "$client" \
    'basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth'
done
for name in "${names[@]}"; do
  mv -f -- "$work/$name.key" "$work/$name.pem" "$folder/"
done

at() {
  printf '%q' "$folder/$1"
}

client=${clients[0]}
writer=${clients[${#clients[@]} - 1]}
cat <<END
Start the server; $writer alone may write:
  recommendations-server --tls-cert $(at server.pem) --tls-key $(at server.key) \\
    --tls-client-ca $(at ca.pem) --writer $writer
Ask it:
  recommendations-client recommend --user 1 --category mystery \\
    --tls-ca $(at ca.pem) --tls-cert $(at "$client.pem") --tls-key $(at "$client.key")
END
