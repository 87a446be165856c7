#!/bin/bash
# Goal: floe brings an archive back as a container of Podman's, whoever wrote the archive: it counts
# on, its trees are what they were, and podman ps, logs, inspect, stop, start and rm handle it.
# Method: a container with a volume and a changed root filesystem is checkpointed by floe and by
# podman container checkpoint --export, removed, and restored by floe into Podman; the archives of
# Podman's without being told to.
source "$(dirname "$0")/../support/scenario.sh" || exit 1
source "$(dirname "$0")/podman.sh" || exit 1

podman_store
busybox_rootfs
mkdir -p "$work/rootfs/again/old" && touch "$work/rootfs/again/old/file" "$work/rootfs/gone"
podman_image

# What it also says, for podman logs.
said='echo first word; '

change() {
  eventually counts_beyond "$1/count" 3
  make_tree "$1/data/tree"
  make_tree "$1/made"
  rm -r "$1/again" "$1/gone"
  mkdir "$1/again" && echo new >"$1/again/new"
  manifest "$1/data/tree" >"$work/volume.manifest"
  manifest "$1/made" >"$work/rootfs.manifest"
  manifest "$1/again" >"$work/again.manifest"
}

make_with_floe() {
  # Limits that Podman may set again, on any host, when it starts another process.
  run run -d --name job --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 -v data:/data "$image" \
    sh -c "$said$counter"
  expect_status 0
  change "$(floe_root job)"
  run checkpoint job --export "$archive" --compress "$compression"
  expect_status 0
  run volume inspect data
  before=$(last_count "$(jq -er '.[0].Mountpoint' <<<"$out")/count")
  run rm --force job
  expect_status 0
  run volume rm data
  expect_status 0
}

make_with_podman() {
  podman run -d --network none --name job -v data:/data "$image" sh -c "$said$counter" >/dev/null ||
    fail "podman run failed"
  change "$(podman_root job)"
  podman container checkpoint --export "$archive" --compress "$compression" job >/dev/null ||
    fail "podman could not checkpoint it"
  before=$(last_count "$(podman volume inspect --format '{{.Mountpoint}}' data)/count")
  podman rm --force --time 0 job >/dev/null
  podman volume rm data >/dev/null
}

expect_ordinary_container() {
  local id
  id=$(podman inspect --format '{{.Id}}' job)
  podman ps --format '{{.Names}} {{.Status}}' | grep -q '^job Up' || fail "podman ps lacks it"
  podman logs job | grep -q 'first word' || fail "podman logs lost what it had said"
  podman exec job true || fail "podman exec does not work"
  [ "$(podman inspect --format '{{.State.Restored}}' job)" = true ] || fail "it is not restored"
  podman stop --time 0 job >/dev/null || fail "podman stop does not work"
  podman start job >/dev/null || fail "podman start does not work"
  [ "$(podman inspect --format '{{.State.Running}}' job)" = true ] || fail "it was not started anew"
  podman restart --time 0 job >/dev/null || fail "podman restart does not work"
  podman rm --force --time 0 job >/dev/null || fail "podman rm does not work"
  [ ! -e "$work/podman/graph/overlay-containers/$id" ] || fail "podman rm left its bundle"
}

for maker in floe podman; do
  for compression in zstd none; do
    archive=$work/$maker-$compression.tar
    step "$maker makes an archive ($compression)"
    "make_with_$maker"

    step "floe restores it as a container of Podman's ($maker, $compression)"
    if [ "$maker" = floe ]; then
      run restore --to podman --import "$archive" --format json
    else
      run restore --import "$archive" --format json
    fi
    expect_status 0
    expect_json "$out" '.results[0].name' job
    expect_json "$out" '.results[0] | ([.stages[].microseconds] | add) == (.total_ms * 1000 | round)' \
      true
    [ "$(jq -r '.results[0].criu_statistics.pages_restored' <<<"$out")" -gt 0 ] ||
      fail "no statistics of CRIU"
    root=$(podman_root job)
    expect_counting "$root" "$before"
    expect_same_tree "$work/volume.manifest" "$root/data/tree"
    expect_same_tree "$work/rootfs.manifest" "$root/made"
    expect_same_tree "$work/again.manifest" "$root/again"
    [ ! -e "$root/gone" ] || fail "a deleted file came back"
    run ps --all --quiet --source native
    expect_equal "$out" ""
    expect_ordinary_container
    podman volume rm data >/dev/null
    [ -z "$(find "$work/podman/graph" -maxdepth 1 -name '.staging*')" ] ||
      fail "a directory was left in Podman's storage"
    echo "   it went on from $before"
  done
done

step "another container of the same archive, beside the first one"
run restore --to podman --import "$archive"
expect_status 0
run restore --to podman --import "$archive" --name twin --ignore-volumes
expect_status 0
[ "$(podman ps --quiet | wc -l)" -eq 2 ] || fail "there are not two of them"
eventually counts_beyond "$(podman_root twin)/count" "$before"

step "with --keep the checkpoint stays, and can be restored again in place"
podman rm --force --time 0 twin >/dev/null
podman rm --force --time 0 job >/dev/null
run restore --to podman --import "$archive" --ignore-volumes --keep
expect_status 0
bundle=$work/podman/graph/overlay-containers/$(podman inspect --format '{{.Id}}' job)/userdata
[ -e "$bundle/checkpoint/inventory.img" ] || fail "the images are gone"
[ ! -e "$bundle/rootfs-diff.tar" ] || fail "a later restore would wait at it"
podman stop --time 0 job >/dev/null
podman container restore job >/dev/null || fail "Podman does not restore what was kept"

step "containers that share a volume, without its content"
podman rm --force --time 0 job >/dev/null
podman volume rm data >/dev/null
for name in one two; do
  podman run --detach --network none --name "$name" -v data:/data "$image" sleep 1000 >/dev/null
done
run checkpoint --export-dir "$work" one two
expect_status 0
podman rm one two >/dev/null
podman volume rm data >/dev/null
run restore --ignore-volumes "$work/one.tar.zst" "$work/two.tar.zst"
expect_status 0
expect_equal "$(podman ps --quiet --filter volume=data | wc -l)" 2
