#!/bin/bash
# Goal: floe sees the containers that Podman runs beside its own, as Podman says they are, and
# changes nothing of Podman's by looking.
# Method: containers of both in scratch storages; `floe ps` and `floe inspect` are compared with
# Podman's own answers, and its database with what it was.
source "$(dirname "$0")/../support/scenario.sh" || exit 1
source "$(dirname "$0")/podman.sh" || exit 1

podman_store
busybox_rootfs
podman_image

database() { echo "$work/podman/graph/libpod/bolt_state.db"; }

step "containers of both run"
podman run --detach --name web --network none --volume data:/data --label role=front "$image" \
  sleep 1000 >/dev/null
podman create --name waiting --network none "$image" true >/dev/null
podman pod create --name shop --infra-image "$image" --infra-command '/bin/sleep 1000' \
  --network none >/dev/null
podman run --detach --pod shop --name till "$image" sleep 1000 >/dev/null
run run --detach --name own "$image" sleep 1000
expect_status 0

step "ps shows them side by side"
before=$([ ! -e "$(database)" ] || sha256sum "$(database)")
run ps
expect_status 0
expect_match "$out" SOURCE
for name in web till own; do expect_match "$out" "$name "; done
expect_no_match "$out" waiting
run ps --all --format json
expect_status 0
expect_json "$out" '[.[] | select(.Source == "native") | .Names[0]] | join(" ")' own
expect_equal "$(jq -r '.[] | select(.Source == "podman") | .Id' <<<"$out" | sort)" \
  "$(podman ps --all --quiet --no-trunc | sort)"
expect_json "$out" '.[] | select(.Names[0] == "web") | .State' running
expect_json "$out" '.[] | select(.Names[0] == "waiting") | .State' created
expect_json "$out" '.[] | select(.Names[0] == "till") | .PodName' shop
run ps --all --filter label=role=front --format '{{.Names}} {{.Source}}'
expect_equal "$out" "web podman"
run ps --source native --format '{{.Names}}'
expect_equal "$out" own
run ps --source podman --quiet
expect_equal "$(sort <<<"$out")" "$(podman ps --quiet | sort)"

step "inspect says what Podman says"
run inspect web
expect_status 0
for key in .Id .Name .Image .State.Status .State.Pid .State.ConmonPid .OCIConfigPath .StaticDir \
  .GraphDriver.Data.UpperDir .Config.Labels.role '.Mounts[0].Source' .Config.Hostname; do
  expect_equal "$key $(jq -r ".[0] | $key" <<<"$out")" \
    "$key $(podman inspect web | jq -r ".[0] | $key")"
done
expect_json "$out" '.[0].Source' podman

step "volumes and pods of Podman's are seen too"
run volume create own-data
run volume ls --format '{{.Source}} {{.Driver}} {{.Name}}'
expect_equal "$out" $'native local own-data\npodman local data'
run volume ls --source podman
expect_match "$out" SOURCE
run inspect data
expect_status 0
for key in .Name .Driver .Mountpoint .Scope; do
  expect_equal "$key $(jq -r ".[0] | $key" <<<"$out")" \
    "$key $(podman volume inspect data | jq -r ".[0] | $key")"
done
run volume inspect --format '{{.Source}}' podman:data
expect_equal "$out" podman
run volume rm data
expect_status 2
expect_match "$err" "it is one of Podman's, and this command is for floe's own; use podman volume"
run stop web
expect_status 2
expect_match "$err" "use podman"
run ps --pod
expect_match "$out" "shop "
run pod ls
expect_match "$out" "shop "
run pod ls --format json
expect_json "$out" '[.[].Containers | length] | join(" ")' 2
expect_json "$out" '.[0].Status' "$(podman pod ps --format '{{.Status}}')"
run pod inspect shop
expect_status 0
for key in .Id .Name .State .InfraContainerID .NumContainers '(.SharedNamespaces | sort | join(" "))' \
  '([.Containers[] | .Name + " " + .State] | sort | join(","))'; do
  expect_equal "$key $(jq -r ".[0] | $key" <<<"$out")" "$key $(podman pod inspect shop | jq -r "$key")"
done
run inspect --format '{{.Name}}' shop
expect_equal "$out" shop
run pod inspect no-such
expect_status 2
expect_match "$err" "no such pod"

step "a name that both have must say whose it is"
run run --detach --name web "$image" sleep 1000
expect_status 0
run inspect web
expect_match "$err" "native:web or podman:web"
[ "$status" -ne 0 ] || fail "it chose one"
run inspect --format '{{.Source}}' podman:web native:web
expect_equal "$out" $'podman\nnative'
run inspect --source native --format '{{.Source}}' web
expect_equal "$out" native

step "nothing of Podman's has changed"
[ ! -e "$(database)" ] || expect_equal "$(sha256sum "$(database)")" "$before"

step "what happens to a container is seen"
podman stop --time 0 web >/dev/null 2>&1
run ps --all --source podman --filter name=web --format '{{.State}} {{.ExitCode}}'
expect_equal "$out" "exited 137"
podman rm --force --time 0 web >/dev/null
run inspect --source podman web
[ "$status" -ne 0 ] || fail "a removed container is still seen"

step "another storage has other containers"
run --podman-root "$work/elsewhere" --podman-runroot "$work/elsewhere-run" ps --all --source podman
expect_status 0
expect_no_match "$out" till
expect_match "$err" "there is no storage of Podman's at $work/elsewhere"

step "without Podman there are only native ones, and a warning where it has been"
out=$(PATH=$work/bin "$FLOE" ps --all --format '{{.Names}}' 2>"$work/warning") || fail "ps failed"
expect_equal "$(sort <<<"$out")" $'own\nweb'
expect_match "$(cat "$work/warning")" "its database is $(database), but podman is not in PATH"
out=$(PATH=$work/bin CONTAINERS_STORAGE_CONF=/dev/null "$FLOE" --podman-root "$work/elsewhere" ps 2>&1) \
  || fail "ps failed"
expect_no_match "$out" "not seen"
run --podman /nowhere/podman ps
expect_status 69
out=$(PATH=$work/bin "$FLOE" volume ls --quiet 2>/dev/null) || fail "volume ls failed"
expect_equal "$out" own-data
err=$(PATH=$work/bin "$FLOE" pod ls 2>&1) && fail "there are pods"
expect_match "$err" Podman
