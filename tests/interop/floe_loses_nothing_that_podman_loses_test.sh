#!/bin/bash
# Goal: where Podman's own import loses or breaks something (behaviours.md section 23), floe's
# restore into Podman does not.
# Method: archives made by podman container checkpoint --export; each is imported by Podman alone,
# which must show the defect here, and by floe, which must not. A Podman without the defect is
# noted, not failed.
source "$(dirname "$0")/../support/scenario.sh" || exit 1
source "$(dirname "$0")/podman.sh" || exit 1

podman_store
busybox_rootfs
mkdir -p "$work/rootfs/etc/again" && touch "$work/rootfs/etc/again/old"
podman_image
idle='while :; do usleep 50000; done'
archive=$work/archive.tar
# make NAME OPTION... : an archive of a container that is gone.
make() {
  local name=$1
  shift
  podman run -d --name "$name" "$@" "$image" sh -c "$idle" >/dev/null || fail "podman run failed"
}
save() {
  rm -f "$archive"
  podman container checkpoint --export "$archive" --compress none "$1" >/dev/null ||
    fail "podman could not checkpoint it"
}
forget() { podman rm --force --time 0 "$1" >/dev/null; }

# podman_alone WHAT COMMAND...: the defect is here, or it is not.
defect() { echo "   podman $(podman --version | cut -d ' ' -f 3) alone: $*"; }

expect_nothing_left() {
  [ -z "$(podman ps --all --quiet)" ] || fail "a container was left: $(podman ps --all)"
  [ -z "$(find "$work/podman/graph" -maxdepth 1 -name '.staging*')" ] || fail "a directory was left"
  [ -z "$(podman volume ls --quiet)" ] || fail "a volume was left"
}

address_of() {
  podman inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$1"
}
mac_of() {
  podman inspect --format '{{range .NetworkSettings.Networks}}{{.MacAddress}}{{end}}' "$1"
}

step "D5: --ignore-static-mac and --ignore-static-ip mean what they say"
network=floe-interop-$$
podman network create --subnet 10.213.7.0/24 "$network" >/dev/null || fail "no network"
make addressed --network "$network"
ip=$(address_of addressed)
mac=$(mac_of addressed)
save addressed
forget addressed
podman container restore --import "$archive" --ignore-static-ip >/dev/null
[ "$(mac_of addressed)" = "$mac" ] || defect "--ignore-static-ip drops the MAC too"
forget addressed
podman container restore --import "$archive" --ignore-static-mac >/dev/null
[ "$(mac_of addressed)" != "$mac" ] || defect "--ignore-static-mac has no effect"
forget addressed
run restore --import "$archive"
expect_status 0
expect_equal "$(address_of addressed) $(mac_of addressed)" "$ip $mac"
forget addressed
make taker --network "$network" --ip "$ip"
run restore --import "$archive" --ignore-static-ip
expect_status 0
expect_equal "$(mac_of addressed)" "$mac"
[ "$(address_of addressed)" != "$ip" ] || fail "the address was asked for"
forget addressed
forget taker
run restore --import "$archive" --ignore-static-mac
expect_status 0
expect_equal "$(address_of addressed)" "$ip"
[ "$(mac_of addressed)" != "$mac" ] || fail "the MAC was asked for"
forget addressed

step "D2: what was removed and made again is there"
make again --network none
podman exec again sh -c 'rm -r /etc/again; mkdir /etc/again; echo new >/etc/again/new'
save again
forget again
podman container restore --import "$archive" >/dev/null
podman exec again test -e /etc/again/new || defect "the new directory vanished"
forget again
run restore --import "$archive"
expect_status 0
expect_equal "$(podman exec again ls /etc/again)" new
forget again

step "D8: a container with a time zone, under a new name"
make zoned --network none --tz UTC
save zoned
forget zoned
if podman container restore --import "$archive" --name zoned2 >/dev/null 2>&1; then
  forget zoned2
else
  defect "it cannot be restored"
  podman rm --force --all --time 0 >/dev/null
fi
run restore --import "$archive" --name zoned2
expect_status 0
podman exec zoned2 test -e /etc/localtime || fail "the time zone is lost"
forget zoned2

step "D8: a container with a secret, under a new name; a stranger's is refused"
echo hush | podman secret create floe-secret - >/dev/null
make trusted --network none --secret floe-secret
save trusted
forget trusted
if podman container restore --import "$archive" --name trusted2 >/dev/null 2>&1; then
  forget trusted2
else
  defect "it cannot be restored"
  podman rm --force --all --time 0 >/dev/null
fi
run restore --import "$archive" --name trusted2
expect_status 2
expect_match "$err" "secrets of the host"
run restore --import "$archive" --name trusted2 --trust
expect_status 0
expect_equal "$(podman exec trusted2 cat /run/secrets/floe-secret)" hush
forget trusted2
expect_nothing_left

step "D7, D9: volumes and pid files of another host's directories"
make far --network none -v far-data:/data
podman exec far sh -c 'echo kept >/data/file'
save far
forget far
podman volume rm far-data >/dev/null
mkdir "$work/far"
tar -C "$work/far" -xf "$archive"
sed -i -e "s#$podman_run_directory/storage#/run/elsewhere#g" -e "s#$work/podman/graph#/elsewhere#g" \
  "$work/far/config.dump" "$work/far/spec.dump"
grep -q /elsewhere/volumes "$work/far/spec.dump" || fail "the archive is not from elsewhere"
tar -C "$work/far" -cf "$archive" .
if podman container restore --import "$archive" >/dev/null 2>&1; then
  forget far
else
  defect "it cannot be restored"
  [ -z "$(podman ps --all --quiet)" ] || defect "half a container is left (D13)"
  podman rm --force --all --time 0 >/dev/null
fi
podman volume rm --force far-data >/dev/null
run restore --import "$archive"
expect_status 0
expect_equal "$(podman exec far cat /data/file)" kept
podman stop --time 0 far >/dev/null
forget far
podman volume rm far-data >/dev/null

step "D19: an archive twice in one command"
cp "$archive" "$work/copy.tar"
run restore "$archive" "$work/copy.tar"
expect_status 1
expect_match "$err" "restore this one with --name"
[ "$(podman ps --quiet | wc -l)" -eq 1 ] || fail "not exactly one was restored"
forget far
podman volume rm far-data >/dev/null

step "D6: a pod by its name, by the beginning of its id; one that shares less is refused"
for pod in first second; do
  podman pod create --name "$pod" --share ipc,uts --infra-image "$image" \
    --infra-command "/bin/sleep 1000" >/dev/null || fail "no pod"
done
podman pod create --name poor --share uts --infra-image "$image" \
  --infra-command "/bin/sleep 1000" >/dev/null || fail "no pod"
make member --pod first --network none
save member
forget member
if podman container restore --import "$archive" --pod second >/dev/null 2>&1; then
  forget member
else
  defect "a pod's name does not do"
fi
run restore --to podman --import "$archive"
expect_status 2
expect_match "$err" "cannot restore pod container without --pod"
run restore --import "$archive" --pod poor
expect_status 2
expect_match "$err" "pod poor does not share the IPC namespace"
run restore --import "$archive" --pod second
expect_status 0
second=$(podman pod inspect --format '{{.Id}}' second)
expect_equal "$(podman inspect --format '{{.Pod}}' member)" "$second"
forget member
run restore --import "$archive" --pod "${second:0:10}"
expect_status 0
expect_equal "$(podman inspect --format '{{.Pod}}' member)" "$second"
podman pod rm --force --time 0 first second poor >/dev/null || fail "the pods cannot be removed"
expect_nothing_left

step "D14: a container on a directory of the host is refused before anything happens"
cp -a "$work/rootfs" "$work/external"
podman run -d --network none --name external --rootfs "$work/external" sh -c "$idle" >/dev/null ||
  fail "podman run --rootfs failed"
save external
forget external
if podman container restore --import "$archive" >/dev/null 2>&1; then
  forget external
else
  defect "it cannot be restored"
fi
podman rm --force --all --time 0 >/dev/null
run restore --import "$archive"
expect_status 2
expect_match "$err" "--rootfs"
expect_nothing_left

step "volumes get their labels back, and what a stranger's do not get is said"
podman volume create --label tier=db --label '"note=two ""words"", and=more"' labelled >/dev/null
expect_equal "$(podman volume inspect --format '{{.Labels.note}}' labelled)" 'two "words", and=more'
podman volume create --opt type=tmpfs --opt device=tmpfs --opt o=nodev small >/dev/null
make kept --network none -v labelled:/data -v small:/small
rm -f "$archive"
run checkpoint kept --export "$archive"
expect_status 0
run show "$archive" --format json
expect_json "$out" '.[0].container.volumes[] | select(.name == "small") | .driver_options.type' tmpfs
forget kept
podman volume rm labelled small >/dev/null
podman container restore --import "$archive" >/dev/null
[ "$(podman volume inspect --format '{{.Labels.tier}}' labelled)" = db ] ||
  defect "a volume has no labels after a restore"
forget kept
podman volume rm labelled small >/dev/null
run restore --import "$archive"
expect_status 0
expect_match "$err" "volume small is made without its driver's options"
expect_match "$err" "device=tmpfs, o=nodev, type=tmpfs"
expect_equal "$(podman volume inspect --format '{{.Labels.tier}} {{.Labels.note}}' labelled)" \
  'db two "words", and=more'
forget kept
podman volume rm labelled small >/dev/null
rm -f "$archive"

step "the root of a volume keeps its owner and mode when the container is started anew"
root_of_volume() { stat -c '%u:%g %a %Y' "$(podman volume inspect --format '{{.Mountpoint}}' owned)"; }
# The clean-up of Podman's monitor may be in the way of a start.
start_owner() { podman start owner >/dev/null 2>&1; }
restart() {
  podman stop --time 0 owner >/dev/null
  eventually start_owner
}
make owner --network none -v owned:/data -v owned:/data/nested
podman exec owner sh -c 'echo kept >/data/file; chown 5:6 /data; chmod 1750 /data; touch -d @1000000000 /data'
owner=$(root_of_volume)
restart
expect_equal "$(root_of_volume)" "$owner"
rm -f "$work/owner.tar"
run checkpoint owner --leave-running --export "$work/owner.tar" --compress none
expect_status 0
save owner
forget owner
podman volume rm owned >/dev/null
podman container restore --import "$archive" >/dev/null
restart
[ "$(root_of_volume)" = "$owner" ] || defect "they are $(root_of_volume), and were $owner"
forget owner
podman volume rm owned >/dev/null
for from in "$archive" "$work/owner.tar"; do
  run restore --import "$from"
  expect_status 0
  expect_equal "$(root_of_volume)" "$owner"
  restart
  expect_equal "$(root_of_volume)" "$owner"
  expect_equal "$(podman exec owner cat /data/file)" kept
  forget owner
  podman volume rm owned >/dev/null
done

step "an archive says which volumes are anonymous"
make unnamed --network none -v /data
save unnamed
podman rm --force --volumes --time 0 unnamed >/dev/null
podman container restore --import "$archive" >/dev/null
podman rm --force --volumes --time 0 unnamed >/dev/null
[ -z "$(podman volume ls --quiet)" ] || defect "an anonymous volume becomes one that rm -v leaves"
podman volume rm --all --force >/dev/null
make unnamed --network none -v /data
anonymous=$(podman volume ls --quiet)
echo kept >"$(podman_root unnamed)/data/file"
rm -f "$archive"
run checkpoint unnamed --export "$archive" --compress none
expect_status 0
podman rm --force --volumes --time 0 unnamed >/dev/null
podman container restore --import "$archive" >/dev/null || fail "Podman does not restore it"
podman rm --force --volumes --time 0 unnamed >/dev/null
expect_nothing_left
run restore --to native "$archive" # it is one there too
expect_status 0
run rm --force --volumes unnamed
expect_status 0
run volume ls --quiet --source native
expect_equal "$out" ""
run restore "$archive"
expect_status 0
expect_no_match "$err" "anonymous"
expect_equal "$(cat "$(podman_root unnamed)/data/file")" kept
expect_equal "$(podman volume inspect "$anonymous" | jq '.[0].Anonymous')" true
podman stop --time 0 unnamed >/dev/null
podman start unnamed >/dev/null
expect_equal "$(cat "$(podman_root unnamed)/data/file")" kept
podman rm --force --volumes --time 0 unnamed >/dev/null
expect_nothing_left
run restore --ignore-volumes "$archive"
expect_status 0
[ ! -e "$(podman_root unnamed)/data/file" ] || fail "it was filled"
podman rm --force --volumes --time 0 unnamed >/dev/null
expect_nothing_left

step "a restore that fails in CRIU leaves no anonymous volume"
mkdir "$work/stranger"
tar -xf "$archive" -C "$work/stranger"
cp "$work/stranger/checkpoint/files.img" "$work/files.img"
head -c 40 /dev/urandom >"$work/stranger/checkpoint/files.img"
tar -C "$work/stranger" -cf "$work/stranger.tar" .
run restore "$work/stranger.tar"
expect_status 2
expect_match "$err" "container unnamed"
expect_nothing_left
cp "$work/files.img" "$work/stranger/checkpoint/files.img"

step "a stranger's archive has no anonymous volume made as it wants"
jq --arg device "$work" '.namedVolumes[0].options += ["volume-opt=type=none", "volume-opt=o=bind",
  "volume-opt=device=" + $device]' "$work/stranger/config.dump" >"$work/config"
cp "$work/config" "$work/stranger/config.dump"
tar -C "$work/stranger" -cf "$work/stranger.tar" .
run restore "$work/stranger.tar"
if [ "$status" -eq 0 ]; then
  expect_match "$err" "volume $anonymous was an anonymous one"
  expect_equal "$(podman volume inspect --format '{{.Options}}' "$anonymous")" "map[]"
  podman rm --force --time 0 unnamed >/dev/null
  podman volume rm "$anonymous" >/dev/null
fi
expect_nothing_left
rm -f "$archive"

step "a stranger's archive hides nothing behind another spelling of a name"
for hidden in '.namedVolumes[0].OPTIONS = ["volume-opt=type=none", "volume-opt=device=/"]' '.Secrets = []'; do
  jq ".namedVolumes[0].options = [] | $hidden" "$work/config" >"$work/stranger/config.dump"
  tar -C "$work/stranger" -cf "$work/stranger.tar" .
  run restore "$work/stranger.tar"
  expect_status 2
  expect_match "$err" "in a spelling that hides it"
done
expect_nothing_left

step "D16: the numbers of users are decimal"
number=$(id -u backup) || fail "this machine has no user backup"
seen=$(podman run --rm --network none --user backup --hostuser backup "$image" id -u)
[ "$seen" = "$number" ] || defect "user $number of the host became $seen"
expect_equal "$("$FLOE" run --rm --network none --user "$number:98" "$image" sh -c 'id -u; id -g')" \
  "$number
98"
run run --rm --network none --user backup "$image" id -u
[ "$status" -ne 0 ] || fail "a user that the image does not have was guessed"
expect_match "$err" backup
