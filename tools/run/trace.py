#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Boots Linux on the ROM, fires SMIs from each processor in turn and from all at once, and draws
their log: PREFIX.json, PREFIX.html and PREFIX.svg."""

import argparse
import pathlib
import subprocess
import sys

import qemu

COMMANDS = ["smistat --count {each}", "smistat --records --count {each}",
            "smistat --records --simultaneous --count {each}"]


def options_parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rom", required=True)
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--initrd", required=True)
    parser.add_argument("--muster", required=True, help="the host program")
    parser.add_argument("--cpus", type=int, default=4)
    parser.add_argument("--mem", default="1G")
    parser.add_argument("--thread", default="single", choices=["multi", "single"])
    parser.add_argument("--each", type=int, default=8, help="SMIs from each processor")
    parser.add_argument("--output", default="build/trace", metavar="PREFIX")
    return parser.parse_args()


def logs_take(options):
    """The output of each command in the guest; the first run only warms the emulator up."""
    words = qemu.arguments(options.rom, options.kernel, options.initrd,
                           "console=ttyS0 loglevel=0 panic=-1 muster.job=commands", options.cpus,
                           options.mem, options.thread, extra=["-no-reboot"])
    with qemu.Machine(words, f"{options.output}.log") as machine:
        machine.wait(r"^guest: ready$", 300 + 20 * options.cpus, until=r"Kernel panic")
        for command in COMMANDS:
            command = command.format(each=options.each)
            status, output = machine.run(command, 300)
            if status != 0:
                raise qemu.MachineError(f"{command}: status {status}\n{output}")
            yield command, output


def main():
    options = options_parse()
    muster, log = options.muster, pathlib.Path(f"{options.output}.json")
    try:
        for command, output in logs_take(options):
            if "--records" not in command:
                continue
            simultaneous = "--simultaneous" in command
            path = log.with_name(f"{log.stem}-at-once.json") if simultaneous else log
            path.write_text(output + "\n")
            page = path.with_suffix(".html")
            print(f"$ {command}", flush=True)
            subprocess.run([muster, "trace", path, "--check"], check=True)
            subprocess.run([muster, "trace", path, "--html", page, "--svg",
                            path.with_suffix(".svg")], check=True)
            print(f"trace: {page}", flush=True)
    except (qemu.MachineError, TimeoutError) as error:
        print(f"trace: {error}; the serial log is {options.output}.log", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        return error.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
