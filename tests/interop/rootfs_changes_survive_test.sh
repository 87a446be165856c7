#!/bin/bash
# Goal: a changed root filesystem comes back identical, with floe and with stock Podman: modified
# files, changed owners and modes, directories that were deleted and made again, files that became
# directories and the reverse, links, ACLs and xattrs.
# Method: the image brings a tree, the container's process changes it in every way, and a manifest
# (types, modes, owners, links, contents, xattrs, ACLs) is taken before the checkpoint and after
# the restore.
source "$(dirname "$0")/../support/scenario.sh" || exit 1
source "$(dirname "$0")/podman.sh" || exit 1
source "$(dirname "$0")/tree_changes.sh" || exit 1

podman_store
busybox_rootfs
image_tree "$work/rootfs/t"
podman_image

for restorer in floe podman; do
  step "a container changes its root filesystem, for $restorer"
  run run -d --name changed "$image" sh -c 'while :; do usleep 100000; done'
  expect_status 0
  root=$(floe_root changed)
  manifest "$root/t" >"$work/image.manifest"
  change_tree "$root/t"
  manifest "$root/t" >"$work/changed.manifest"
  ! cmp -s "$work/image.manifest" "$work/changed.manifest" || fail "nothing changed"
  for brought in user.floe=0x6f6c64 user:1234:r--; do
    grep -q "^$brought" "$work/image.manifest" || fail "the image came without $brought"
  done
  run checkpoint changed --export "$work/$restorer.tar.zst"
  expect_status 0
  run rm --force changed
  expect_status 0

  step "$restorer restores it: nothing may differ"
  if [ "$restorer" = floe ]; then
    run restore --import "$work/$restorer.tar.zst"
    expect_status 0
    root=$(floe_root changed)
  else
    podman container restore --import "$work/$restorer.tar.zst" >/dev/null ||
      fail "podman refused the archive"
    root=$(podman_root changed)
  fi
  expect_same_tree "$work/changed.manifest" "$root/t"
  if [ "$restorer" = floe ]; then
    run rm --force changed
    expect_status 0
  else
    podman rm --force --time 0 changed >/dev/null
  fi
done
