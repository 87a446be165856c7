#!/bin/bash
# Goal: floe restores what stock Podman checkpointed as a container of its own, whatever the
# compression.
# Method: a Podman container with a volume and a changed root filesystem is checkpointed by podman
# container checkpoint --export, removed, and restored by floe. Its process must count on without
# a gap, and both trees must be what they were.
source "$(dirname "$0")/../support/scenario.sh" || exit 1
source "$(dirname "$0")/podman.sh" || exit 1

podman_store
busybox_rootfs
podman_image

for compression in zstd gzip none; do
  name=job-$compression
  step "Podman runs and changes a container ($compression)"
  podman run -d --network none --name "$name" -v "data-$compression:/data" "$image" \
    sh -c "$counter" >/dev/null || fail "podman run failed"
  root=$(podman_root "$name")
  eventually counts_beyond "$root/count" 3
  make_tree "$root/data/tree"
  make_tree "$root/made"
  manifest "$root/data/tree" >"$work/volume.manifest"
  manifest "$root/made" >"$work/rootfs.manifest"

  step "Podman checkpoints it with --compress $compression"
  archive=$work/$compression.tar
  podman container checkpoint --export "$archive" --compress "$compression" "$name" >/dev/null ||
    fail "podman could not checkpoint it"
  before=$(last_count "$(podman volume inspect --format '{{.Mountpoint}}' "data-$compression")/count")
  podman rm --force --time 0 "$name" >/dev/null
  podman volume rm "data-$compression" >/dev/null

  step "floe restores it ($compression)"
  run restore --to native --import "$archive"
  expect_status 0
  root=$(floe_root "$name")
  expect_counting "$root" "$before"
  expect_same_tree "$work/volume.manifest" "$root/data/tree"
  expect_same_tree "$work/rootfs.manifest" "$root/made"
  run rm --force "$name"
  expect_status 0
  echo "   it went on from $before"
done
