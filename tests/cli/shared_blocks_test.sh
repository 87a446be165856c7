#!/bin/bash
# Goal: a plain archive on a file system that can share blocks shares those of the volumes, is the
# archive that another file system gets, and comes back as it was.
# Method: XFS on a loop device with floe's store and the archives on it; what is used there tells
# whether blocks are shared.
source "$(dirname "$0")/../support/scenario.sh"
need_root
need_programs runc conmon jq mkfs.xfs losetup
need_criu
scratch_store
busybox_image

mount_point=$work/xfs
store=$FLOE_ROOT
unmount_xfs() { umount "$mount_point" 2>/dev/null || umount -l "$mount_point" 2>/dev/null || true; }
xfs_end() {
  local code=$?
  "$FLOE" rm --force --all >/dev/null 2>&1 || true
  unmount_xfs
  FLOE_ROOT=$store
  (exit "$code")
  scenario_end
}
trap xfs_end EXIT
mkdir "$mount_point"
truncate -s 1G "$work/disk"
mkfs.xfs -q -m reflink=1 "$work/disk"
mount -o loop "$work/disk" "$mount_point" || { echo "no loop device can be mounted here"; exit 77; }
export FLOE_ROOT=$mount_point/root
run image import "$work/rootfs" busybox
expect_status 0
run run -d --name web -v data:/data --network none busybox sh -c 'exec sleep 1000'
expect_status 0
data=$FLOE_ROOT/volumes/data/_data
for i in 1 2 3 4; do head -c 50000001 /dev/urandom >"$data/large-$i"; done
for i in $(seq 200); do head -c 3000 /dev/urandom >"$data/small-$i"; done
truncate -s 30000000 "$data/hole" && echo end >>"$data/hole"
sync
used() { df --output=used -k "$mount_point" | tail -n 1; }

step "its large files take no room in the archive"
before=$(used)
run checkpoint web --leave-running --compress none --export "$mount_point/web.tar"
expect_status 0
sync
grown=$(($(used) - before))
((grown < 20000)) || fail "200 MB of data took $grown kB"
run verify "$mount_point/web.tar"
expect_status 0

step "elsewhere the same is written"
run checkpoint web --leave-running --compress none --export "$work/web.tar"
expect_status 0
mkdir "$work/a" "$work/b"
tar -C "$work/a" -xf "$mount_point/web.tar" volumes/data.tar
tar -C "$work/b" -xf "$work/web.tar" volumes/data.tar
cmp "$work/a/volumes/data.tar" "$work/b/volumes/data.tar" || fail "the archives differ"
(cd "$data" && sha256sum ./* >"$work/sums")

step "a later change of the files does not reach the archive, and it comes back as it was"
for i in 1 2 3 4; do echo changed | dd of="$data/large-$i" bs=1 seek=20000000 conv=notrunc 2>/dev/null; done
run verify "$mount_point/web.tar"
expect_status 0
run rm -f web
run volume rm data
run restore "$mount_point/web.tar"
expect_status 0
(cd "$data" && sha256sum --quiet -c "$work/sums") || fail "the files are not what they were"

step "there need not be room for what is shared"
head -c $(($(df --output=avail -k "$mount_point" | tail -n 1) * 1024 - 100000000)) /dev/zero >"$mount_point/fill"
run checkpoint web --leave-running --compress none --export "$mount_point/again.tar"
expect_status 0
run verify "$mount_point/again.tar"
expect_status 0
