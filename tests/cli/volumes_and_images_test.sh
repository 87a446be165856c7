#!/bin/bash
# Goal: volumes are listed, exported and imported, and images imported, as a person with pipes and
# files would do it; what was there before survives what fails.
source "$(dirname "$0")/../support/scenario.sh"
need_root
need_programs jq tar
scratch_store
busybox_rootfs

step "an image comes through a pipe"
tar -C "$work/rootfs" -c . | gzip | "$FLOE" image import /dev/stdin piped >/dev/null
run image inspect piped
expect_status 0
mkfifo "$work/fifo"
tar -C "$work/rootfs" -c . >"$work/fifo" &
run image import "$work/fifo" fifo
expect_status 0
run image import /dev/null nothing
expect_status 2
expect_match "$err" "/dev/null: "

step "filters choose volumes"
run volume create --label tier=db db-data
run volume create --label tier=web web-data
run volume create other
run volume ls -q --filter label=tier
expect_equal "$out" $'db-data\nweb-data'
run volume ls -q --filter 'name=^web'
expect_equal "$out" web-data
run volume ls -q --filter label=tier=db --filter name=data
expect_equal "$out" db-data
run volume ls --filter colour=red
expect_status 64
expect_match "$err" "colour=red"

step "a volume goes out and comes back"
echo content >"$FLOE_ROOT/volumes/db-data/_data/file"
run volume export db-data --output "$work/data.tar"
expect_status 0
expect_equal "$(tar -xOf "$work/data.tar" ./file 2>/dev/null || tar -xOf "$work/data.tar" file)" content
run volume import other "$work/data.tar"
expect_status 0
expect_equal "$(cat "$FLOE_ROOT/volumes/other/_data/file")" content
"$FLOE" volume export db-data | "$FLOE" volume import web-data -
expect_equal "$(cat "$FLOE_ROOT/volumes/web-data/_data/file")" content

step "a tar that turns out to be bad changes nothing"
mkdir "$work/more"
head -c 3000000 /dev/urandom >"$work/more/noise"
echo other >"$work/more/file"
tar -C "$work/more" -cf "$work/more.tar" file noise
head -c 2000000 "$work/more.tar" >"$work/cut.tar"
cp "$work/more.tar" "$work/hostile.tar"
tar -C "$work/more" -P --transform 's,^file$,../outside,' -rf "$work/hostile.tar" file
for bad in cut hostile; do
  run volume import web-data "$work/$bad.tar"
  expect_status 2
  expect_match "$err" "the volume is as it was"
  expect_equal "$(ls "$FLOE_ROOT/volumes/web-data/_data")" file
  expect_equal "$(cat "$FLOE_ROOT/volumes/web-data/_data/file")" content
done
[ -z "$(find "$FLOE_ROOT/volumes" -name outside)" ] || fail "it wrote outside of the volume"
run volume import web-data "$work/more.tar"
expect_status 0
expect_equal "$(cat "$FLOE_ROOT/volumes/web-data/_data/file")" other
cmp "$work/more/noise" "$FLOE_ROOT/volumes/web-data/_data/noise"
[ -z "$(find "$FLOE_ROOT/volumes" -maxdepth 1 -name '.staging*')" ] || fail "a directory was left"

step "an export that fails leaves the file that was there"
echo precious >"$work/precious"
run volume export no-such --output "$work/precious"
expect_status 2
expect_match "$err" "no-such"
expect_equal "$(cat "$work/precious")" precious
mkdir "$work/small"
mount -t tmpfs -o size=64k tmpfs "$work/small"
echo precious >"$work/small/precious"
head -c 1000000 /dev/urandom >"$FLOE_ROOT/volumes/db-data/_data/noise"
run volume export db-data --output "$work/small/precious"
expect_status 2
expect_equal "$(cat "$work/small/precious")" precious
expect_equal "$(ls -A "$work/small")" precious
umount "$work/small"

step "an export is appended where stdout stands"
rm "$FLOE_ROOT/volumes/db-data/_data/noise"
echo before >"$work/log"
"$FLOE" volume export db-data >>"$work/log"
expect_equal "$(head -n 1 "$work/log")" before
