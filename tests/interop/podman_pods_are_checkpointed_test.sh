#!/bin/bash
# Goal: a pod is checkpointed as a whole or not at all.
# Method: a real pod of Podman with two containers that count into files, one behind the other in
# nothing; a target that is taken makes one member fail.
source "$(dirname "$0")/../support/scenario.sh" || exit 1
source "$(dirname "$0")/podman.sh" || exit 1

podman_store
busybox_rootfs
podman_image
archives=$work/archives
mkdir "$archives"
pods_need=$(podman info --format '{{.Host.OCIRuntime.Name}}')
expect_equal "$pods_need" runc

step "Podman runs a pod"
podman pod create --name shop --infra-image "$image" --infra-command 'sleep 100000' >/dev/null ||
  fail "podman could not make a pod"
for name in shop-a shop-b; do
  podman run -d --pod shop --name "$name" -v "data-$name:/data" "$image" sh -c "$counter" >/dev/null ||
    fail "podman run failed"
  eventually counts_beyond "$(podman_root "$name")/count" 3
done
running() { [ "$(podman inspect --format '{{.State.Status}}' "$1")" = running ]; }

step "If one member cannot be saved, none is, and all run on"
: >"$archives/shop-b.tar.zst"
run checkpoint --pod shop --export-dir "$archives" --format json
expect_status 2
expect_json "$out" '[.results[] | select(.outcome == "done")] | length' 0
[ ! -e "$archives/shop-a.tar.zst" ] || fail "one member was archived alone"
for name in shop-a shop-b; do
  running "$name" || fail "$name does not run"
  at=$(last_count "$(podman_root "$name")/data/count")
  eventually counts_beyond "$(podman_root "$name")/data/count" "$at"
done
rm "$archives/shop-b.tar.zst"

step "All members are saved; the infra container is not among them"
run checkpoint --pod shop --leave-running --export-dir "$archives" --format json
expect_status 0
expect_json "$out" '[.results[].name] | sort | join(" ")' "shop-a shop-b"
for name in shop-a shop-b; do
  running "$name" || fail "$name does not run"
done

step "With --overwrite what was there stays if one member cannot be saved"
small=$work/podman/small # where mounts are taken away in the end
mkdir "$small"
mount -t tmpfs -o size=2m tmpfs "$small"
run checkpoint --pod shop --leave-running --export-dir "$small"
expect_status 0
before=$(sha256sum "$small"/*)
head -c 4000000 /dev/urandom >"$(podman_root shop-b)/data/noise"
run checkpoint --pod shop --leave-running --overwrite --export-dir "$small"
expect_status 2
expect_equal "$(sha256sum "$small"/*)" "$before"
rm "$(podman_root shop-b)/data/noise"
run checkpoint --pod shop --leave-running --overwrite --export-dir "$small"
expect_status 0
[ "$(sha256sum "$small"/*)" != "$before" ] || fail "nothing was replaced"
umount "$small"

step "A paused member is not left behind"
podman pause shop-b >/dev/null
run checkpoint --pod shop --export-dir "$archives" --overwrite
expect_status 2
expect_match "$err" "its container shop-b is paused"
podman unpause shop-b >/dev/null
running shop-a || fail "shop-a does not run"

step "The infra container alone is refused, with what to do"
infra=$(podman pod inspect shop | jq -r '.InfraContainerID')
run checkpoint --leave-running --export "$archives/infra.tar.zst" "$infra"
expect_status 2
expect_match "$err" "--pod shop"

step "A stopped pod member resumes from its bundle"
run checkpoint --pod shop
expect_status 0
for name in shop-a shop-b; do
  ! running "$name" || fail "$name still runs"
  before=$(last_count "$(podman volume inspect --format '{{.Mountpoint}}' "data-$name")/count")
  podman container restore "$name" >/dev/null || fail "podman could not resume $name"
  expect_counting "$(podman_root "$name")" "$before"
done

step "A pod that is not there, or does not run, is named"
run checkpoint --pod no-such --export-dir "$archives"
expect_status 2
expect_match "$err" "no-such"
podman pod stop --time 0 shop >/dev/null
run checkpoint --pod shop --export-dir "$archives"
expect_status 2
expect_match "$err" "none of its containers runs"
podman pod rm --force --time 0 shop >/dev/null

step "Members that are restored into a pod share its /dev/shm again, with what was in it"
podman pod create --name shop --infra-image "$image" --infra-command 'sleep 100000' >/dev/null
for name in shop-c shop-d; do
  podman run -d --pod shop --name "$name" "$image" sleep 100000 >/dev/null || fail "podman run failed"
done
podman exec shop-c sh -c 'echo kept >/dev/shm/file'
run checkpoint --pod shop --export-dir "$archives"
expect_status 0
podman pod rm --force --time 0 shop >/dev/null
podman pod create --name shop --infra-image "$image" --infra-command 'sleep 100000' >/dev/null
podman pod start shop >/dev/null
for name in shop-c shop-d; do
  run restore --pod shop "$archives/$name.tar.zst"
  expect_status 0
  expect_equal "$(podman exec "$name" cat /dev/shm/file)" kept
done
expect_match "$err" "the pod has files in its /dev/shm already"
podman exec shop-d sh -c 'echo newer >/dev/shm/file'
expect_equal "$(podman exec shop-c cat /dev/shm/file)" newer
podman pod rm --force --time 0 shop >/dev/null || fail "the pod cannot be removed"
[ -z "$(awk -v below="$work/podman/graph/overlay-containers/" 'index($5, below) == 1' /proc/self/mountinfo)" ] ||
  fail "a mount was left"
