#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Explores scenarios to their end, one after the other: explore.sh SIMULATOR test|large|random
# Stops at the first failure, whose replay file is left in build/.
set -eu

simulator=$1
# MiB for the table of states, which takes no more than it needs.
memory=${MEMORY:-8192}
jobs=${JOBS:-2}

each() {
    "$simulator" explore --quiet --jobs "$jobs" --memory "$memory" \
        --replay-file build/failed.replay "$@"
}

# One random execution for each seed, two processes, each with half of the seeds. Each has at least
# ten rounds and every kind of machine event.
crowd() {
    cpus=$1
    half=$(($2 / 2))
    shift 2
    for first in 1 $((half + 1)); do
        "$simulator" random --quiet --scenario crowd --rounds 10 --cpus "$cpus" --seed "$first" \
            --seeds "$half" --replay-file "build/failed-$first.replay" "$@" &
        pids="${pids:-} $!"
    done
    for pid in $pids; do
        wait "$pid"
    done
    pids=
}

case $2 in
test)
    for scenario in one-round deadlines crossing three-rounds second-smi directed slots both \
        bytes lone-bytes dual user adversary waking stopped init alone alone-crossing \
        alone-bytes near; do
        each --scenario $scenario --cpus 2
    done
    # Nobody to gather.
    each --scenario one-round --cpus 1
    each --scenario dual --cpus 1
    # A handler of requests and bare bytes, and monarchs deposed while they serve.
    each --scenario dual --cpus 2 --expiries 2
    # SMIs made by code of the hub's.
    each --scenario hub-code --cpus 2
    each --scenario hub-code --cpus 3 --hub-code 1
    # The hub refuses the broadcast; the handler on the boot processor, in either mode.
    each --scenario refused --cpus 2
    for scenario in traditional relaxed; do
        each --scenario $scenario --cpus 3
        each --scenario $scenario --cpus 3 --broadcast 1
        each --scenario $scenario --cpus 3 --broadcast 1 --refuse 1
    done
    # A second request while a monarch that was given up still answers the first.
    each --scenario deadlines --cpus 3 --requests 0,2,0
    # INIT let into SMM: a processor that comes to one round twice, each time with a request.
    each --scenario three-rounds --cpus 2 --requests 2,0 --events 2 --allow init,sipi --variant qemu
    # Followers for whom the moment that they look for is long enough, or not.
    for scenario in crossing alone others second-smi three-rounds; do
        each --scenario $scenario --cpus 2 --moments 1
    done
    each --scenario deadlines --cpus 2 --expiries 2 --moments 1
    each --scenario one-round --cpus 3 --moments 1
    # Marks that say INACTIVE from reset on and in low power: nobody is waited for in vain.
    each --scenario low-power --cpus 2
    each --scenario low-power --cpus 2 --broadcast 0
    each --scenario low-power --cpus 2 --synchbyte memory
    each --scenario low-power --cpus 2 --events 1 --allow all
    each --scenario low-power --cpus 3 --requests 1,0
    each --scenario waking --cpus 2 --synchbyte register
    each --scenario low-power-flash --cpus 2
    each --scenario low-power-flash --cpus 3 --requests 1,0
    # Save states in Intel's layout: SMIs right after an OUT, and others.
    each --scenario synchronous --cpus 2
    each --scenario synchronous --cpus 3 --events 0 --other-io 1
    for scenario in deadlines crossing three-rounds both dual stopped init waking; do
        each --scenario $scenario --cpus 2 --save-state intel64
    done
    each --scenario user --cpus 2 --requests 1,1 --save-state intel64
    each --scenario one-round --cpus 2 --events 2 --expiries 1 --save-state intel64
    each --scenario init --cpus 2 --save-state intel64 --variant bochs
    # ... which a hub with registers holds back sometimes.
    each --scenario causes-and-requests --cpus 2 --bytes 1,0 --free-bytes 1 --save-state intel64
    # Itanium's PMI: processors in one node, in nodes of their own, and both.
    each --scenario pmi --cpus 2
    each --scenario pmi --cpus 2 --node-size 1
    each --scenario pmi --cpus 3
    each --scenario pmi --cpus 3 --node-size 1
    # Rounds that do not need everybody.
    each --scenario alone --cpus 2 --events 1 --allow all --expiries 1
    each --scenario alone --cpus 2 --bytes 0,1 --events 1 --allow spurious,tco
    each --scenario alone-crossing --cpus 3
    each --scenario alone-crossing --cpus 3 --requests 1,1,0 --alone 1,1,0 --dual 1
    each --scenario near --cpus 3
    # Blocks of two, and of blocks.
    each --scenario one-round --cpus 3 --events 1 --block 2
    each --scenario one-round --cpus 4 --events 0 --block 2
    each --scenario crossing --cpus 3 --block 2
    each --scenario dual --cpus 2 --expiries 1 --block 2
    each --scenario alone-bytes --cpus 2 --block 2
    each --scenario near --cpus 2 --block 2
    # Handlers that run elsewhere, and have others run something.
    each --scenario issuer --cpus 2 --expiries 1
    each --scenario issuer-alone --cpus 2
    each --scenario each --cpus 2 --events 1 --allow all --expiries 1
    each --scenario others --cpus 2 --events 1 --allow all --expiries 1
    each --scenario others --cpus 2 --events 2 --allow init,sipi,stop --variant qemu
    each --scenario each-starts --cpus 2 --expiries 2
    each --scenario issuer --cpus 3
    each --scenario each --cpus 3
    each --scenario others --cpus 3
    # Stacks for handlers that all share; lost with those who are on them.
    each --scenario shared-stacks --cpus 2
    each --scenario shared-stacks --cpus 2 --where issuer --expiries 1
    each --scenario shared-stacks --cpus 2 --requests 1,0 --variant qemu --events 2 --allow init
    each --scenario shared-stacks --cpus 3 --requests 1,0
    each --scenario stacks-lost --cpus 2 --expiries 1
    each --scenario stacks-lost --cpus 2 --bytes 2,0 --events 3 --allow init=2,sipi=1
    # Processors that the OS has ejected.
    each --scenario ejected --cpus 2
    each --scenario ejected --cpus 2 --expiries 1
    each --scenario ejected --cpus 2 --events 2 --allow eject=1,init,sipi,stop,spurious,tco
    each --scenario ejected --cpus 3 --requests 1,0 --events 2 --allow eject=2
    # ... and that come back.
    each --scenario readmitted --cpus 2
    each --scenario readmitted --cpus 2 --variant qemu
    each --scenario readmitted --cpus 2 --expiries 1
    each --scenario readmitted --cpus 2 --requests 1,0 --events 4 \
        --allow eject=1,plug,sipi,stop,init,spurious
    each --scenario readmitted --cpus 3 --requests 1,0
    # SMBASE relocation at start-up; processors that never come, or come late, or have an SMI already.
    for cpus in 2 3 4; do
        for variant in manual qemu bochs; do
            each --scenario relocation --cpus $cpus --variant $variant
            each --scenario relocation-dead --cpus $cpus --variant $variant --events 2
            each --scenario relocation-late --cpus $cpus --variant $variant
        done
        each --scenario relocation-early --cpus $cpus --events 2
        each --scenario relocation-early --cpus $cpus --events 2 --variant bochs
    done
    each --scenario relocation-late --cpus 4 --variant qemu --events 1 --allow stop --expiries 4
    # A processor whose local APIC the OS has laid over SMRAM.
    each --scenario apic --cpus 2
    # Level causes, on a hub with the ICH9's registers.
    each --scenario causes --cpus 2
    each --scenario causes --cpus 2 --events 1 --expiries 2
    each --scenario causes --cpus 2 --events 1 --bytes 1,0
    each --scenario causes --cpus 3 --events 1
    each --scenario causes-and-requests --cpus 2
    each --scenario storm --cpus 2
    each --scenario storm --cpus 2 --requests 1,0
    # All machine events, one round.
    each --scenario one-round --cpus 2 --events 2 --expiries 1
    each --scenario one-round --cpus 3 --events 2
    each --scenario deadlines --cpus 3
    each --scenario one-round --cpus 3 --events 2 --asleep 1
    each --scenario one-round --cpus 3 --events 2 --absent 1
    each --scenario one-round --cpus 4 --events 2
    each --scenario one-round --cpus 4 --events 2 --asleep 1
    each --scenario one-round --cpus 4 --events 2 --absent 1
    # Three rounds, a second SMI latched.
    each --scenario three-rounds --cpus 2 --events 1 --allow tco,spurious
    each --scenario three-rounds --cpus 3 --events 1 --allow tco,spurious
    # The emulators' deviations.
    each --scenario one-round --cpus 2 --events 2 --variant qemu
    each --scenario one-round --cpus 2 --events 2 --variant bochs
    crowd 256 100
    crowd 1024 10
    crowd 256 10 --pct 5
    ;;
random)
    crowd 256 1000
    crowd 1024 1000
    ;;
large)
    each --scenario one-round --cpus 2 --events 2 --expiries 2
    each --scenario one-round --cpus 2 --events 3 --expiries 1
    each --scenario one-round --cpus 3 --events 1 --expiries 1
    each --scenario one-round --cpus 3 --events 3
    each --scenario one-round --cpus 5 --events 1
    each --scenario one-round --cpus 5 --events 1 --asleep 1
    each --scenario one-round --cpus 5 --events 1 --absent 1
    each --scenario shared-stacks --cpus 3 --requests 1,0 --registers 1 --events 1 --allow timer
    ;;
*)
    echo "explore.sh: '$2' is none of 'test', 'large' and 'random'" >&2
    exit 2
    ;;
esac
