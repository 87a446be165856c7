#!/bin/bash
# Goal: CRIU locks the network of a container only where a packet could reach a socket, and what was
# dumped without a lock comes back with floe and with Podman.
# Method: two containers of Podman's on a bridge network, one with a server, one without any socket;
# an iptables-restore in PATH that notes whether CRIU calls it.
source "$(dirname "$0")/../support/scenario.sh" || exit 1
source "$(dirname "$0")/podman.sh" || exit 1

podman_store
need_programs iptables-restore
busybox_rootfs
podman_image

calls=$work/lock.calls
printf '#!/bin/sh\necho called >>%q\nexec %q "$@"\n' "$calls" "$(command -v iptables-restore)" \
  >"$work/bin/iptables-restore"
chmod 755 "$work/bin/iptables-restore"
checkpoint() { # NAME [OPTION...]
  : >"$calls"
  run checkpoint --export "$work/$1.tar.zst" --overwrite "$@"
  expect_status 0
}

step "One without sockets is dumped without a lock"
podman run -d --name worker -v data:/data "$image" sh -c "$counter" >/dev/null || fail "podman run failed"
eventually counts_beyond "$(podman_root worker)/count" 3
checkpoint worker --leave-running
[ ! -s "$calls" ] || fail "CRIU locked the network of a container without sockets"
at=$(last_count "$(podman_root worker)/count")
eventually counts_beyond "$(podman_root worker)/count" "$at"

step "What was dumped so comes back with Podman and with floe"
checkpoint worker
[ ! -s "$calls" ] || fail "CRIU locked the network of a container without sockets"
at=$(last_count "$(podman volume inspect --format '{{.Mountpoint}}' data)/count")
podman rm worker >/dev/null
podman volume rm data >/dev/null
podman container restore --import "$work/worker.tar.zst" >/dev/null || fail "podman could not restore it"
expect_counting "$(podman_root worker)" "$at"
podman rm --force --time 0 worker >/dev/null
podman volume rm data >/dev/null
run restore --import "$work/worker.tar.zst"
expect_status 0
expect_counting "$(podman_root worker)" "$at"

step "One with a server is dumped with a lock"
podman run -d --name server "$image" httpd -f -p 80 -h / >/dev/null || fail "podman run failed"
pid=$(podman inspect --format '{{.State.Pid}}' server)
eventually grep -q ':0050 .* 0A ' "/proc/$pid/net/tcp6" "/proc/$pid/net/tcp"
checkpoint server --leave-running
[ -s "$calls" ] || fail "CRIU did not lock the network of a server"

step "So is one without sockets in a pod with a server"
podman pod create --name together --infra-image "$image" --infra-command "sleep 100000" >/dev/null ||
  fail "podman pod create failed"
podman run -d --pod together --name listens "$image" httpd -f -p 80 -h / >/dev/null
podman run -d --pod together --name quiet "$image" sleep 1000 >/dev/null
pid=$(podman inspect --format '{{.State.Pid}}' listens)
eventually grep -q ':0050 .* 0A ' "/proc/$pid/net/tcp6" "/proc/$pid/net/tcp"
checkpoint quiet --leave-running
[ -s "$calls" ] || fail "CRIU did not lock a network with a server"
