#!/bin/bash
# Goal: `floe run` in the foreground shows a container's output and returns its exit code, whatever
# became of the container; logs can be followed.
source "$(dirname "$0")/../support/scenario.sh"
need_root
need_programs runc conmon jq
scratch_store
busybox_image

step "output, errors and exit code"
run run --name one busybox sh -c 'echo out; echo err >&2; exit 5'
expect_status 5
expect_equal "$out" out
expect_equal "$err" err
expect_equal "$("$FLOE" inspect --format '{{.State.ExitCode}}' one)" 5

step "with --rm nothing is left, however soon it ends"
for attempt in $(seq 10); do
  run run --rm -v anonymous:/x busybox sh -c "echo gone $attempt; exit 3"
  expect_status 3
  expect_equal "$out" "gone $attempt"
done
eventually sh -c "[ \"\$('$FLOE' ps -aq | wc -l)\" = 1 ]"

step "a rootfs directory instead of an image"
run run --rootfs "$work/rootfs" --read-only /bin/sh -c 'touch /x 2>/dev/null || echo read-only'
expect_status 0
expect_equal "$out" read-only

step "SIGTERM is passed on"
"$FLOE" run --name two busybox sh -c 'trap "echo caught; exit 9" TERM; echo ready; while :; do sleep 0.1; done' \
  >"$work/two.out" 2>&1 &
pid=$!
eventually grep -q ready "$work/two.out"
kill -TERM "$pid"
code=0
wait "$pid" || code=$?
expect_equal "$code" 9
grep -q caught "$work/two.out" || fail "it was not caught"

step "a program that does not exist"
run run busybox /no/such/program
[ "$status" -ne 0 ] || fail "it was started"
expect_match "$err" "/no/such/program"

step "logs are followed until the end"
run run -d --name three busybox sh -c 'echo first; sleep 1; echo last'
expect_status 0
run logs -f three
expect_status 0
expect_equal "$out" $'first\nlast'
