#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Prints the lines of core/ that no explored execution reaches: coverage.sh BUILD
# One process each, so that the counters of all executions come together. Counters change at once
# (atomic): kept in registers they would get into the states.
set -eu

build=$1/sim-coverage
rm -rf "$build"
mkdir -p "$build"
make -s sim-mutant SIM_BUILD="$build" MUTANT="$build/muster-sim" \
    SIM_COVERAGE="--coverage -fprofile-update=atomic"
each() {
    "$build/muster-sim" explore --quiet --replay-file "$build/failed.replay" "$@" >/dev/null
}
for scenario in deadlines crossing three-rounds second-smi directed slots both bytes lone-bytes \
    dual user adversary waking stopped init; do
    each --scenario $scenario
done
each --scenario one-round --events 2
each --scenario deadlines --requests 1,1 --expiries 2
each --scenario dual --requests 2,2
each --scenario crossing --cpus 3 --events 1 --allow stop
cd "$build"
gcov -r -s "$OLDPWD" core/*.gcda >/dev/null 2>&1 || gcov core/*.gcda >/dev/null 2>&1
reached=$(cat ./*.c.gcov | grep -c '^ *[0-9][0-9]*\**:' || true)
missed=$(cat ./*.c.gcov | grep -c '^ *#####:' || true)
grep -H '^ *#####:' ./*.c.gcov | sed 's|^\./||; s|\.gcov: *#####: *|:|' || true
echo "core lines reached $reached, never reached $missed"
