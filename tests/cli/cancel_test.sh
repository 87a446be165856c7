#!/bin/bash
# Goal: Ctrl-C cancels a batch: the containers run again, no partial file stays, the exit code says
# that nothing was done, and a terminal is as it was.
source "$(dirname "$0")/../support/scenario.sh"
need_root
need_programs runc conmon jq script
need_criu
scratch_store
busybox_image
mkdir "$work/saved"
run run -d --name web -v data:/data busybox sh -c 'exec sleep 1000'
expect_status 0
# Enough to be still at it when the signal comes.
head -c 200000000 /dev/urandom >"$FLOE_ROOT/volumes/data/_data/noise"

step "SIGINT in the middle of writing"
"$FLOE" checkpoint web --export-dir "$work/saved" --compress-level 19 >"$work/out" 2>"$work/err" &
pid=$!
eventually grep -q "web: write" "$work/err"
kill -INT "$pid"
code=0
wait "$pid" || code=$?
expect_equal "$code" 2
grep -q "Cancelling" "$work/err" || fail "it does not say so: $(cat "$work/err")"
expect_equal "$(ls -A "$work/saved")" ""
run inspect --format '{{.State.Status}}' web
expect_equal "$out" running
run exec web true
expect_status 0

step "on a terminal the lines are rewritten and vanish"
script -qec "'$FLOE' checkpoint web --leave-running --export '$work/web.tar.zst' --compress none" "$work/typescript" </dev/null >/dev/null
grep -q "write" "$work/typescript" || fail "there was no progress"
grep -q "web: done in" "$work/typescript" || fail "there is no result"

step "SIGINT at any moment of a restore leaves nothing, and the archive can still be restored"
run rm -f web
run volume rm data
# Only SIGKILL ends its processes.
run run -d --name stubborn busybox sh -c 'trap "" TERM; while :; do usleep 50000; done'
expect_status 0
run checkpoint stubborn --export "$work/stubborn.tar.zst"
expect_status 0
run rm stubborn
nothing_left() {
  [ -z "$(ls -A "$FLOE_RUNROOT/runtime/runc" 2>/dev/null)" ] &&
    ! grep -q " $FLOE_ROOT/" /proc/self/mountinfo
}
for hundredths in 02 06 10 13 15 17 19 21 23 26; do
  "$FLOE" restore "$work/stubborn.tar.zst" >"$work/out" 2>"$work/err" &
  pid=$!
  sleep "0.$hundredths" # no moment in particular
  kill -INT "$pid" 2>/dev/null || true
  wait "$pid" || true
  run rm --all --force
  expect_status 0
  eventually nothing_left
done
run restore "$work/stubborn.tar.zst"
expect_status 0

step "SIGINT at any moment of a restore in place loses nothing"
for hundredths in 04 08 12 15 18; do
  run checkpoint stubborn
  expect_status 0
  "$FLOE" restore stubborn >"$work/out" 2>"$work/err" &
  pid=$!
  sleep "0.$hundredths"
  kill -INT "$pid" 2>/dev/null || true
  wait "$pid" || true
  [ "$("$FLOE" inspect --format '{{.State.Status}}' stubborn)" = running ] || run restore stubborn
  expect_status 0
done
run rm --force stubborn
expect_status 0
eventually nothing_left
