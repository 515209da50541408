#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""make bench: what an SMI costs, with muster, with its peers, and on the floors.

All in one run on one machine: rounds, and in each round every firmware in turn, so that what
else the host does hits all alike. Two measurements:

  ROM    our ROMs' own loop (firmware/measure.c), for muster and the floors
  Linux  Debian's kernel with the same initramfs and smistat, for every firmware: all of a kind are
         booted side by side, and those whose turn it is not are stopped

The time of an SMI is a loop's total over its count. With thread=single also the host's time on
a processor is taken, which a busy host does not lengthen: QEMU's with a long loop less QEMU's
with a short one. Results go to build/bench: results.json, table.md, plot.svg."""

import argparse
import contextlib
import glob
import json
import os
import re
import resource
import shlex
import sys
import tempfile
import time

import count
import images
import report
from count import qemu

WORDS = re.compile(r"(\w+)=(\w+)")
COMMON_LIMIT = 600

# Shots of a loop: enough for a time, few enough where an SMI may take 100 ms.
ROM_SHOTS = {"single": {1: 30000, 2: 16000, 4: 8000, 8: 4000},
             "multi": {1: 10000, 2: 300, 4: 100, 8: 30}}
LINUX_SHOTS = {"single": {1: 20000, 2: 10000, 4: 6000, 8: 3000},
               "multi": {1: 4000, 2: 300, 4: 100, 8: 30}}
SHORT = 10  # shots of the run that is subtracted


def shots_for(table, thread, cpus):
    table = table[thread]
    return table[max(size for size in table if size <= cpus)]


class Session:
    """A firmware on a machine. What it measures are (key, value) pairs; a key names a row of the table:
    (measurement, image, processors, thread, fired from, other processors, delivery)."""

    def __init__(self, image, cpus, thread, directed=False):
        self.image, self.cpus, self.thread, self.directed = image, cpus, thread, directed

    def key(self, measurement, fired_from, others):
        return (measurement, self.image.name, self.cpus, self.thread, fired_from, others,
                "directed" if self.directed else "broadcast")

    def words(self, directory, extra, kernel=None, initrd=None, append=""):
        delivery = ["-global", "ICH9-LPC.x-smi-broadcast=off"] if self.directed else []
        return qemu.arguments(kernel=kernel, initrd=initrd, append=append, cpus=self.cpus,
                              memory="512M", thread=self.thread,
                              extra=self.image.arguments(directory) + delivery +
                              ["-no-reboot", *extra])

    def __str__(self):
        delivery = ", directed" if self.directed else ""
        return f"{self.image.name}, {self.cpus} processors, thread={self.thread}{delivery}"


def option(name, value):
    return ["-fw_cfg", f"name=opt/muster/{name},string={value}"]


def host_seconds():
    """Time that the QEMUs that have ended spent on a processor of the host."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def process_seconds(process):
    """The same for a QEMU that runs: all its threads."""
    total = 0
    for path in glob.glob(f"/proc/{process.pid}/task/*/schedstat"):
        with open(path, encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total / 1e9


class RomSession(Session):
    """`others`: spinning, halted, or settled: spinning, and the next SMI is fired only when
    everybody is back."""

    def __init__(self, image, cpus, thread, fired_from="first", others="spinning",
                 directed=False):
        super().__init__(image, cpus, thread, directed)
        self.fired_from, self.others = fired_from, others

    def __str__(self):
        return f"{super().__str__()}, from the {self.fired_from}, others {self.others}"

    def loop(self, directory, shots):
        """What the ROM says, and the host's seconds."""
        extra = option("measure", shots) + option("command", self.image.command)
        if self.fired_from == "last":
            extra += option("from", self.cpus)
        if self.others != "spinning":
            extra += option(self.others, 1)
        before = host_seconds()
        with qemu.Machine(self.words(directory, extra)) as machine:
            machine.wait(r"measure: done", COMMON_LIMIT, until="muster: (error|halted)")
            machine.end(60)
            text = machine.text
        return text, host_seconds() - before

    def run(self, directory):
        shots = shots_for(ROM_SHOTS, self.thread, self.cpus)
        text, seconds = self.loop(directory, shots)
        facts = {name: int(value) for name, value in
                 WORDS.findall(re.search(r"measure: processors.*", text).group())}
        visits = [int(value) for value in re.findall(r"processor=\d+ visits=(\d+)", text)]
        loop = (facts["ticks"] - facts["empty"]) / facts["ticks_per_second"]
        value = {"us": loop * 1e6 / shots, "entered": min(visits) / shots,
                 "shots": shots}
        if self.thread == "single":
            _, short = self.loop(directory, SHORT)
            value["host_us"] = (seconds - short) * 1e6 / (shots - SHORT)
        moved = re.search(r"SMBASE relocated: (\d+) processors in (\d+) us", text)
        return [(self.key("ROM", self.fired_from, self.others), value),
                (self.key("relocation", "-", "-")[:-1] + ("-",),
                 {"us": int(moved.group(2)) / int(moved.group(1))})]


class LinuxSession(Session):
    def __init__(self, image, cpus, thread, linux, directed=False):
        super().__init__(image, cpus, thread, directed)
        self.kernel, self.initrd = linux

    def cases(self):
        """(fired from, its number, other processors)"""
        yield "first", 0, "idle"
        if self.cpus > 1:
            yield "first", 0, "busy"
            if not self.image.first_only:
                yield "other", 1, "idle"

    def boot(self, directory, stack):
        """Starts the machine, which ends with `stack`, and stops it when Linux is up."""
        append = "console=ttyS0 earlyprintk=serial,ttyS0 panic=-1 nokaslr muster.job=commands"
        qmp = os.path.join(stack.enter_context(tempfile.TemporaryDirectory()), "qmp")
        words = self.words(directory, [], self.kernel, self.initrd, append)
        self.machine = stack.enter_context(qemu.Machine(words, qmp=qmp))
        self.machine.wait(r"Linux version", COMMON_LIMIT)
        seconds = self.machine.seconds()
        self.machine.wait(r"guest: ready", COMMON_LIMIT, until="Kernel panic")
        self.machine.qmp("stop")
        return [(self.key("boot", "-", "-")[:-1] + ("-",), {"us": seconds * 1e6})]

    def run(self):
        self.machine.qmp("cont")
        results = [(self.key("Linux", fired_from, others),
                    self.fire(self.machine, number, others))
                   for fired_from, number, others in self.cases()]
        self.machine.qmp("stop")
        return results

    def fire(self, machine, number, others):
        shots = shots_for(LINUX_SHOTS, self.thread, self.cpus)
        if others == "busy":
            rest = [cpu for cpu in range(self.cpus) if cpu != number]
            machine.run(" ".join(f"taskset -c {cpu} sh -c 'while :; do :; done' &"
                                 for cpu in rest))
        short = self.smistat(machine, number, SHORT)[1]
        text, seconds = self.smistat(machine, number, shots)
        if others == "busy":
            machine.run("kill $(jobs -p); wait")
        said = json.loads(re.search(r"^\{.*\}$", text, re.M).group())
        visits = [one.get("smi_count", 0) for one in said["processors"]]
        value = {"us": said["microseconds"]["per_smi"], "entered": min(visits) / shots,
                 "shots": shots}
        if said["muster"]:
            value["log"] = said["verdict"]
        if self.thread == "single" and others == "idle":
            value["host_us"] = (seconds - short) * 1e6 / (shots - SHORT)
        return value

    def smistat(self, machine, number, shots):
        """What it says, and the host's seconds."""
        before = process_seconds(machine.process)
        _, text = machine.run(f"smistat --cpu {number} --command {self.image.command:#x} "
                              f"--count {shots} --json", COMMON_LIMIT)
        return text, process_seconds(machine.process) - before


def ways_of(cpus, thread, quick):
    """(fired from, other processors). What the others do between SMIs is told apart where times are
    steady; with threads of their own the host's scheduler hides it."""
    yield "first", "spinning"
    if cpus == 1:
        return
    if not quick:
        yield "last", "spinning"
    if thread == "single":
        yield "first", "settled"
        if not quick:
            yield "first", "halted"


def rom_sessions(options, all_images, thread):
    ours = [image for image in all_images.values() if image.ours]
    for cpus in options.cpus:
        for way in ways_of(cpus, thread, options.quick):
            for image in ours:
                yield RomSession(image, cpus, thread, *way)
        if cpus > 1 and not options.quick:
            for image in ours:
                if not image.waits:
                    yield RomSession(image, cpus, thread, directed=True)


def linux_sessions(options, all_images, linux, thread, cpus):
    for name in options.linux:
        yield LinuxSession(all_images[name], cpus, thread, linux)
    if cpus > 1 and not options.quick and "muster" in options.linux:
        yield LinuxSession(all_images["muster"], cpus, thread, linux, directed=True)


class Results:
    """{key: [value of each round]}, and what went wrong."""

    def __init__(self):
        self.values, self.failures = {}, []
        self.begin = time.monotonic()

    def measure(self, what, session, function, *arguments):
        """Keeps what the function has measured; False if it could not."""
        print(f"[{time.monotonic() - self.begin:5.0f} s] {what}: {session}", flush=True)
        try:
            for key, value in function(*arguments):
                self.values.setdefault(key, []).append(value)
            return True
        except (qemu.MachineError, OSError, AttributeError, ValueError) as error:
            self.failures.append(f"{session}: {str(error).splitlines()[0]}")
            print(f"    {self.failures[-1]}", flush=True)
            return False


def rom_measure(options, all_images, results):
    for thread in options.threads:
        for number in range(options.rounds[thread]):
            for session in rom_sessions(options, all_images, thread):
                results.measure(f"round {number + 1}", session, session.run, options.directory)


def linux_measure(options, all_images, linux, results):
    """Machines that fail are not asked again."""
    for thread in options.threads:
        for cpus in options.cpus:
            with contextlib.ExitStack() as stack:
                ready = [session for session in
                         linux_sessions(options, all_images, linux, thread, cpus)
                         if results.measure("boot", session, session.boot, options.directory, stack)]
                for number in range(options.rounds[thread]):
                    ready = [session for session in ready
                             if results.measure(f"round {number + 1}", session, session.run)]


def peer_visits(options, image, cpus, linux):
    """The SMIs that smistat fires from the first processor of a firmware with its SMM in TSEG."""
    begin, end = count.smram_find(f"{options.build}/muster.rom", cpus)  # the same machine
    out = f"{options.directory}/peer-{cpus}.jsonl"
    session = LinuxSession(image, cpus, "single", linux)
    append = "console=ttyS0 quiet panic=-1 muster.job=commands"
    plugin = f"{options.directory}/smm_count.so,out={out},smram={begin:x}-{end:x}"
    with qemu.Machine(session.words(options.directory, ["-plugin", plugin], session.kernel,
                                    session.initrd, append)) as machine:
        machine.wait(r"guest: ready", COMMON_LIMIT, until="Kernel panic")
        machine.run(f"smistat --cpu 0 --command {images.NOOP:#x} --count {count.SHOTS}", COMMON_LIMIT)
        machine.send("poweroff -f")
        machine.end(120)
    visits = count.visits_read(out)
    return [visits[cpu][-count.SHOTS:] for cpu in range(cpus)]


def instructions_count(options, all_images, linux):
    """Rows (firmware, processors, role, summary), by the plugin."""
    rows = []
    for cpus in options.cpus:
        print(f"instructions of an SMI, {cpus} processors", flush=True)
        visits = count.visits_count(options.build, cpus, options.directory)
        rows += [("muster", cpus, role, row) for role, row in count.summaries(visits).items()]
        if "OVMF" in options.linux:
            visits = peer_visits(options, all_images["OVMF"], cpus, linux)
            rows.append(("OVMF", cpus, "monarch", count.role_summary(visits[0])))
            followers = [visit for one in visits[1:] for visit in one]
            if followers:
                rows.append(("OVMF", cpus, "follower", count.role_summary(followers)))
    return rows


def options_parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--initrd", required=True)
    parser.add_argument("--quick", action="store_true", help="1 and 4 processors, few rounds")
    parser.add_argument("--rounds", type=int, help="with thread=multi (11; quick: 3)")
    parser.add_argument("--single-rounds", type=int, help="with thread=single (3)")
    parser.add_argument("--cpus", help="numbers of processors, such as 1,2,4,8")
    parser.add_argument("--threads", help="single,multi")
    parser.add_argument("--linux", default="muster,OVMF,SeaBIOS,rendezvous floor",
                        help="images that boot Linux")
    options = parser.parse_args()
    options.directory = f"{options.build}/bench"
    multi = options.rounds if options.rounds is not None else 3 if options.quick else 11
    single = options.single_rounds if options.single_rounds is not None else 3
    options.rounds = {"multi": multi, "single": single}
    options.cpus = [int(word) for word in
                    (options.cpus or ("1,4" if options.quick else "1,2,4,8")).split(",")]
    options.threads = (options.threads or
                       ("single" if options.quick else "single,multi")).split(",")
    options.linux = [name for name in options.linux.split(",") if name]
    options.command = shlex.join(sys.argv)
    options.load = os.getloadavg()[0]
    return options


def main():
    options = options_parse()
    os.makedirs(options.directory, exist_ok=True)
    all_images = images.images(options.build)
    for name in list(all_images):
        if not all_images[name].available():
            print(f"bench: {name} is left out: there is no {all_images[name].rom}")
            del all_images[name]
    options.linux = [name for name in options.linux if name in all_images]
    linux = (options.kernel, options.initrd)
    rows = instructions_count(options, all_images, linux)
    results = Results()
    rom_measure(options, all_images, results)
    report.results_write(options, results.values, rows, results.failures)  # already of use
    linux_measure(options, all_images, linux, results)
    report.results_write(options, results.values, rows, results.failures)
    report.plot_write(options, results.values)
    print(open(f"{options.directory}/table.md", encoding="utf-8").read())
    return 1 if results.failures else 0


if __name__ == "__main__":
    sys.exit(main())
