#!/bin/bash
# Goal: `floe doctor` says in words and in JSON whether this host will do, and its status agrees.
source "$(dirname "$0")/../support/scenario.sh"
need_programs jq

step "JSON"
run doctor --format json --target /tmp
usable=$(jq -r .usable <<<"$out")
[ "$status" -eq 0 ] || [ "$status" -eq 69 ] || fail "exit status $status"
expect_equal "$usable" "$([ "$status" -eq 0 ] && echo true || echo false)"
for part in root criu runtime monitor podman cgroups memory_tracking io_uring overlay target; do
  expect_match "good limited missing" "$(jq -r ".findings.$part.verdict" <<<"$out")"
done

step "words"
before=$status
run doctor --target /tmp
expect_status "$before"
expect_match "$out" "Containers can"

step "a target that cannot be written to is missing"
run doctor --target /no/such/directory --format json
expect_status 69
expect_json "$out" .findings.target.verdict missing
if [ "$(id -u)" -eq 0 ]; then
  target=$(mktemp -d)
  mount -t tmpfs -o ro floe-test "$target"
  run doctor --target "$target"
  umount "$target"
  rmdir "$target"
  expect_status 69
  expect_match "$out" "nothing can be written to $target"
fi

step "a runtime that is missing is said, with advice and status 69"
run --runtime /no/such/runc doctor --format json
expect_status 69
expect_json "$out" .findings.runtime.verdict missing
expect_match "$(jq -r .findings.runtime.advice <<<"$out")" "--runtime"
