#!/bin/bash
# Goal: stock Podman restores what floe checkpointed, whatever the compression.
# Method: a floe container of an image in Podman's storage, with a volume and a changed root
# filesystem, is checkpointed, removed, and restored by podman container restore --import. Its
# process must count on without a gap, and both trees must be what they were.
source "$(dirname "$0")/../support/scenario.sh" || exit 1
source "$(dirname "$0")/podman.sh" || exit 1

podman_store
busybox_rootfs
podman_image

for compression in zstd gzip none; do
  step "floe runs and changes a container ($compression)"
  run run -d --name "job-$compression" -v "data-$compression:/data" "$image" sh -c "$counter"
  expect_status 0
  root=$(floe_root "job-$compression")
  eventually counts_beyond "$root/count" 3
  make_tree "$root/data/tree"
  make_tree "$root/made"
  manifest "$root/data/tree" >"$work/volume.manifest"
  manifest "$root/made" >"$work/rootfs.manifest"

  step "floe checkpoints it with --compress $compression"
  archive=$work/$compression.tar
  run checkpoint "job-$compression" --export "$archive" --compress "$compression"
  expect_status 0
  run rm --force "job-$compression"
  expect_status 0
  run volume inspect "data-$compression"
  expect_status 0
  before=$(last_count "$(jq -er '.[0].Mountpoint' <<<"$out")/count")
  run volume rm "data-$compression"
  expect_status 0

  step "Podman restores it ($compression)"
  podman container restore --import "$archive" >/dev/null || fail "podman refused the archive"
  root=$(podman_root "job-$compression")
  expect_counting "$root" "$before"
  expect_same_tree "$work/volume.manifest" "$root/data/tree"
  expect_same_tree "$work/rootfs.manifest" "$root/made"
  podman rm --force --time 0 --volumes "job-$compression" >/dev/null
  echo "   it went on from $before"
done
