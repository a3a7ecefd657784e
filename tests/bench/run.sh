#!/bin/bash
# usage: run.sh KDOC_BINARY
#
# Generates the two large logs (kept in $BUILD/bench/) and measures.  KDOC_BENCH_MB=200 and
# KDOC_BENCH_DENSE_MB=100 set their sizes, KDOC_BENCH_ROUNDS=5 how often each command runs.
set -euo pipefail
cd "$(dirname "$0")/../.."
kdoc=$(realpath "$1")
here=tests/bench
work=${BUILD:-build}/bench
words=$here/words.txt
mkdir -p "$work"
tests/run/bench-words >/dev/null || { tests/run/bench-words >&2; exit 1; }

log() { # log KIND MEGABYTES
	local file=$work/$1-$2.log
	local newer
	newer=$(find examples tests/golden tests/clean $here -newer "$file" -type f 2>/dev/null | head -n 1 || true)
	if [ ! -f "$file" ] || [ -n "$newer" ]; then
		python3 -B $here/gen_logs.py "$1" "$2" "$file"
	fi
}

ordinary_mb=${KDOC_BENCH_MB:-210} dense_mb=${KDOC_BENCH_DENSE_MB:-105}
log ordinary "$ordinary_mb"
log dense "$dense_mb"
crash=$(find examples tests/golden/vm -name '*.log' -size -64k -size +0 2>/dev/null | sort | head -n 1)
python3 -B $here/measure.py "$kdoc" "$work/ordinary-$ordinary_mb.log" "$work/dense-$dense_mb.log" \
	"$words" "$crash"
