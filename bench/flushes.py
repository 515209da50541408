#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""How often QEMU empties its TLB for one SMI, and how often it misses in it afterwards.

Most of an SMI's time under TCG is made of these two, and they can be counted where times vary. Two
probes on QEMU's own functions, by perf, so it needs root: a long loop of smistat less a short one."""

import argparse
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

import images
import run

FUNCTIONS = {"tcg_flush_jmp_cache": "flushes", "x86_cpu_tlb_fill": "misses"}
SHORT, LONG = 200, 4200
ATTACHING = 1  # seconds until perf counts
ENDING = 60  # ... that it may take to end


class FlushError(Exception):
    pass


def perf(*words):
    try:
        done = subprocess.run(["perf", *words], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise FlushError("perf is missing: apt-get install linux-perf") from None
    if done.returncode != 0:
        raise FlushError(f"perf {words[0]}: {done.stderr.strip().splitlines()[-1]}")


@contextlib.contextmanager
def probes(program):
    """Names of the probes, which are there while the context lasts."""
    group = f"muster{os.getpid()}"
    try:
        for function in FUNCTIONS:
            perf("probe", "-q", "-x", program, f"{group}:{function}={function}")
        yield [f"{group}:{function}" for function in FUNCTIONS]
    finally:
        subprocess.run(["perf", "probe", "-q", "-d", f"{group}:*"], capture_output=True, check=False)


def loop_count(session, events, shots):
    """{function: how often it was called} while smistat fires `shots` SMIs."""
    words = ["perf", "stat", "-x", ",", "-e", ",".join(events), "-p",
             str(session.machine.process.pid)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as counter:
        try:
            time.sleep(ATTACHING)
            session.smistat(session.machine, 0, shots)
        finally:  # perf counts for as long as QEMU runs
            counter.send_signal(signal.SIGINT)
        text = counter.communicate(timeout=ENDING)[1]
    counts = {name: int(number) for number, name in
              re.findall(r"^(\d+),.*:(\w+),", text, re.M)}
    if set(counts) != set(FUNCTIONS):
        raise FlushError(f"perf stat: {text.strip()}")
    return counts


def image_count(image, cpus, linux, events):
    session = run.LinuxSession(image, cpus, "single", linux)
    with contextlib.ExitStack() as stack:
        session.boot(stack.enter_context(tempfile.TemporaryDirectory()), stack)
        session.machine.qmp("cont")
        short, long = (loop_count(session, events, shots) for shots in (SHORT, LONG))
    return {function: (long[function] - short[function]) / (LONG - SHORT)
            for function in FUNCTIONS}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--initrd", required=True)
    parser.add_argument("--cpus", type=int, default=1)
    options = parser.parse_args()
    every = images.images(options.build)
    print(f"{'firmware':17s} " + " ".join(f"{name:>8s}" for name in FUNCTIONS.values()) +
          "   (of an SMI that Linux fires)")
    with probes("/usr/bin/qemu-system-x86_64") as events:
        for name in ("muster", "rendezvous floor", "SeaBIOS", "OVMF"):
            if not every[name].available():
                print(f"{name:17s} not installed")
                continue
            found = image_count(every[name], options.cpus, (options.kernel, options.initrd), events)
            print(f"{name:17s} " + " ".join(f"{found[one]:8.1f}" for one in FUNCTIONS), flush=True)


if __name__ == "__main__":
    try:
        main()
    except (FlushError, run.qemu.MachineError, subprocess.TimeoutExpired, OSError) as error:
        sys.exit(f"flushes: {error}")
