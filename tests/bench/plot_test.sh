#!/bin/bash
# Goal: bench/plot draws what bench/compare --json writes, and says what else it was given.
# Method: a small file of that form; each chart must be a whole SVG with the figures' names in it.
source "$(dirname "$0")/../support/scenario.sh"
need_programs jq gnuplot
plot=$(dirname "$0")/../../bench/plot
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/figures.json" <<'END'
{"rounds": 2, "cores": 2, "scale": 100,
 "rows": [{"row": "1", "what": "checkpoint", "floe": "large/zstd/floe", "peer": "large/zstd/podman", "ratio": 3.1, "wanted": 5},
          {"row": "12", "what": "peak memory", "unit": "KiB", "few_containers": 40000}],
 "charts": [{"chart": "stages", "workload": "large, zstd", "stage": "write", "seconds": 2.5},
            {"chart": "throughput", "workload": "large, zstd", "who": "tar", "mib_per_second_per_core": 210.5},
            {"chart": "scaling", "containers": 1, "seconds": 0.5}, {"chart": "scaling", "containers": 2, "seconds": 0.6}]}
END

step "four charts"
"$plot" "$work/figures.json" "$work" >"$work/out" || fail "it ended with $?"
for chart in ratios throughput stages scaling; do
  grep -q "^$work/$chart.svg$" "$work/out" || fail "it does not name $chart.svg"
  head -c 400 "$work/$chart.svg" | grep -q "<svg" || fail "$chart.svg is no SVG"
  tail -c 20 "$work/$chart.svg" | grep -q "</svg>" || fail "$chart.svg is not whole"
done
grep -q "large/zstd/podman" "$work/ratios.svg" || fail "the peer is not named"
grep -q "large, zstd: tar" "$work/throughput.svg" || fail "tar is not named"

step "charts without figures are left out"
mkdir "$work/few"
jq '.charts = []' "$work/figures.json" >"$work/few.json"
expect_equal "$("$plot" "$work/few.json" "$work/few")" "$work/few/ratios.svg"

step "other files are refused"
echo '{}' >"$work/other.json"
! "$plot" "$work/other.json" "$work" 2>"$work/err" || fail "it took another file"
grep -q "is not what bench/compare --json writes" "$work/err" || fail "it does not say why"
