#!/bin/bash
# Goal: a process that held a file lock holds it after its restore, asked for or not: it would go on
# as if nobody else could get it.
# Method: flock(1) of this machine in a container of floe's and one of Podman's; whether somebody
# else gets the lock is tried in the container.
source "$(dirname "$0")/../support/scenario.sh" || exit 1
source "$(dirname "$0")/podman.sh" || exit 1

podman_store
need_programs flock ldd
busybox_rootfs
cp "$(command -v flock)" "$work/rootfs/bin/flock"
for library in $(ldd "$(command -v flock)" | grep -o '/[^ ]*'); do
  install -D "$library" "$work/rootfs$library"
done
podman_image

is_locked() { # COMMAND...: that executes something in the container
  ! "$@" flock --nonblock /lock true
}
own() { floe exec own "$@"; }
holder() { podman exec holder "$@"; }

step "without --file-locks a container that holds one is not dumped, and the message says what to do"
run run --detach --name own "$image" flock /lock sleep 100000
expect_status 0
podman run --detach --name holder --network none "$image" flock /lock sleep 100000 >/dev/null
for name in own holder; do
  eventually is_locked "$name"
  run checkpoint "$name"
  expect_status 2
  expect_match "$err" "use --file-locks"
  is_locked "$name" || fail "$name lost its lock"
done

step "in place"
for name in own holder; do
  run checkpoint --file-locks "$name"
  expect_status 0
  run restore "$name"
  expect_status 0
  is_locked "$name" || fail "$name lost its lock"
done

step "from an archive"
for name in own holder; do
  run checkpoint --file-locks --export "$work/$name.tar.zst" "$name"
  expect_status 0
done
floe rm own >/dev/null
podman rm holder >/dev/null
run restore "$work/holder.tar.zst"
expect_status 0
run restore --to native "$work/own.tar.zst"
expect_status 0
for name in own holder; do
  is_locked "$name" || fail "$name lost its lock"
done
