#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Does each fuzzer bite? Takes one check out of what it tries, and sees that it is missed.

usage: planted.py [--seconds N] [FUZZER]...

Works on a copy of the tree with what is built already. Exit status 0 if every mistake is found."""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]

# fuzzer: (file, a text that occurs there once, what is put in its place)
PLANTED = {
    "acpi": ("firmware/acpi_loader.c",
             "!range_valid(command->add_pointer.offset, width, target->size)",
             "command->add_pointer.offset > target->size"),
    "communicate": ("services/communicate.c", "message->capacity < sizeof(*answer)",
                    "message->capacity < 2"),
    "decode": ("tools/muster/save_state.c", "dump->length - (uint64_t)at < size", "false"),
    "fw_cfg": ("firmware/fw_cfg.c", "directory_files > DIRECTORY_FILES",
               "directory_files > 2 * DIRECTORY_FILES"),
    "linux": ("firmware/linux.c", "kernel->base >= 4 * GIBIBYTE ||", ""),
    "muster": ("tools/muster/layout.c", "length == 0 || length >= sizeof(digits)",
               "length == 0"),
    "play": ("sim/engine.c", "engine_processors[transition.processor].stores == 0", "false"),
    "replay": ("sim/replay.c",
               'snprintf(execution->property, sizeof(execution->property), "%.63s", value)',
               "strcpy(execution->property, value)"),
    "simulator": ("sim/scenario.c", "strlen(text) >= sizeof(copy) || *text == '\\0'",
                  "*text == '\\0'"),
    "smistat": ("tools/smistat/cpulist.c", "list->count == SMISTAT_PROCESSORS_MAX",
                "list->count == UINT16_MAX"),
    "trace": ("tools/muster/log.c", "index >= (json_int_t)log->processors",
              "index >= (json_int_t)log->processors << 40"),
}


def tree_copy(place):
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, names.stdout.decode().split("\0")):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, place / name)
    shutil.copytree(ROOT / "build", place / "build",
                    ignore=shutil.ignore_patterns("fuzz", "kernel", "test*", "mutants"))


def found(place, fuzzer, seconds):
    """Whether the fuzzer finds its mistake; the source is as it was afterwards."""
    file, text, replacement = PLANTED[fuzzer]
    source = place / file
    before = source.read_text()
    # The formatter may break lines anywhere.
    places = re.findall(r"\s+".join(map(re.escape, text.split())), before)
    if len(places) != 1:
        raise SystemExit(f"{fuzzer}: its text occurs {len(places)} times in {file}")
    source.write_text(before.replace(places[0], replacement))
    program = place / "build" / "test" / f"fuzz_{fuzzer}"
    try:
        subprocess.run(["make", "-s", program.relative_to(place)], cwd=place, check=True)
        done = subprocess.run(
            ["tests/fuzz/run.sh", "build", str(seconds), fuzzer], cwd=place,
            capture_output=True, text=True)
    finally:
        source.write_text(before)
        program.unlink(missing_ok=True)
    print(f"{fuzzer}: {done.stdout.strip().splitlines()[0]}", flush=True)
    return "found something" in done.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("fuzzers", nargs="*")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        place = pathlib.Path(directory)
        tree_copy(place)
        missed = [fuzzer for fuzzer in options.fuzzers or PLANTED
                  if not found(place, fuzzer, options.seconds)]
    print(f"planted: {', '.join(missed)} not found" if missed else "planted: all found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
