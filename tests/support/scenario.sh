# What scenarios with the real programs share: a store of their own, checks with a message, an
# orderly end. To be sourced by bash:
#
#   source "$(dirname "$0")/../support/scenario.sh"
#   need_root; need_programs runc conmon; scratch_store; busybox_image
#
# $FLOE is the program under test. A failing command ends the scenario (set -e); exit status 77
# means skipped.
set -euo pipefail

: "${FLOE:?FLOE must name the program under test}"
scenario_source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scenario_name=$(basename "$0" .sh)
scenario_step="the beginning"
work= # directory for the scenario's files
out=  # stdout of the last run
err=  # stderr of the last run
status=0

floe() { "$FLOE" "$@"; }

# Says what is being tried; named when something fails.
step() {
  scenario_step=$*
  echo "-- $*"
}

fail() {
  echo "FAILED at \"$scenario_step\": $*" >&2
  if [ -n "$out$err" ]; then
    printf -- '--- stdout\n%s\n--- stderr\n%s\n' "$out" "$err" >&2
  fi
  exit 1
}

skip() {
  echo "skipped: $*"
  exit 77
}

need_root() { [ "$(id -u)" -eq 0 ] || skip "it needs root"; }

need_programs() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || skip "$program is not installed"
  done
}

# Finds a CRIU that works, and lets floe use it.
need_criu() {
  if [ -z "${FLOE_CRIU:-}" ]; then
    for FLOE_CRIU in /opt/floe/criu/bin/criu "$(command -v criu || true)"; do
      [ -x "$FLOE_CRIU" ] && "$FLOE_CRIU" check >/dev/null 2>&1 && break
      FLOE_CRIU=
    done
  fi
  [ -n "$FLOE_CRIU" ] || skip "no CRIU works on this kernel"
  export FLOE_CRIU
}

scenario_end() {
  local code=$?
  trap - EXIT
  trap '' INT TERM HUP
  if [ "$code" -ne 0 ] && [ "$code" -ne 77 ]; then
    echo "$scenario_name ended with $code at \"$scenario_step\"" >&2
  fi
  if [ -n "${FLOE_ROOT:-}" ]; then
    "$FLOE" rm --force --all >/dev/null 2>&1 || true
    "$scenario_source/scripts/remove-store" "$FLOE_ROOT" "$FLOE_RUNROOT" || code=1
  fi
  [ -z "$work" ] || rm -rf --one-file-system "$work"
  exit "$code"
}

# What Podman has on this machine is none of a scenario's business: floe looks for its containers and
# images below DIRECTORY.
own_podman_storage() { # DIRECTORY
  printf '[storage]\ndriver = "overlay"\ngraphroot = "%s/graph"\nrunroot = "%s/run"\n' "$1" "$1" \
    >"$1/storage.conf"
  export CONTAINERS_STORAGE_CONF=$1/storage.conf
}

# A store, a run directory and a working directory that vanish with the scenario.
scratch_store() {
  work=$(mktemp -d "/var/tmp/floe-work.XXXXXX")
  FLOE_ROOT=$(mktemp -d /var/tmp/floe-root.XXXXXX)
  FLOE_RUNROOT=$(mktemp -d /run/floe-run.XXXXXX)
  export FLOE_ROOT FLOE_RUNROOT
  own_podman_storage "$work"
  trap scenario_end EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}

# Makes $work/rootfs from busybox.
busybox_rootfs() {
  local busybox applet
  busybox=$(command -v busybox) || skip "busybox is not installed"
  mkdir -p "$work/rootfs/bin" "$work/rootfs/etc" "$work/rootfs/tmp"
  cp "$busybox" "$work/rootfs/bin/busybox"
  for applet in $("$busybox" --list); do
    [ "$applet" = busybox ] || ln -sf busybox "$work/rootfs/bin/$applet"
  done
  echo "root:x:0:0:root:/:/bin/sh" >"$work/rootfs/etc/passwd"
}

# Imports it under the name busybox.
busybox_image() {
  busybox_rootfs
  run image import "$work/rootfs" busybox
  expect_status 0
}

# Runs floe; what it wrote is in $out and $err, how it ended in $status.
run() {
  local errors
  errors=$(mktemp)
  status=0
  out=$("$FLOE" "$@" 2>"$errors" </dev/null) || status=$?
  err=$(cat "$errors")
  rm -f "$errors"
}

expect_status() { [ "$status" -eq "$1" ] || fail "exit status $status instead of $1"; }

# expect_match TEXT PATTERN: a bash pattern that TEXT holds somewhere.
expect_match() {
  # shellcheck disable=SC2053 # it is a pattern
  [[ $1 == *$2* ]] || fail "\"$1\" does not hold \"$2\""
}

expect_no_match() {
  # shellcheck disable=SC2053
  [[ $1 != *$2* ]] || fail "\"$1\" holds \"$2\""
}

expect_equal() { [ "$1" == "$2" ] || fail "\"$1\" is not \"$2\""; }

# expect_json TEXT FILTER VALUE: what jq finds.
expect_json() {
  local found
  found=$(jq -r "$2" <<<"$1") || fail "\"$1\" is no JSON"
  expect_equal "$found" "$3"
}

# eventually COMMAND...: tries for a minute until it succeeds.
eventually() {
  local attempt
  for attempt in $(seq 600); do
    "$@" >/dev/null 2>&1 && return 0
    [ "$attempt" -eq 600 ] || sleep 0.1
  done
  fail "it never came true: $*"
}
