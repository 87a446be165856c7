#!/bin/bash
# Goal: what Podman's own checkpoint of a container loses or breaks, floe's checkpoint of the same
# container does not.
# Method: each loss is first shown with podman alone (where this Podman has it), then tried with
# floe on a container that was made in the same way.
source "$(dirname "$0")/../support/scenario.sh" || exit 1
source "$(dirname "$0")/podman.sh" || exit 1
source "$(dirname "$0")/tree_changes.sh" || exit 1

podman_store
busybox_rootfs
image_tree "$work/rootfs/t"
podman_image
bundle_of() { podman inspect --format '{{.StaticDir}}' "$1"; }
state_of() { podman inspect --format '{{.State.Status}}' "$1"; }

# changed_container NAME: runs, with everything in /t changed; the manifest is $work/changed.manifest.
changed_container() {
  podman run -d --network none --name "$1" "$image" sh -c 'while :; do usleep 100000; done' >/dev/null ||
    fail "podman run failed"
  change_tree "$(podman_root "$1")/t"
  manifest "$(podman_root "$1")/t" >"$work/changed.manifest"
}

step "Podman alone cannot save all changes of a root filesystem"
changed_container alone
if ! podman container checkpoint --export "$work/alone.tar" alone >/dev/null 2>"$work/alone.errors"; then
  echo "   Podman cannot even export it: $(tail -n 1 "$work/alone.errors")"
else
  podman rm alone >/dev/null
  podman container restore --import "$work/alone.tar" >/dev/null || fail "podman could not restore its own archive"
  manifest "$(podman_root alone)/t" >"$work/alone.manifest"
  echo "   $(diff "$work/changed.manifest" "$work/alone.manifest" | grep -c '^[<>]') lines of the manifest differ"
fi
podman rm --force --time 0 alone >/dev/null

step "floe loses none of them, and Podman restores what floe saved"
changed_container kept
run checkpoint --export "$work/kept.tar.zst" kept
expect_status 0
podman rm kept >/dev/null
podman container restore --import "$work/kept.tar.zst" >/dev/null || fail "podman could not restore floe's archive"
expect_same_tree "$work/changed.manifest" "$(podman_root kept)/t"
podman rm --force --time 0 kept >/dev/null

step "A container with dependencies is refused before it is touched; Podman kills it first"
podman run -d --network none --name base "$image" sleep 100000 >/dev/null
for name in tied-podman tied-floe; do
  podman run -d --network container:base --name "$name" "$image" sleep 100000 >/dev/null
done
! podman container checkpoint --export "$work/tied.tar" tied-podman >/dev/null 2>&1 ||
  fail "this Podman exports containers with dependencies"
echo "   with Podman it is $(state_of tied-podman) afterwards"
run checkpoint --export "$work/tied.tar.zst" --format json tied-floe
expect_status 2
expect_json "$out" '.results[0].error.code' has_dependencies
expect_equal "$(state_of tied-floe)" running
podman rm --force --time 0 tied-podman >/dev/null
podman rm --force --time 0 tied-floe >/dev/null
podman rm --force --time 0 base >/dev/null

step "A failed precondition leaves no documents in the bundle; Podman leaves its own"
podman run -d --network none --name early "$image" sleep 100000 >/dev/null
podman pause early >/dev/null
! podman container checkpoint --export "$work/early.tar" early >/dev/null 2>&1 || fail "it was paused"
[ ! -e "$(bundle_of early)/config.dump" ] || echo "   Podman left config.dump"
rm -f "$(bundle_of early)"/{config,spec}.dump
run checkpoint --export "$work/early.tar.zst" early
expect_status 2
[ ! -e "$(bundle_of early)/config.dump" ] && [ ! -e "$(bundle_of early)/spec.dump" ] ||
  fail "floe left documents"
podman unpause early >/dev/null

step "Missing memory tracking is noticed before anything is done"
if "$FLOE_CRIU" check --feature mem_dirty_track >/dev/null 2>&1; then
  echo "   this kernel has memory tracking"
else
  run checkpoint --pre-checkpoint --format json early
  expect_status 69
  expect_json "$out" '.results[0].error.code' unsupported
  [ ! -e "$(bundle_of early)/pre-checkpoint" ] || fail "floe left a pre-checkpoint"
  expect_equal "$(state_of early)" running
fi

step "The host's /dev/shm does not get into an archive"
podman run -d --network none --ipc host --name host-ipc "$image" sleep 100000 >/dev/null
echo secret >/dev/shm/floe-interop-secret
run checkpoint --leave-running --export "$work/ipc.tar.zst" host-ipc
rm -f /dev/shm/floe-interop-secret
if [ "$status" -eq 0 ]; then
  ! zstd -dcq "$work/ipc.tar.zst" | tar -t | grep -q devshm || fail "/dev/shm of the host is in the archive"
else
  echo "   CRIU cannot dump it here: $(head -n 1 <<<"$err")"
fi

step "A volume of another driver, and a root filesystem that Podman does not manage, are named"
mkdir "$work/bare"
cp -a "$work/rootfs/." "$work/bare"
podman run -d --network none --name bare --rootfs "$work/bare" sleep 100000 >/dev/null
run checkpoint --leave-running --export "$work/bare.tar.zst" bare
expect_status 2
expect_match "$err" "$work/bare"
expect_equal "$(state_of bare)" running
podman volume create --driver image --opt "image=$image" pictures >/dev/null
podman run -d --network none --name gallery -v pictures:/pictures "$image" sleep 100000 >/dev/null
run checkpoint --leave-running --export "$work/gallery.tar.zst" gallery
expect_status 2
expect_match "$err" "volume pictures has the driver image"
[ ! -e "$work/gallery.tar.zst" ] || fail "it was archived without a volume"
run checkpoint --leave-running --ignore-volumes --export "$work/gallery.tar.zst" gallery
expect_status 0
expect_equal "$(state_of gallery)" running
