#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Applies each seeded bug to a copy of core/, of a file of sim/ or of one that it includes, builds it into the simulator, and explores.

usage: run.py [--sample N] [--jobs N] [--seconds N] [--large CPUS] [NAME]...

--large: those of table.LARGE, by random executions of so many processors.

Prints killed/total, and every survivor with the reason if one is known. Exit status 0 if there
is no survivor without one, and every bug still applies.
"""
import argparse
import concurrent.futures
import json
import pathlib
import shutil
import subprocess
import sys

import table

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "mutants"
INCLUDED = {"platform/ich9": "port_ich9.c", "arch/x86/small": "handler_stacks.c",
            "arch/x86/plug": "plug.c"}
SOUND = {}  # scenario: the core as it is passes it
DECLARATION = "\nbool shared_compare_store(struct shared_word *, uint64_t, uint64_t);\n"


def core_files():
    return [p for p in sorted((ROOT / "core").iterdir()) if p.suffix in (".c", ".h")]


def make_copy(name, file, text, replacement):
    """Copies core/ (and the file outside it that it is in) with the bug in it. Returns None, or why the bug does not apply."""
    directory = BUILD / name
    shutil.rmtree(directory, ignore_errors=True)
    (directory / "core").mkdir(parents=True)
    for path in core_files():
        shutil.copy(path, directory / "core" / path.name)
    source = directory / (file if "/" in file else f"core/{file}")
    if file.startswith("sim/"):
        source.parent.mkdir()
        shutil.copy(ROOT / file, source)
    elif "/" in file:  # part of a file of sim/
        including = INCLUDED[file.rpartition("/")[0]]
        shutil.copytree(ROOT / source.parent.relative_to(directory), source.parent)
        (directory / "sim").mkdir()
        shutil.copy(ROOT / "sim" / including, directory / "sim")
    content = source.read_text()
    # The formatter may break lines anywhere: compare words, not lines.
    count = content.count(text)
    if count != 1:
        return f"its text occurs {count} times in {source.relative_to(directory)}"
    content = content.replace(text, replacement)
    if "shared_compare_store" in replacement:
        content = content.replace("\n\n", "\n" + DECLARATION + "\n", 1)
    source.write_text(content)
    return None


def build(name, *variables):
    directory = BUILD / name
    done = subprocess.run(
        ["make", "-s", "sim-mutant", f"SIM_CORE={directory}/core", f"SIM_BUILD={directory}",
         f"MUTANT={directory}/muster-sim", *variables], cwd=ROOT, capture_output=True, text=True)
    return None if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


def explore(name, scenario, seconds, extra=()):
    """Returns the property that failed, '' if none did, or None if the search was not finished."""
    directory = BUILD / name
    done = subprocess.run(
        [directory / "muster-sim", "explore", "--quiet", "--json", "--minimise", "1",
         "--replay-file", directory / "replay", "--seconds", str(seconds), *scenario.split(),
         *extra], capture_output=True, text=True)
    try:
        result = json.loads(done.stdout)
    except ValueError:
        return "crash"
    if result["outcome"] == "stopped":
        return None
    return result.get("property", "")


def sound_scenario(scenario, seconds):
    """True if the core without a bug passes: else nothing is shown by a failure."""
    done = subprocess.run(
        [ROOT / "build" / "muster-sim", "explore", "--quiet", "--json", "--minimise", "0",
         "--replay-file", BUILD / "replay", "--seconds", str(seconds), *scenario.split()],
        capture_output=True, text=True)
    return done.returncode != 1


def judge(bug, seconds):
    """Returns (name, verdict, detail)."""
    name, file, text, replacement, scenario = bug
    why = make_copy(name, file, text, replacement) or build(name)
    if why:
        return name, "stale", why
    failed = explore(name, scenario, seconds)
    if failed and not SOUND[scenario]:
        return name, "survived", "the scenario fails without the bug too"
    if failed and bug in table.TSO:
        under_sc = explore(name, scenario, seconds, ("--sc", "1"))
        if under_sc:
            return name, "killed", f"{failed} (but also under SC: {under_sc})"
        return name, "killed", f"{failed}, under TSO only"
    if failed:
        return name, "killed", failed
    return name, "survived", "search not finished" if failed is None else "search complete"


def random_failure(simulator, cpus, seconds):
    """The property that a random execution fails, '' if none of them does."""
    for search in table.LARGE_SEARCHES:
        done = subprocess.run(
            [simulator, "random", "--quiet", "--json", "--minimise", "0", "--cpus", str(cpus),
             "--replay-file", BUILD / "replay", *search.split()],
            capture_output=True, text=True, timeout=20 * seconds)
        try:
            failed = json.loads(done.stdout)["failed"]
        except ValueError:
            failed = "crash"
        if failed:
            return f"{failed} ({search})"
    return ""


def judge_large(bug, cpus, seconds):
    """The same as judge, in a crowd."""
    name, file, text, replacement, _ = bug
    place = f"{name}-large"
    why = make_copy(place, file, text, replacement) or build(place, "LARGE=1")
    if why:
        return name, "stale", why
    failed = random_failure(BUILD / place / "muster-sim", cpus, seconds)
    return name, "killed" if failed else "survived", failed or "nothing fails"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--large", type=int, metavar="CPUS")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    bugs = table.BUGS + table.TSO
    unknown = set(options.names) - {bug[0] for bug in bugs}
    if unknown:
        sys.exit(f"no such bug: {', '.join(sorted(unknown))}; those there are stand in "
                 "tests/mutants/table.py")
    if options.names:
        bugs = [bug for bug in bugs if bug[0] in options.names]
    elif options.sample:
        bugs = bugs[::max(1, len(bugs) // options.sample)]
    BUILD.mkdir(parents=True, exist_ok=True)
    if options.large:
        bugs = [bug for bug in bugs if bug[0] in table.LARGE]
        failed = random_failure(ROOT / "build" / "muster-sim", options.large, options.seconds)
        if failed:
            sys.exit(f"the core without a bug fails too: {failed}")
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        scenarios = [] if options.large else sorted({bug[4] for bug in bugs})
        SOUND.update(zip(scenarios, pool.map(
            lambda scenario: sound_scenario(scenario, options.seconds), scenarios)))
    counts = {"killed": 0, "survived": 0, "stale": 0}
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for name, verdict, detail in pool.map(
                lambda bug: judge_large(bug, options.large, options.seconds) if options.large
                else judge(bug, options.seconds), bugs):
            counts[verdict] += 1
            if verdict == "survived" and name in table.KNOWN and not options.large:
                detail += "; known: " + table.KNOWN[name]
            elif verdict != "killed":
                bad += 1
            print(f"{name:28} {verdict:9} {detail}", flush=True)
    print(f"killed {counts['killed']} of {len(bugs)}, {counts['survived']} survived, "
          f"{counts['stale']} no longer apply")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
