#!/bin/bash
# Goal: a server behind a published port on a network of Podman's comes back through floe with its
# address, its MAC and its port, and goes on serving.
# Method: busybox httpd on a bridge with a fixed address, checkpointed by Podman, restored by floe,
# asked over the address and over the port; then with another port.
source "$(dirname "$0")/../support/scenario.sh" || exit 1
source "$(dirname "$0")/podman.sh" || exit 1

podman_store
busybox_rootfs
mkdir "$work/rootfs/www" && echo served >"$work/rootfs/www/page"
podman_image
network=floe-interop-$$
podman network create --subnet 10.214.8.0/24 "$network" >/dev/null || fail "no network"
port=$((20000 + $$ % 10000))
archive=$work/web.tar.zst

described() {
  podman inspect --format \
    '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.MacAddress}}{{end}}' web
}
# serves ADDRESS [PORT]
serves() (
  exec 3<>"/dev/tcp/$1/${2:-80}" || exit 1
  printf 'GET /page HTTP/1.0\r\n\r\n' >&3
  timeout 5 cat <&3 | grep -qx served
) 2>/dev/null

step "a server with a fixed address and a published port"
podman run -d --name web --network "$network" --ip 10.214.8.77 -p "127.0.0.1:$port:80" "$image" \
  httpd -f -p 80 -h /www >/dev/null || fail "podman run failed"
eventually serves 10.214.8.77
eventually serves 127.0.0.1 "$port"
before=$(described)
podman container checkpoint --export "$archive" web >/dev/null || skip "CRIU cannot dump sockets here"
podman rm --force --time 0 web >/dev/null
! serves 127.0.0.1 "$port" || fail "something else serves"

step "floe restores it: same address, same MAC, same port"
run restore --import "$archive"
expect_status 0
expect_equal "$(described)" "$before"
eventually serves 10.214.8.77
eventually serves 127.0.0.1 "$port"
podman restart --time 0 web >/dev/null || fail "podman restart does not work"
eventually serves 127.0.0.1 "$port"
podman rm --force --time 0 web >/dev/null

step "with another port"
run restore --import "$archive" --publish "127.0.0.1:$((port + 1)):80"
expect_status 0
eventually serves 127.0.0.1 "$((port + 1))"
! serves 127.0.0.1 "$port" || fail "the archived port is still published"
podman rm --force --time 0 web >/dev/null

step "a port in use, a network that is gone: the message says what to do"
podman run -d --name other --network "$network" -p "127.0.0.1:$port:80" "$image" sleep 1000 >/dev/null
run restore --import "$archive"
expect_status 2
expect_match "$err" "publish other ports with --publish"
podman rm --force --time 0 other >/dev/null
podman network rm "$network" >/dev/null
run restore --import "$archive"
expect_status 2
expect_match "$err" "make that network first: podman network create"
podman network create --subnet 10.214.8.0/24 "$network" >/dev/null
run restore --import "$archive" --publish "70000:80"
expect_status 64
expect_match "$err" "--publish"

step "--publish and --pod need Podman"
run restore --to native --import "$archive" --publish 1234:80
expect_status 64
expect_match "$err" "native containers have neither pods nor published ports"
