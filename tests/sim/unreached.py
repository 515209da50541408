#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Prints the lines of core/ that no explored execution reaches, and fails if one of them is not
explained in unreached.txt, or one is explained there that is reached.

usage: unreached.py [BUILD]

Each search is one process, so that the counters of all executions come together. Counters change at
once (atomic): kept in registers they would get into the states.

unreached.txt has a paragraph for each reason: the reason after "# ", then the lines, each as
FILE FUNCTION: TEXT, or FILE FUNCTION for one of which nothing is reached, or FILE."""

import collections
import gzip
import json
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXPLAINED = ROOT / "tests" / "sim" / "unreached.txt"
SEARCHES = """
deadlines
second-smi --moments 1
crossing
three-rounds
second-smi
directed
slots
both
bytes
lone-bytes
dual
user
adversary
waking
stopped
init
alone-bytes
causes
causes-and-requests
storm
synchronous --events 0 --other-io 1
both --save-state intel64
alone-bytes --save-state intel64
init --save-state intel64
user --save-state intel64 --requests 1,1
low-power
issuer --expiries 1
issuer-alone --expiries 1
each --events 1 --allow all --expiries 1
others --events 1 --allow all --expiries 1
each --cpus 3
others --cpus 3
one-round --events 2
deadlines --requests 1,1 --expiries 2
dual --requests 2,2
crossing --cpus 3 --events 1 --allow stop
deadlines --cpus 3 --requests 0,2,0
alone --events 1 --allow all --expiries 1
near --cpus 3
shared-stacks --requests 1,0 --variant qemu --events 2 --allow init
relocation --cpus 3
stacks-lost --expiries 1
stacks-lost --bytes 2,0 --events 3 --allow init=2,sipi=1
one-round --cpus 3 --events 0 --block 2
dual --requests 1,1 --block 2
near --block 2
stopped --requests 1,0 --block 2
one-round --cpus 1
"""


def explore(build):
    """Runs every search with a simulator that counts."""
    shutil.rmtree(build, ignore_errors=True)
    build.mkdir(parents=True)
    simulator = build / "muster-sim"
    subprocess.run(["make", "-s", "sim-mutant", f"SIM_BUILD={build}", f"MUTANT={simulator}",
                    "SIM_COVERAGE=--coverage -fprofile-update=atomic"], cwd=ROOT, check=True)
    for search in SEARCHES.strip().splitlines():
        subprocess.run([simulator, "explore", "--quiet", "--memory", "64", "--replay-file",
                        build / "failed.replay", "--scenario", *search.split()], cwd=ROOT,
                       check=True, stdout=subprocess.DEVNULL)


def counted(build):
    """{(file, line): (function, reached)} of each line of the core that has code. One of a
    header is reached if it is in any file that has it."""
    subprocess.run(["gcov", "--json-format", *sorted((build / "core").glob("*.gcda"))], cwd=build,
                   check=True, stdout=subprocess.DEVNULL)
    lines = {}
    for path in sorted(build.glob("*.gcov.json.gz")):
        for file in json.loads(gzip.decompress(path.read_bytes()))["files"]:
            for line in file["lines"] if file["file"].startswith("core/") else ():
                place = file["file"], line["line_number"]
                reached = line["count"] != 0 or lines.get(place, ("", False))[1]
                lines[place] = line.get("function_name", ""), reached
    return lines


def whole(lines, missed, part):
    """The parts (files, functions) of which no line is reached."""
    return {part(line) for line in missed} - {part(line) for line in lines.keys() - missed}


def unreached(lines):
    """What is not reached, as unreached.txt has it: lines without a number, which any change above
    would change; of several that are the same in one function, which one it is."""
    seen = collections.Counter()
    missed = {line for line, (_, reached) in lines.items() if not reached}
    files = whole(lines, missed, lambda line: line[0])
    functions = whole(lines, missed, lambda line: (line[0], lines[line][0]))
    names = set()
    for line in sorted(lines):
        file, number = line
        function = lines[line][0]
        text = (ROOT / file).read_text().splitlines()[number - 1].strip()
        name = f"{file} {function}: {text}"
        seen[name] += 1
        if line not in missed:
            continue
        if file in files:
            names.add(file)
        elif (file, function) in functions:
            names.add(f"{file} {function}")
        else:
            names.add(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return len(missed), names


def explained(path):
    return {line for line in path.read_text().splitlines()
            if line and not line.startswith("#")}


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build").resolve() / "sim-coverage"
    explore(build)
    lines = counted(build)
    count, missed = unreached(lines)
    known = explained(EXPLAINED)
    for line in sorted(missed):
        print(f"{'never reached' if line in known else 'NOT EXPLAINED'}  {line}")
    for line in sorted(known - missed):
        print(f"EXPLAINED IN VAIN  {line}")
    print(f"core lines reached {len(lines) - count}, never reached {count}, "
          f"{'explained' if missed == known else 'NOT ALL EXPLAINED'}")
    return 0 if missed == known else 1


if __name__ == "__main__":
    sys.exit(main())
