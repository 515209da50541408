#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Boots Linux on the ROM, shows the stages with their times, lets the guest fire and account
for its SMIs, and ends with one verdict line. Exit status 0 only if the guest's verdict is ok."""

import argparse
import os
import re
import sys

import qemu

# What begins a stage, and what to call it. The ROM's own lines and the guest's say it better.
STAGES = [
    (r"^muster: (.*)", "ROM: {0}"),
    (r"Linux version (\S+)", "Linux {0} starts"),
    (r"smp: Brought up .*?(\d+) CPUs?", "Linux has {0} processors"),
    (r"Run /init as init process", "Linux is up"),
    (r"^guest: stage: (.*)", "guest: {0}"),
]


def options_parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rom")
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--initrd", required=True)
    parser.add_argument("--machine", default="q35", choices=["q35", "pc"])
    parser.add_argument("--cpus", type=int, default=4)
    parser.add_argument("--mem", default="1G")
    parser.add_argument("--thread", default="multi", choices=["multi", "single"])
    parser.add_argument("--cpu", default="max", help="QEMU's processor model")
    parser.add_argument("--append", default="", help="more words for the kernel command line")
    parser.add_argument("--limit", type=int, help="seconds for the whole run")
    parser.add_argument("--log", default="build/run.log", help="the whole serial output")
    parser.add_argument("--shell", action="store_true", help="an interactive guest instead")
    parser.add_argument("qemu", nargs="*", help="more arguments for QEMU, after --")
    return parser.parse_args()


def command_line(options, job):
    quiet = "" if job == "report" else "quiet "
    append = f"console=ttyS0 {quiet}panic=-1 muster.job={job} {options.append}"
    return qemu.arguments(options.rom, options.kernel, options.initrd, append, options.cpus,
                          options.mem, options.thread, options.cpu,
                          ["-no-reboot"] + options.qemu, options.machine)


def stage_of(line):
    for pattern, text in STAGES:
        match = re.search(pattern, line)
        if match:
            return text.format(*match.groups())
    return None


def report_show(machine, limit):
    """Prints stages and tables as they come; the guest's verdict (None: QEMU ended) and
    the last stage."""
    stage, in_report = "QEMU starts", False
    try:
        for line in machine.lines(limit):
            said = re.search(r"^guest: verdict: (\w+)", line)
            if said:
                return said.group(1), stage
            stopped = re.search(r"^muster: error: .*|Kernel panic - .*", line)
            if stopped:
                raise qemu.MachineError(stopped.group(0).strip())
            reached = stage_of(line)
            if reached:
                stage = reached
                in_report = line.startswith("guest: stage: ")
                print(f"[{machine.seconds():7.2f} s] {stage}", flush=True)
            elif in_report and not re.match(r"\[ +\d+\.\d+\]", line):
                print(f"    {line}", flush=True)
    except TimeoutError:
        raise qemu.MachineError(f"still running after {limit} s, at stage '{stage}'") from None
    return None, stage


def last_lines(path, count=5):
    with open(path, errors="replace") as log:
        lines = [line.rstrip() for line in log if line.strip()]
    return "\n".join(f"    {line}" for line in lines[-count:])


def report_run(options):
    limit = options.limit or 300 + 20 * options.cpus
    os.makedirs(os.path.dirname(options.log) or ".", exist_ok=True)
    with qemu.Machine(command_line(options, "report"), options.log) as machine:
        verdict, stage = report_show(machine, limit)
        status = machine.end(60)
    if verdict is None:
        raise qemu.MachineError(
            f"QEMU ended (status {status}) without a verdict, after stage '{stage}'; "
            f"the last it said:\n{last_lines(options.log)}")
    if status != 0:
        raise qemu.MachineError(f"QEMU ended with status {status}")
    if verdict != "ok":
        raise qemu.MachineError("the guest found SMIs lost, handled twice or not held")
    return f"ok ({options.cpus} processors, {options.mem}, thread={options.thread})"


def main():
    options = options_parse()
    if options.shell:
        words = command_line(options, "shell")
        words += ["-serial", "mon:stdio"]
        os.execvp(words[0], words)
    try:
        print(f"run: verdict: {report_run(options)}")
    except qemu.MachineError as error:
        print(f"run: verdict: FAILED: {error}\nrun: the serial log is in {options.log}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
