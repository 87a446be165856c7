#!/bin/bash
# Goal: a container that is in namespaces of another one is resumed in those that the other one has
# now, whatever it had when the checkpoint was made, and never in anybody else's.
# Method: a container in the network of another one, and members of a pod, stopped in place; their
# owners are started anew or resumed, which gives them other processes; then the namespaces of both
# are compared.
source "$(dirname "$0")/../support/scenario.sh" || exit 1
source "$(dirname "$0")/podman.sh" || exit 1

podman_store
busybox_rootfs
podman_image

namespace_of() { # CONTAINER TYPE
  readlink "/proc/$(podman inspect --format '{{.State.Pid}}' "$1")/ns/$2"
}
expect_joined() { # CONTAINER OWNER TYPE...
  local type
  for type in "${@:3}"; do
    expect_equal "$type $(namespace_of "$1" "$type")" "$type $(namespace_of "$2" "$type")"
  done
}

step "all of a host are stopped and resumed: owners before those that are in their namespaces"
podman run --detach --name base --network none "$image" sleep 100000 >/dev/null
for name in join join2 join3 join4; do
  podman run --detach --name "$name" --network container:base "$image" sleep 100000 >/dev/null
done
for round in 1 2 3; do
  run checkpoint --all
  expect_status 0
  run restore --all
  expect_status 0
  for name in join join2 join3 join4; do expect_joined "$name" base net; done
done
podman rm --force --time 0 join2 join3 join4 >/dev/null

step "one whose owner was stopped under it: the message names that"
run checkpoint base
expect_status 0
run checkpoint join
expect_status 2
expect_match "$err" "it is in the network namespace of container base, which does not run any more"
run restore base
expect_status 0
podman restart --time 0 join >/dev/null

step "an owner that was started anew"
run checkpoint join
expect_status 0
podman restart --time 0 base >/dev/null
run restore join
expect_status 0
expect_joined join base net

step "an owner that does not run: nothing is resumed, and the message names it"
run checkpoint join
expect_status 0
podman stop --time 0 base >/dev/null 2>&1
run restore join
expect_status 2
expect_match "$err" "it is in the network namespace of container base, which does not run"
podman start base >/dev/null
run restore join
expect_status 0
expect_joined join base net
podman rm --force --time 0 join >/dev/null
podman rm --force --time 0 base >/dev/null

step "members of a pod whose infra container is started anew, or does not run"
podman pod create --name shop --infra-image "$image" --infra-command 'sleep 100000' >/dev/null
infra=$(podman pod inspect shop | jq -r .InfraContainerID)
for name in one two; do
  podman run --detach --pod shop --name "$name" "$image" sleep 100000 >/dev/null
done
run checkpoint --pod shop
expect_status 0
podman stop --time 0 "$infra" >/dev/null 2>&1
podman start "$infra" >/dev/null
run restore one
expect_status 0
expect_joined one "$infra" net ipc uts
run checkpoint one
expect_status 0
podman stop --time 0 "$infra" >/dev/null 2>&1
run restore one two
expect_status 0
for name in one two; do expect_joined "$name" "$infra" net ipc uts; done
podman pod rm --force --time 0 shop >/dev/null
