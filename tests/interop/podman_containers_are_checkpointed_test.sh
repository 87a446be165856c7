#!/bin/bash
# Goal: floe checkpoints containers that Podman runs, as they are, and Podman goes on as if it had
# done that itself.
# Method: real Podman containers on a bridge network, with a volume, a process that counts in memory
# and into files; a podman in PATH that notes how it is called. Checkpoints that leave them running,
# that stop them, with and without archives; then Podman alone brings them back.
source "$(dirname "$0")/../support/scenario.sh" || exit 1
source "$(dirname "$0")/podman.sh" || exit 1

podman_store
busybox_rootfs
podman_image

# Notes every call of podman, also those of floe and conmon.
real_podman=$(command -v podman)
calls=$work/podman.calls
printf '#!/bin/sh\necho "$*" >>%q\nexec %q "$@"\n' "$calls" "$real_podman" >"$work/bin/podman"
chmod 755 "$work/bin/podman"
hash -r

start() { # NAME [OPTION...]
  local name=$1
  shift
  podman run -d --name "$name" -v "data-$name:/data" "$@" "$image" sh -c "$counter" >/dev/null ||
    fail "podman run failed"
  eventually counts_beyond "$(podman_root "$name")/count" 3
}
volume_of() { podman volume inspect --format '{{.Mountpoint}}' "data-$1"; }
state_of() { podman inspect --format '{{.State.Status}}' "$1"; }
bundle_of() { podman inspect --format '{{.StaticDir}}' "$1"; }
address_of() { podman inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.MacAddress}}{{end}}' "$1"; }
archives=$work/archives
mkdir "$archives"
# What floe knows of its networks is what Podman says.
expect_same_networks() { # NAME
  run inspect --source podman "$1"
  expect_status 0
  for key in '.HostConfig.PortBindings' '.HostConfig.RestartPolicy' '.NetworkSettings.Ports' \
    '(.NetworkSettings.Networks | map_values({IPAddress, IPPrefixLen, Gateway, MacAddress}))'; do
    expect_equal "$key $(jq -cS ".[0] | $key" <<<"$out")" "$key $(podman inspect "$1" | jq -cS ".[0] | $key")"
  done
  expect_equal "$("$FLOE" ps --filter "name=^$1\$" --format '{{.Ports}}')" \
    "$(podman ps --filter "name=^$1\$" --format '{{.Ports}}')"
}

step "One that goes on is archived without any podman process"
start web -p 127.0.0.1:18080:80 --label tier=front
make_tree "$(podman_root web)/data/tree"
make_tree "$(podman_root web)/made"
manifest "$(podman_root web)/data/tree" >"$work/volume.manifest"
manifest "$(podman_root web)/made" >"$work/rootfs.manifest"
address=$(address_of web)
expect_same_networks web
: >"$calls"
run checkpoint --leave-running --export "$archives/web.tar.zst" --format json web
expect_status 0
expect_json "$out" '.results[0].outcome' done
[ ! -s "$calls" ] || fail "podman was called: $(cat "$calls")"
expect_equal "$(state_of web)" running
at=$(last_count "$(podman_root web)/data/count")
eventually counts_beyond "$(podman_root web)/data/count" "$at"
run verify "$archives/web.tar.zst"
expect_status 0
[ ! -e "$(bundle_of web)/checkpoint" ] || fail "images were left in the bundle"
[ ! -e "$(bundle_of web)/config.dump" ] || fail "documents were left in the bundle"

step "Podman restores that archive, with address, port, memory and files"
at=$(zstd -dcq "$archives/web.tar.zst" | tar -xO volumes/data-web.tar | tar -xO ./count | tail -n 1 | cut -d ' ' -f 2)
podman rm --force --time 0 web >/dev/null
podman volume rm data-web >/dev/null
podman container restore --import "$archives/web.tar.zst" >/dev/null || fail "podman could not restore it"
expect_equal "$(address_of web)" "$address"
expect_equal "$(podman port web)" "80/tcp -> 127.0.0.1:18080"
expect_counting "$(podman_root web)" "$at"
expect_same_tree "$work/volume.manifest" "$(podman_root web)/data/tree"
expect_same_tree "$work/rootfs.manifest" "$(podman_root web)/made"

step "One that is stopped is exited and cleaned up for Podman, and resumes from its bundle"
run checkpoint --export "$archives/web-2.tar.zst" web
expect_status 0
expect_equal "$(state_of web)" exited
expect_equal "$(podman inspect --format '{{.State.Pid}}' web)" 0
merged=$(podman inspect --format '{{.GraphDriver.Data.MergedDir}}' web)
[ -z "$merged" ] || ! grep -qF " $merged " /proc/self/mountinfo || fail "its root filesystem is still mounted"
before=$(last_count "$(volume_of web)/count")
podman container restore web >/dev/null || fail "podman could not resume it"
expect_equal "$(address_of web)" "$address"
expect_counting "$(podman_root web)" "$before"
podman logs web >/dev/null || fail "podman logs failed"

step "Without an archive too, whatever an earlier export of Podman left behind"
podman container checkpoint --leave-running --export "$work/stale.tar" web >/dev/null
echo new >"$(podman_root web)/since"
run checkpoint web
expect_status 0
expect_equal "$(state_of web)" exited
before=$(last_count "$(volume_of web)/count")
podman container restore web >/dev/null || fail "podman could not resume it"
[ -e "$(podman_root web)/since" ] || fail "a file made after the export was rolled back"
expect_counting "$(podman_root web)" "$before"

step "floe resumes a container of Podman's from its bundle too"
run restore web
expect_status 2
expect_match "$err" "running"
run checkpoint --keep web
expect_status 0
before=$(last_count "$(volume_of web)/count")
run restore --all --source native
expect_status 0
expect_equal "$(state_of web)" exited
run restore --print-stats web
expect_status 0
expect_json "$out" '.container_statistics | length' 1
expect_equal "$(state_of web)" running
expect_equal "$(address_of web)" "$address"
expect_counting "$(podman_root web)" "$before"
run checkpoint web
expect_status 0
before=$(last_count "$(volume_of web)/count")
run restore --all --keep --format json
expect_status 0
expect_json "$out" '.results | length' 1
expect_json "$out" '.results[0].outcome' done
expect_counting "$(podman_root web)" "$before"
[ -s "$(jq -r '.results[0].log_path' <<<"$out")" ] || fail "the log of CRIU is not where it says"
[ -d "$(bundle_of web)/checkpoint" ] || fail "the images were not kept"
rm -r "$(bundle_of web)/checkpoint"
podman stop --time 0 web >/dev/null
run restore web
expect_status 2
expect_match "$err" "floe checkpoint"
podman start web >/dev/null

step "A restart policy does not start it anew"
start eager --network none --restart always
run checkpoint --export "$archives/eager.tar.zst" eager
expect_status 0
expect_equal "$(state_of eager)" exited
podman rm eager >/dev/null
podman volume rm data-eager >/dev/null
start eager --network none --restart always
run checkpoint eager
expect_status 0
expect_equal "$(state_of eager)" exited
before=$(last_count "$(volume_of eager)/count")
run restore eager
expect_status 0
expect_counting "$(podman_root eager)" "$before"
expect_loopback "$(podman inspect --format '{{.State.Pid}}' eager)"
podman rm --force --time 0 eager >/dev/null

step "One with a mount that cannot be made again is not stopped"
mkdir -p "$work/lower"
podman run -d --name overlaid --network none -v "$work/lower:/lower:O" "$image" sleep 1000 >/dev/null
run checkpoint overlaid
expect_status 2
expect_match "$err" "as an overlay"
expect_equal "$(state_of overlaid)" running
podman rm --force --time 0 overlaid >/dev/null
podman run -d --name overlaid --network none -v data-overlaid:/lower:O "$image" sleep 1000 >/dev/null
run checkpoint --export "$work/overlaid.tar.zst" overlaid
expect_status 2
expect_match "$err" "it mounts volume data-overlaid as an overlay"
expect_equal "$(state_of overlaid)" running
podman rm --force --time 0 overlaid >/dev/null

step "One whose users are mapped could not come back, so it is not stopped"
podman run -d --name mapped --network none --uidmap 0:100000:5000 "$image" sleep 1000 >/dev/null ||
  fail "podman run --uidmap failed"
run checkpoint mapped
expect_status 2
expect_match "$err" "its users are mapped"
expect_equal "$(state_of mapped)" running
# Podman and the clean-up of its monitor may be in each other's way.
podman rm --force --time 0 mapped >/dev/null 2>&1 || true

step "One that was started with --rm vanishes, and comes back from its archive"
start gone --network none --rm
run checkpoint gone
expect_status 2
expect_match "$err" "--rm"
expect_equal "$(state_of gone)" running
run checkpoint --export "$archives/gone.tar.zst" gone
expect_status 0
! podman container exists gone || fail "it is still there"
podman volume rm --force data-gone >/dev/null 2>&1 || true
podman container restore --import "$archives/gone.tar.zst" >/dev/null || fail "podman could not restore it"
podman rm --force --time 0 gone >/dev/null

step "One that Podman is stopping is left alone"
podman run -d --name slow --network none "$image" sh -c 'trap "" TERM; echo up; while :; do sleep 1; done' >/dev/null
eventually sh -c '[ -n "$(podman logs slow)" ]'
podman stop --time 20 slow >/dev/null &
stopping=$!
eventually sh -c '[ "$(podman inspect --format "{{.State.Status}}" slow)" = stopping ]'
run checkpoint --leave-running --export "$archives/slow.tar.zst" --format json slow
expect_status 2
expect_match "$(jq -r '.results[0].error.code' <<<"$out")" "_"
[ ! -e "$archives/slow.tar.zst" ] || fail "a half dump was archived"
kill "$stopping" 2>/dev/null || true
podman kill slow >/dev/null 2>&1 || true
wait "$stopping" || true

step "A failed dump leaves it running, and nothing in its bundle"
CRIU_FAULT=1 run checkpoint --export "$archives/failed.tar.zst" web
expect_status 2
expect_match "$err" "dump.log"
expect_equal "$(state_of web)" running
at=$(last_count "$(podman_root web)/data/count")
eventually counts_beyond "$(podman_root web)/data/count" "$at"
[ ! -e "$archives/failed.tar.zst" ] || fail "there is an archive"
[ ! -e "$(bundle_of web)/checkpoint" ] || fail "images were left in the bundle"

step "Its time zone does not tie it to its old place (Podman alone fails there)"
start zoned --network none --tz UTC
podman container checkpoint --leave-running --export "$work/podman-zoned.tar" zoned >/dev/null
run checkpoint --export "$archives/zoned.tar.zst" zoned
expect_status 0
podman rm zoned >/dev/null
! podman container restore --import "$work/podman-zoned.tar" --name moved --ignore-volumes >/dev/null 2>&1 ||
  echo "   this Podman does not have that defect"
podman rm --force --time 0 moved >/dev/null 2>&1 || true
podman container restore --import "$archives/zoned.tar.zst" --name moved --ignore-volumes >/dev/null ||
  fail "podman could not restore it under another name"
[ -s "$(podman_root moved)/etc/localtime" ] || fail "it has no time zone"
podman rm --force --time 0 moved >/dev/null

step "A paused, an unknown and an ambiguous one are named"
podman pause web >/dev/null
run checkpoint web
expect_status 2
expect_match "$err" "paused"
podman unpause web >/dev/null
run checkpoint no-such
expect_status 2
expect_match "$err" "no-such"
run image import "$work/rootfs" busybox
run run -d --name web busybox sleep 1000
expect_status 0
run checkpoint web
expect_match "$err" "podman:web"
run checkpoint --leave-running --export "$archives/native.tar.zst" native:web
expect_status 0
run checkpoint --leave-running --all --source podman --export-dir "$archives" --export-name '{name}-3.tar.zst' --format json
expect_status 0
expect_json "$out" '.results | length' 1

step "One that cannot be understood does not keep the others from being saved"
podman create --name unreadable "$image" true >/dev/null
unreadable=$(podman inspect --format '{{.Id}}' unreadable)
database=$work/podman/graph/libpod/bolt_state.db
if [ -e "$database" ]; then
  sed -i 's/"name":"unreadable"/"name":"unread\/ble"/g' "$database"
  run checkpoint --leave-running --all --source podman --export-dir "$archives" --export-name '{name}-4.tar.zst' --format json
  expect_status 1
  expect_json "$out" '[.results[] | .name, .outcome, .error.code] | join(" ")' \
    "web done  unreadable failed database_damaged"
  run ps --all --source podman --format json
  expect_status 0
  expect_json "$out" '[.[] | .Names[0] | select(. == "web" or . == "unreadable")] | join(" ")' web
  expect_match "$err" "${unreadable:0:12}"
  expect_match "$err" unreadable
  run checkpoint --leave-running --export "$archives/web-5.tar.zst" podman:web
  expect_status 0
  ! grep -q database <<<"$err" || fail "it says \"$err\""
  run checkpoint --leave-running --export "$archives/none.tar.zst" unreadable
  expect_status 2
  expect_match "$err" "podman inspect $unreadable"
  sed -i 's/"name":"unread\/ble"/"name":"unreadable"/g' "$database"
else
  echo "   this Podman has no BoltDB whose row could be damaged"
fi
