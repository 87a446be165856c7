#!/bin/bash
# Goal: connections between processes of one container, over its own loopback device, survive: in
# place and in an archive, as floe's own and as Podman's, and with Podman alone where floe stopped it.
# Method: a client that goes on sending numbers to a server over one connection; what the server got
# must go on where it was, from the same port of the client.
source "$(dirname "$0")/../support/scenario.sh" || exit 1
source "$(dirname "$0")/podman.sh" || exit 1

podman_store
busybox_rootfs
podman_image

# One connection: what is sent over another one would not come from the same port.
program='sleep 100000 | busybox nc -l -p 7000 >>/received & sleep 1
i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done | busybox nc 127.0.0.1 7000'

in_container() { # SOURCE COMMAND...: in the one container
  if [ "$1" = podman ]; then podman exec talk "${@:2}"; else floe exec own "${@:2}"; fi
}
received() { in_container "$1" tail -n 1 /received 2>/dev/null; }
connection() { in_container "$1" netstat -tn | awk '$6 == "ESTABLISHED" {print $4 " " $5}' | sort; }
has_received_beyond() { # SOURCE NUMBER
  local last
  last=$(received "$1") && [ "${last:-0}" -gt "$2" ]
}

expect_talking() { # SOURCE: as before
  eventually has_received_beyond "$1" "$at"
  expect_equal "$(connection "$1")" "$connected"
}

remember() { # SOURCE
  eventually has_received_beyond "$1" 3
  connected=$(connection "$1")
  expect_match "$connected" "127.0.0.1:7000"
  at=$(received "$1")
}

step "floe's own, in place"
run run --detach --name own "$image" sh -c "$program"
expect_status 0
remember native
run checkpoint --tcp-established own
expect_status 0
run restore --tcp-established own
expect_status 0
expect_talking native

step "floe's own, from an archive"
at=$(received native)
run checkpoint --tcp-established --export "$work/own.tar.zst" own
expect_status 0
floe rm own >/dev/null
run restore --tcp-established --to native "$work/own.tar.zst"
expect_status 0
expect_talking native
floe rm --force own >/dev/null

step "Podman's, in place"
podman run --detach --name talk --network none "$image" sh -c "$program" >/dev/null
remember podman
bundle=$(podman inspect --format '{{.StaticDir}}' talk)
run checkpoint --tcp-established talk
expect_status 0
run ps --all --filter name=talk --format '{{.Status}}'
expect_match "$out" checkpointed
run inspect --format '{{.State.Checkpointed}}' talk
expect_equal "$out" true
run restore --tcp-established talk
expect_status 0
expect_talking podman
expect_equal "$(jq .hooks "$bundle/config.json")" null

step "Podman's, stopped by floe and resumed by Podman"
at=$(received podman)
run checkpoint --tcp-established talk
expect_status 0
podman container restore --tcp-established talk >/dev/null || fail "podman could not resume it"
expect_talking podman

step "Podman's, from an archive, with nothing of ours in it"
at=$(received podman)
run checkpoint --tcp-established --export "$work/talk.tar.zst" talk
expect_status 0
expect_equal "$(zstd -dc "$work/talk.tar.zst" | tar -xO spec.dump | jq .hooks)" null
podman rm talk >/dev/null
run restore --tcp-established "$work/talk.tar.zst"
expect_status 0
expect_talking podman
expect_equal "$(jq .hooks "$(podman inspect --format '{{.StaticDir}}' talk)/config.json")" null

step "what was started since is not resumed from its checkpoint"
run checkpoint --tcp-established talk
expect_status 0
podman start talk >/dev/null
podman stop --time 0 talk >/dev/null 2>&1
run ps --all --filter name=talk --format '{{.Status}}'
expect_no_match "$out" checkpointed
run restore --source podman --all
expect_status 0
expect_match "$err" "there was nothing to do"
run restore --tcp-established talk
expect_status 2
expect_match "$err" "it has been started since its checkpoint was made"

step "what was kept by a restore can be resumed again"
podman rm --force --time 0 talk >/dev/null
run restore --keep --tcp-established "$work/talk.tar.zst"
expect_status 0
expect_talking podman
podman stop --time 0 talk >/dev/null 2>&1
run restore --tcp-established talk
expect_status 0
expect_talking podman
