#!/bin/bash
# Goal: a runtime that is killed amid a dump leaves the container running, although the CRIU that it
# had started works on.
# Method: a container with enough memory for a dump to take a while, which counts in a file that is
# never half written; the real runc is killed as soon as it is seen.
source "$(dirname "$0")/../support/scenario.sh"
need_root
need_programs runc conmon jq pgrep
need_criu
scratch_store
busybox_image

# shellcheck disable=SC2016 # for the container
run run -d --name hog -v data:/data busybox sh -c \
  'held=$(head -c 100000000 /dev/urandom | base64); n=0; while :; do n=$((n+1)); echo $n >/data/next; mv /data/next /data/n; usleep 50000; done'
expect_status 0
count() { cat "$FLOE_ROOT/volumes/data/_data/n" 2>/dev/null || echo 0; }
goes_on() { [ "$(count)" -gt "$at" ]; }
at=0
eventually goes_on
criu_is_gone() { ! pgrep -f "criu swrk" >/dev/null; }
dumping() { pgrep -f "^runc .*$FLOE_RUNROOT.* checkpoint|^[^ ]*runc .*$FLOE_RUNROOT.* checkpoint"; }

for round in 1 2 3; do
  step "the runtime is killed, round $round"
  "$FLOE" checkpoint hog --export "$work/hog.tar.zst" --format json >"$work/out" 2>"$work/err" &
  pid=$!
  eventually dumping
  dumping | xargs kill -KILL
  code=0
  wait "$pid" || code=$?
  expect_equal "$code" 2
  expect_json "$(cat "$work/out")" '.results[0].error.code' dump_failed
  log=$(jq -r '.results[0].log_path' "$work/out")
  [ -e "$log" ] || fail "there is no log at '$log'"
  [ ! -e "$work/hog.tar.zst" ] || fail "there is an archive"
  eventually criu_is_gone
  at=$(count)
  eventually goes_on
done

step "it can still be checkpointed"
run checkpoint hog --export "$work/hog.tar.zst"
expect_status 0
