#!/bin/bash
# Goal: what contradicts itself is refused with status 64 and a message before anything is touched.
source "$(dirname "$0")/../support/scenario.sh"
need_programs jq
store=$(mktemp -d)
trap 'rm -rf "$store"' EXIT
export FLOE_ROOT="$store/none" FLOE_RUNROOT="$store/none-either"

refused() {
  local words=$1
  shift
  run "$@"
  expect_status 64
  expect_match "$err" "Error: $words"
}

step "no words, unknown words and unknown flags"
refused "" --bogus
refused ""
refused "" frobnicate
refused "unknown flag: --bogus" ps --bogus
refused "" volume
expect_match "$err" "See 'floe volume --help'"

step "checkpoint refuses what Podman refuses"
refused "you must provide at least one name or id" checkpoint
refused "no arguments are needed with --all" checkpoint --all web
refused "--all and --latest cannot be used together" container checkpoint --all --latest
refused "--compress can only be used with --export" checkpoint --compress gzip web
refused 'selected compression algorithm ("lzma") not supported' checkpoint -c lzma -e x web
refused "--ignore-rootfs can only be used with --export" checkpoint --ignore-rootfs web
refused "--export can only be used with one container" checkpoint -e x web db

step "restore refuses what Podman refuses"
refused "you must provide at least one name or id" restore
refused "cannot use --import with positional arguments" restore -i x web
refused "--name can only be used with image or --import" restore --name x --all

step "errors are documents with --format json"
run checkpoint --format json
expect_status 64
expect_json "$out" .error.code usage

step "nothing was made"
[ ! -e "$FLOE_ROOT" ] || fail "$FLOE_ROOT was made"

step "help and version"
run --version
expect_status 0
expect_match "$out" "floe version "
for verb in checkpoint restore run ps "volume export" "image import" show verify doctor; do
  # shellcheck disable=SC2086 # two words
  run $verb --help
  expect_status 0
  expect_match "$out" "Examples:"
done

step "completion scripts are correct in their shells"
run completion bash
bash -n <<<"$out" || fail "bash does not understand its script"
echo "$out" >"$store/floe.bash"
words=$(bash -c 'source "$1"; COMP_WORDS=(floe checkpoint --exp); COMP_CWORD=2; _floe; echo "${COMPREPLY[*]}"' - "$store/floe.bash")
expect_equal "$words" "--export --export-dir --export-name --expedite"

if [ "$(id -u)" -ne 0 ]; then
  step "without root the status is 69"
  run ps
  expect_status 69
fi
