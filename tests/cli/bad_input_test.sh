#!/bin/bash
# Goal: bad input is named with what is wrong and what to do, with a stable code and the documented
# exit code, and the container is still running or still restorable.
source "$(dirname "$0")/../support/scenario.sh"
need_root
need_programs runc conmon jq
need_criu
scratch_store
busybox_image
run run -d --name web -v data:/data busybox sh -c 'echo x >/data/f; exec sleep 1000'
expect_status 0
mkdir "$work/saved"

# refused STATUS CODE ARGUMENTS...: by the error's code, of the batch or of its first container.
refused() {
  local wanted=$1 code=$2
  shift 2
  run "$@" --format json
  expect_status "$wanted"
  expect_json "$out" '.error.code // .results[0].error.code' "$code"
  expect_match "$err" "Error: "
}

still_running() {
  run inspect --format '{{.State.Status}}' web
  expect_equal "$out" running
  run exec web true
  expect_status 0
  [ -z "$(ls -A "$work/saved")" ] || fail "something was left: $(ls -A "$work/saved")"
}

step "an unknown container, and nothing is checkpointed"
refused 2 no_such_container checkpoint web no-such --export-dir "$work/saved"
still_running

step "a container in a wrong state"
run pause web
refused 2 wrong_state checkpoint web -e "$work/saved/web.tar.zst"
run checkpoint --all --export-dir "$work/saved"
expect_status 0
expect_match "$err" "container web is paused and is not saved: unpause it first"
run unpause web
still_running
refused 2 wrong_state restore web

step "a target that cannot be written"
refused 2 no_such_file checkpoint web --export-dir "$work/missing"
refused 2 no_such_file checkpoint web -e "$work/missing/web.tar.zst"
still_running

step "two containers with one target"
run run -d --name db busybox sleep 1000
refused 64 usage checkpoint --all --export-dir "$work/saved" --export-name same.tar.zst
still_running

step "a full target"
mkdir "$work/small"
mount -t tmpfs -o size=64k tmpfs "$work/small"
dd if=/dev/urandom of="$work/noise" bs=1M count=2 status=none
floe exec -i web sh -c 'cat >/data/noise' <"$work/noise"
refused 2 no_space checkpoint web -e "$work/small/web.tar.zst"
expect_equal "$(ls -A "$work/small")" ""
umount "$work/small"
still_running

step "missing programs"
run --criu /no/such/criu checkpoint web -e "$work/saved/web.tar.zst" --format json
expect_status 69
expect_json "$out" '.error.code // .results[0].error.code' criu_missing
still_running

step "archives that are none, cut, or not there"
seq 2000 >"$work/foreign.tar"
refused 2 archive_foreign restore "$work/foreign.tar"
run checkpoint web -e "$work/web.tar.zst" -R
expect_status 0
head -c 2000 "$work/web.tar.zst" >"$work/cut.tar.zst"
run restore "$work/cut.tar.zst" --name cut --ignore-volumes --format json
expect_status 2
expect_match "$(jq -r '.results[0].error.code' <<<"$out")" "archive_"
run restore "$work/not-there.tar.zst"
expect_status 2
expect_match "$err" "not-there.tar.zst"
run verify "$work/cut.tar.zst"
expect_status 2
run show "$work/foreign.tar"
expect_status 2

step "a name or a volume that is taken, and nothing is left behind"
refused 2 container_exists restore "$work/web.tar.zst"
refused 2 volume_exists restore "$work/web.tar.zst" --name other
run ps -aq
expect_equal "$(wc -l <<<"$out")" 2

step "an image that is missing"
run rm -f web db
run volume rm data
run image rm busybox
expect_status 0
refused 2 no_such_image restore "$work/web.tar.zst"
run volume ls -q
expect_equal "$out" ""
run ps -aq
expect_equal "$out" ""
