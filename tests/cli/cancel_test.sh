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
