#!/bin/bash
# Goal: an image that `podman container checkpoint --create-image` made is restored by floe as a
# container of Podman's or of floe's own, with its memory, files and addresses (behaviours.md
# section 23, D10: Podman alone loses the addresses).
# Method: a counter on a network with an address of its own, checkpointed into an image, removed,
# and restored by Podman alone and by floe.
source "$(dirname "$0")/../support/scenario.sh" || exit 1
source "$(dirname "$0")/podman.sh" || exit 1

podman_store
busybox_rootfs
podman_image
network=floe-image-$$
saved=localhost/counter:saved
podman network create --subnet 10.213.8.0/24 "$network" >/dev/null || fail "no network"

addresses() {
  podman inspect --format \
    '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.MacAddress}}{{end}}' "$1"
}

step "a container becomes an image"
podman run -d --name web --network "$network" -v web-data:/data "$image" sh -c "$counter" \
  >/dev/null || fail "podman run failed"
before=$(addresses web)
root=$(podman_root web)
eventually counts_beyond "$root/data/count" 3
podman container checkpoint --create-image "$saved" web >/dev/null ||
  fail "podman could not make an image"
reached=$(last_count "$work/podman/graph/volumes/web-data/_data/count")
podman rm web >/dev/null
podman volume rm web-data >/dev/null

step "D10: Podman alone loses the addresses"
# Somebody else has got the address meanwhile, as in any network where containers come and go.
podman run -d --name other --network "$network" "$image" sh -c 'sleep 1000' >/dev/null
podman rm --force --time 0 other >/dev/null
podman container restore "$saved" >/dev/null || fail "podman could not restore its image"
[ "$(addresses web)" = "$before" ] ||
  echo "   podman $(podman --version | cut -d ' ' -f 3) alone: $before became $(addresses web)"
podman rm --force --time 0 web >/dev/null
podman volume rm web-data >/dev/null

step "floe shows what is in it by the directory of its layer"
layer=$(podman image inspect --format '{{.GraphDriver.Data.UpperDir}}' "$saved")
run show "$layer"
expect_status 0
expect_match "$out" "web"

step "floe restores it as a container of Podman's"
run restore "$saved"
expect_status 0
expect_equal "$(addresses web)" "$before"
expect_counting "$(podman_root web)" "$reached"
run restore "$saved"
expect_status 2
expect_match "$err" "already in use"
podman rm --force --time 0 web >/dev/null
podman volume rm web-data >/dev/null

step "floe restores it as its own, under a new name"
podman rm --force --all --time 0 >/dev/null
run restore --to native --name mine "$saved"
expect_status 2
expect_match "$err" "network"
podman run -d --name alone --network none -v web-data:/data "$image" sh -c "$counter" >/dev/null
eventually counts_beyond "$(podman_root alone)/data/count" 3
podman container checkpoint --create-image "$saved" alone >/dev/null || fail "no image"
reached=$(last_count "$work/podman/graph/volumes/web-data/_data/count")
podman rm alone >/dev/null
run restore --to native --name mine "$saved"
expect_status 0
expect_counting "$(floe_root mine)" "$reached"
"$FLOE" rm -f mine >/dev/null
"$FLOE" volume rm web-data >/dev/null

step "an ordinary image is not a checkpoint, and options for archives need one"
run restore "$image"
expect_status 2
expect_match "$err" "image is not a checkpoint"
run restore no-such-thing
expect_status 2
expect_match "$err" "no-such-thing"
podman run -d --name here --network none "$image" sh -c 'sleep 1000' >/dev/null
podman container checkpoint here >/dev/null
run restore --name new here
expect_status 64
expect_match "$err" "--name can only be used with image or --import"
run restore here
expect_status 0
