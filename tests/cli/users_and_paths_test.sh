#!/bin/bash
# Goal: users by name, host directories relative to ours, roots with letters that are not ASCII,
# and device nodes work where a person would expect them to; a checkpoint can be restored at once.
source "$(dirname "$0")/../support/scenario.sh"
need_root
need_programs runc conmon jq
need_criu
scratch_store
busybox_rootfs
echo "ann:x:1000:50::/home/ann:/bin/sh" >>"$work/rootfs/etc/passwd"
run image import "$work/rootfs" busybox
expect_status 0

step "exec knows users by name"
run run -d --name web busybox sleep 1000
expect_status 0
run exec --user ann web sh -c 'echo "$(id -u) $(id -g) $HOME"'
expect_equal "$out" "1000 50 /home/ann"
run exec --user 12:34 web sh -c 'echo "$(id -u) $(id -g)"'
expect_equal "$out" "12 34"
run exec --user nobody-knows web true
expect_status 64
expect_match "$err" nobody-knows

step "a checkpoint in place is restored at once, again and again"
for attempt in $(seq 12); do
  run checkpoint web
  expect_status 0
  run restore web
  expect_status 0
done
run rm -f web

step "a host directory relative to ours"
mkdir "$work/shared"
echo content >"$work/shared/file"
(cd "$work" && "$FLOE" run --rm -v ./shared:/shared:ro busybox cat /shared/file) >"$work/out"
expect_equal "$(cat "$work/out")" content

step "what is no number of CPUs is said shortly"
run create --cpus much busybox true
expect_status 64
expect_match "$err" '--cpus: "much" is no number of CPUs'

step "device nodes come back to a container that may make them"
run run -d --name maker --cap-add MKNOD -v made:/made busybox \
  sh -c 'mknod /node c 1 3; mknod /made/node c 1 3; exec sleep 1000'
expect_status 0
eventually floe exec maker test -c /made/node
run checkpoint maker --export "$work/maker.tar.zst"
expect_status 0
run rm maker
run volume rm made
run restore "$work/maker.tar.zst"
expect_status 0
run exec maker sh -c 'test -c /node && test -c /made/node'
expect_status 0
run rm -f maker

step "other containers' only if they are trusted"
run run -d --name plain -v given:/given busybox sleep 1000
mknod "$FLOE_ROOT/volumes/given/_data/node" c 1 3
run checkpoint plain --export "$work/plain.tar.zst"
expect_status 0
run rm plain
run volume rm given
run restore "$work/plain.tar.zst"
expect_status 2
expect_match "$err" "--trust"
run restore --trust "$work/plain.tar.zst"
expect_status 0
run rm -f plain

step "a file lock that is in the way is said of the container by its name"
if flock --help >/dev/null 2>&1 && busybox --list | grep -qx flock; then
  run run -d --name locked busybox sh -c 'exec flock /lock sleep 1000'
  eventually floe exec locked test -e /lock
  run checkpoint locked --export "$work/locked.tar.zst"
  expect_status 2
  expect_match "$err" "container locked: "
  run exec locked true
  expect_status 0
  run rm -f locked
fi

step "a root with letters that are not ASCII"
plain_root=$FLOE_ROOT
plain_run=$FLOE_RUNROOT
export FLOE_ROOT="$work/größe, ü" FLOE_RUNROOT="$plain_run/é"
run image import "$work/rootfs" busybox
run run -d --name web busybox sleep 1000
expect_status 0
run checkpoint web --export "$work/web.tar.zst"
expect_status 0
run rm web
run restore "$work/web.tar.zst"
expect_status 0
run rm -f web
expect_status 0
export FLOE_ROOT=$plain_root FLOE_RUNROOT=$plain_run
