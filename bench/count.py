#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Counts the instructions of a no-op SMI, by processor, role and phase, with smm_count.

The ROM's exerciser fires it; -icount makes QEMU run one processor after the other, the same way
every time, so one run is enough."""

import argparse
import collections
import json
import os
import re
import statistics
import subprocess
import sys

import phases

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tools", "run"))
import qemu  # noqa: E402

MEMORY = "512M"
SHOTS = 20
BEFORE = 2  # visits before the exerciser's: the relocation, the ROM's first SMI


class CountError(Exception):
    pass


def rom_words(rom, cpus, extra=()):
    return qemu.arguments(rom, cpus=cpus, memory=MEMORY, thread="single",
                          extra=["-no-reboot", *extra])


def rom_run(words, last=r"exerciser: verdict=\w+", seconds=900):
    """What the ROM says until, after the line `last`, it switches the machine off."""
    with qemu.Machine(words) as machine:
        machine.wait(last, seconds, until="muster: halted")
        machine.end(60)
        return machine.text


def smram_find(rom, cpus):
    """Where SMRAM is, as the ROM tells it."""
    with qemu.Machine(rom_words(rom, cpus)) as machine:
        found = machine.wait(r"SMRAM ([0-9a-f]+)-([0-9a-f]+),", 60)
    return int(found.group(1), 16), int(found.group(2), 16) + 1


def visits_read(path):
    visits = collections.defaultdict(list)
    with open(path, encoding="ascii") as file:
        for line in file:
            visit = json.loads(line)
            visits[visit["cpu"]].append(visit)
    return visits


def is_monarch(visit):
    phase = visit["phases"]
    return any(phase.get(name, 0) > 0
               for name in ("election", "round_elect", "round_begin_alone"))


def visits_count(build, cpus, directory, shots=SHOTS, name_of=phases.phase_of):
    """Muster's visits of the exerciser's first phase: from each processor in turn, `shots` SMIs, by
    OUT, with a request in registers. A list for each processor."""
    rom = f"{build}/muster.rom"
    begin, end = smram_find(rom, cpus)
    out = os.path.join(directory, f"visits-{cpus}.jsonl")
    path = os.path.join(directory, "phases.map")
    phases.map_write(f"{build}/smm/runtime.elf", begin, path, name_of)
    plugin = f"{build}/bench/smm_count.so,out={out},smram={begin:x}-{end:x},map={path}"
    text = rom_run(rom_words(rom, cpus, [
        "-icount", "shift=0,sleep=off", "-plugin", plugin,
        "-fw_cfg", f"name=opt/muster/count,string={shots}"]))
    if not re.search(r"exerciser: verdict=ok", text):
        raise CountError("the exerciser's verdict is not ok:\n" + text[-2000:])
    visits = visits_read(out)
    return [visits[cpu][BEFORE:BEFORE + shots * cpus] for cpu in range(cpus)]


def role_summary(visits):
    """Medians over the visits of one role."""
    names = visits[0]["phases"]
    return {
        "visits": len(visits),
        "work": statistics.median(visit["work"] for visit in visits),
        "least": min(visit["work"] for visit in visits),
        "most": max(visit["work"] for visit in visits),
        "spin": statistics.median(visit["spin"] for visit in visits),
        "phases": {name: statistics.median(visit["phases"].get(name, 0) for visit in visits)
                   for name in names},
    }


def summaries(visits):
    """For each role that was there: its summary."""
    everything = [visit for one in visits for visit in one]
    roles = {"monarch": [visit for visit in everything if is_monarch(visit)],
             "follower": [visit for visit in everything if not is_monarch(visit)]}
    return {role: role_summary(found) for role, found in roles.items() if found}


def row_print(cpus, role, row):
    parts = " ".join(f"{name} {value:g}" for name, value in
                     sorted(row["phases"].items(), key=lambda item: -item[1]) if value)
    print(f"{cpus:5} {role:9} {row['work']:6g} [{row['least']}-{row['most']}]  spinning "
          f"{row['spin']:g}  of the work: {parts}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--cpus", default="1,2,4,8")
    parser.add_argument("--functions", action="store_true",
                        help="by function of the source instead of by phase")
    options = parser.parse_args()
    directory = f"{options.build}/bench"
    print("instructions in SMM of a no-op SMI with a request, medians [least-most]")
    for cpus in map(int, options.cpus.split(",")):
        visits = visits_count(options.build, cpus, directory,
                              name_of=phases.innermost if options.functions
                              else phases.phase_of)
        for role, row in summaries(visits).items():
            row_print(cpus, role, row)


if __name__ == "__main__":
    try:
        main()
    except (CountError, qemu.MachineError, subprocess.CalledProcessError) as error:
        sys.exit(f"count: {error}")
