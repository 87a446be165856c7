#!/bin/bash
# Goal: containers that share a volume are saved in one command and come back in one command.
# Method: three containers append to files of their own in one volume; each has another one beside.
source "$(dirname "$0")/../support/scenario.sh"
need_root
need_programs runc conmon jq
need_criu
scratch_store
busybox_image
names="one two three"

step "three containers write into one volume"
for name in $names; do
  run run -d --name "$name" -v shared:/shared -v "own-$name:/own" busybox \
    sh -c "n=0; while :; do n=\$((n+1)); echo \$n >>/shared/$name; echo \$n >/own/last; usleep 50000; done"
  expect_status 0
done
volume=$FLOE_ROOT/volumes/shared/_data
counts_beyond() { [ "$(tail -n 1 "$volume/$1" 2>/dev/null || echo 0)" -gt "$2" ]; }
for name in $names; do eventually counts_beyond "$name" 3; done

step "all are saved and removed"
mkdir "$work/saved"
run checkpoint --all --export-dir "$work/saved"
expect_status 0
# shellcheck disable=SC2086 # words, split on purpose
run rm $names
expect_status 0
run volume rm shared own-one own-two own-three
expect_status 0

step "all come back; one of them brings the shared volume, the others say so"
run restore "$work"/saved/*.tar.zst --format json
expect_status 0
expect_json "$out" '[.results[] | select(.outcome == "done")] | length' 3
expect_json "$out" '[.results[].warnings[] | select(contains("volume shared is shared"))] | length' 2
for name in $names; do
  at=$(tail -n 1 "$volume/$name")
  eventually counts_beyond "$name" "$at"
done
for name in $names; do
  [ -s "$FLOE_ROOT/volumes/own-$name/_data/last" ] || fail "own-$name is empty"
done

step "one alone still refuses a volume that is there"
run rm --force two
expect_status 0
run volume rm own-two
run restore "$work/saved/two.tar.zst"
expect_status 2
expect_match "$err" "volume with name shared already exists"

step "one that is refused does not keep the others from the volume"
run rm --force one three
run volume rm shared own-one own-three
run run -d --name one busybox sleep 1000
expect_status 0
run restore "$work"/saved/*.tar.zst --format json
expect_status 1
expect_json "$out" '[.results[] | select(.outcome == "failed") | .error.code] | join(" ")' container_exists
expect_json "$out" '[.results[] | select(.outcome == "done") | .name] | sort | join(" ")' "three two"

step "one that is restored while a tar is unpacked into its volume waits for the new content"
run rm --force --all
run volume create late
run run -d --name late -v late:/data busybox sleep 1000
run checkpoint --export "$work/late.tar.zst" late
expect_status 0
run rm late
mkdir "$work/new"
echo new >"$work/new/file"
mkfifo "$work/tar"
floe volume import late - <"$work/tar" &
importing=$!
exec 7>"$work/tar"
eventually test -e "$FLOE_RUNROOT/locks/volume-late.lock"
floe restore --ignore-volumes "$work/late.tar.zst" >/dev/null 2>"$work/restore.err" 7>&- &
restoring=$!
eventually floe inspect late
run inspect --format '{{.State.Status}}' late
[ "$out" != running ] || fail "it uses content that is about to be removed"
tar -C "$work/new" -c . >&7
exec 7>&-
wait "$importing" || fail "the import failed"
wait "$restoring" || fail "the restore failed: $(cat "$work/restore.err")"
run exec late cat /data/file
expect_equal "$out" new
