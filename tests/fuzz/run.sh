#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# run.sh BUILD SECONDS FUZZER...: runs each for so long, two at a time, from the corpus in the tree
# and what earlier runs have added to it in BUILD/fuzz. One line for each: how many inputs it tried,
# or where the input is that showed a mistake, and how to see it again. The same inputs every time,
# as far as the time goes, unless FUZZ_SEED says otherwise: 0 takes a new seed.
set -eu
build=$1 seconds=$2
shift 2
cd "$(dirname "$0")/../.."

run_one() {
    name=$1 place=$build/fuzz/$1 words=tests/fuzz/words/$1
    mkdir -p "$place/corpus"
    rm -f "$place"/*-*
    set --
    [ ! -e "$words" ] || set -- "-dict=$words"
    if "$build/test/fuzz_$name" -max_total_time="$seconds" -seed="${FUZZ_SEED:-1}" -timeout=20 -rss_limit_mb=2048 \
        -close_fd_mask=1 -print_final_stats=1 -artifact_prefix="$place/" "$@" \
        "$place/corpus" "tests/fuzz/corpus/$name" </dev/null >"$place/log" 2>&1; then
        echo "fuzz $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$place/log") inputs, nothing found"
        return
    fi
    grep -m 3 -E '^==.*ERROR|runtime error|^fuzz: ' "$place/log" || tail -n 5 "$place/log"
    for input in "$place"/*-*; do
        echo "fuzz $name: found something: $build/test/fuzz_$name $input; the report is in $place/log"
    done
    return 1
}

if [ "${FUZZ_ONE:-}" ]; then
    run_one "$FUZZ_ONE"
    exit
fi
printf '%s\n' "$@" | xargs -P 2 -I NAME env FUZZ_ONE=NAME "$0" "$build" "$seconds"
