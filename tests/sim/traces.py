#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Records SMI logs of a machine in QEMU in which things happen that `muster-sim conform` is to
judge: processors at once, late, lost, back again, a monarch lost, bare bytes, TCO, INIT.

usage: traces.py [--cpus N]... [--build DIRECTORY] [--only NAME]... OUTPUT-DIRECTORY

A processor is made late by stopping its thread of QEMU's, as a debugger does. The runtime is
given deadlines of 200 ms, so that they can be waited for.
"""
import argparse
import contextlib
import ctypes
import json
import os
import pathlib
import select
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "run"))
import qemu  # noqa: E402

ROM = "test/muster-bad.rom"
REQUEST, BYTE = 0x11, 0x10  # commands; no handler serves REQUEST as a bare byte
DEADLINE = ["-fw_cfg", "name=opt/muster/deadline,string=200"]
NO_BROADCAST = ["-global", "ICH9-LPC.x-smi-broadcast=off"]
# Nothing runs on a processor but what is put there, and the first one has the console.
APPEND = ("console=ttyS0 panic=-1 no_timer_check muster.job=commands loglevel=0 irqaffinity=0 "
          "nowatchdog rcupdate.rcu_cpu_stall_suppress=1 isolcpus=1-{last}")

PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH, WALL = 0x4206, 0x4207, 17, 0x40000000
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def trace_call(request, thread):
    if libc.ptrace(request, thread, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")


class Machine(qemu.Machine):
    """Linux on the ROM, and a hold on the threads that are its processors."""

    def ready(self):
        self.wait(r"^guest: ready$", 600, until=r"Kernel panic|muster:.*error")
        self.cpus = [cpu["thread-id"] for cpu in self.qmp("query-cpus-fast")]
        return self

    def stop(self, cpu):
        """Not while it holds the lock of all devices: QEMU answers nothing then."""
        while True:
            trace_call(PTRACE_SEIZE, self.cpus[cpu])
            trace_call(PTRACE_INTERRUPT, self.cpus[cpu])
            os.waitpid(self.cpus[cpu], WALL)
            self._qmp.send(b'{"execute":"query-status"}')
            answers = select.select([self._qmp], [], [], 0.1)[0]
            if not answers:
                self.go_on(cpu)
            self._qmp_file.readline()
            if answers:
                return

    def go_on(self, cpu):
        trace_call(PTRACE_DETACH, self.cpus[cpu])

    @contextlib.contextmanager
    def stopped(self, *cpus):
        for cpu in cpus:
            self.stop(cpu)
        try:
            yield
        finally:
            for cpu in cpus:
                self.go_on(cpu)

    def wait_for_smm(self, cpu):
        """Until the processor is in SMM, where it waits for others that do not run."""
        for _ in range(1000):
            text = self.qmp("human-monitor-command", **{"command-line": "info registers",
                                                        "cpu-index": cpu})
            if " SMM=1 " in text:
                return
            time.sleep(0.01)
        raise TimeoutError(f"processor {cpu} does not come to SMM")

    def told(self):
        """Waits for TELL."""
        self.wait(r"^guest: now$", 300)

    def record(self, command, meanwhile=lambda: None):
        """The log of what a command in the guest does, while something happens outside."""
        start = self.at
        self.send(f"smistat --records -- taskset -c 0 sh -c '{command}'")
        meanwhile()
        self.wait(r"^guest: status (\d+)$", 300)
        text = self.text[start:self.at]
        return json.JSONDecoder().raw_decode(text[text.index("{\"muster\""):])[0]


def smi(cpu, command=REQUEST):
    return f"CPU={cpu} timeout 30 smi {command} >/dev/null"


def byte(cpu):
    return f"taskset -c {cpu} poke out 8 0xb2 {BYTE}"


def at_once(*commands):
    return " & ".join(commands) + " & wait"


TCO = "taskset -c 0 poke out 8 0x662 0x5a"
SETTLE = "sleep 1"
TELL = "echo guest: now >/dev/console"


def slots(count, *more):
    return " ".join(["requests 0 slots", ",".join(map(str, count)), *more])


# Each: what it does in the guest and outside, and the scenario that the simulator is to search.

def in_turn(machine, n):
    return (machine.record("; ".join(smi(cpu) for cpu in range(n))), slots([1] * n))


def together(machine, n):
    return (machine.record(at_once(*[smi(cpu) for cpu in range(n)])), slots([1] * n))


def twice_together(machine, n):
    each = [f"({smi(cpu)}; {smi(cpu)})" for cpu in range(min(n, 3))]
    return (machine.record(at_once(*each)), slots([2] * min(n, 3) + [0]))


def bytes_in_turn(machine, n):
    return (machine.record("; ".join(byte(cpu) for cpu in range(n)) + "; " + SETTLE),
            slots([0], "bytes", ",".join(["1"] * n)))


def byte_and_request(machine, n):
    return (machine.record(at_once(smi(0), byte(1)) + "; " + SETTLE),
            slots([1, 0], "bytes 0,1,0"))


def tco(machine, n):
    return (machine.record(f"{TCO}; {SETTLE}; {TCO}; {SETTLE}"),
            slots([0], "allow tco=2 events 2"))


def tco_and_request(machine, n):
    return (machine.record(at_once(TCO, smi(n - 1)) + "; " + SETTLE),
            slots([0] * (n - 1) + [1], "allow tco=1 events 1"))


def held_for(seconds, asked=1):
    """The last processor does not run for so long after the first has asked. Stopped in time:
    what counts the SMIs looks at every processor before and after."""
    def run(machine, n):
        def meanwhile():
            machine.told()
            with machine.stopped(n - 1):
                machine.told()
                time.sleep(seconds)
        asks = "; ".join([smi(0)] * asked)
        log = machine.record(f"{TELL}; sleep 0.4; {TELL}; {asks}; sleep 1; {smi(0)}; {SETTLE}",
                             meanwhile)
        return log, slots([asked + 1, 0])
    return run


def monarch_lost(machine, n):
    """Nobody but the first runs: it leads, and then does not run itself while the others do."""
    others = range(1, n)

    def meanwhile():
        machine.told()
        with machine.stopped(*others):
            machine.told()
            machine.wait_for_smm(0)
            machine.stop(0)
        time.sleep(1.5)
        machine.go_on(0)
    log = machine.record(f"{TELL}; sleep 0.4; {TELL}; {smi(0)}; {SETTLE}", meanwhile)
    return log, slots([1, 0])


def woken(machine, n):
    """The last processor is sent INIT and SIPI by Linux while the others ask."""
    online = f"/sys/devices/system/cpu/cpu{n - 1}/online"
    machine.run(f"echo 0 >{online}", 300)
    log = machine.record(at_once(f"echo 1 >{online}", smi(0), smi(n - 2)) + "; " + SETTLE)
    return log, slots([2, 0] if n == 2 else [1] + [0] * (n - 3) + [1, 0],
                      "allow init=1,sipi=1 events 2")


SCENARIOS = {
    "in-turn": in_turn, "together": together, "twice-together": twice_together,
    "bytes-in-turn": bytes_in_turn, "byte-and-request": byte_and_request, "tco": tco,
    "tco-and-request": tco_and_request, "slow": held_for(0.1), "called": held_for(0.35),
    "lost-and-back": held_for(0.6), "excused": held_for(1.2, 3), "monarch-lost": monarch_lost,
    "woken": woken,
}
DIRECTED = ("in-turn", "together", "twice-together", "byte-and-request", "slow", "called",
            "lost-and-back", "excused", "monarch-lost")
KEPT = ("format", "format_version", "source", "processors_known", "ticks_per_second",
        "deadline_directed", "deadline_lost", "dropped")


def from_zero(log):
    """Times counted from the first: small numbers, and the same order."""
    first = min(record["entered"] for record in log["records"])
    for record in log["records"]:
        for field in ("entered", "gathered", "handled", "released"):
            if record.get(field):
                record[field] -= first - 1
    return log


def small(log, scenario):
    commands = f"commands {REQUEST},{BYTE}"
    result = {key: log[key] for key in KEPT if key in log}
    result["scenario"] = f"variant qemu {scenario.strip()} {commands}"
    result["records"] = log["records"]
    return from_zero(result)


FLAGS = {2: "monarchs", 4: "empty", 8: "already", 16: "broken", 64: "directed", 128: "late",
         256: "deadline"}


def summary(log):
    counts = {name: sum(1 for record in log["records"] if record["flags"] & flag)
              for flag, name in FLAGS.items()}
    lost = sum(len(record.get("lost", [])) for record in log["records"])
    return " ".join([f"{len(log['records'])} records"] +
                    [f"{name} {count}" for name, count in counts.items() if count] +
                    ([f"lost {lost}"] if lost else []))


def write(log, path):
    """One record on a line."""
    records = log.pop("records")
    head = json.dumps(log, separators=(",", ":"))
    lines = ",\n".join(json.dumps(record, separators=(",", ":")) for record in records)
    path.write_text(f"{head[:-1]},\"records\":[\n{lines}]}}\n")


@contextlib.contextmanager
def booted(build, cpus, broadcast=True, log=None):
    append = APPEND.format(last=cpus - 1)
    extra = ["-no-reboot", *DEADLINE, *([] if broadcast else NO_BROADCAST)]
    words = qemu.arguments(build / ROM, build / "kernel" / "vmlinuz",
                           build / "test" / "guest.cpio.gz", append, cpus=cpus, thread="multi",
                           extra=extra)
    with tempfile.TemporaryDirectory() as directory:
        with Machine(words, log, f"{directory}/qmp") as machine:
            yield machine.ready()


def recorded(machine, cpus, broadcast=True, names=None):
    """Yields (name, log) for each scenario."""
    for name in SCENARIOS if broadcast else DIRECTED:
        if names and name not in names:
            continue
        machine.run(smi(0) + "; sleep 0.5", 300)  # the round before is a whole one
        log, scenario = SCENARIOS[name](machine, cpus)
        yield name, small(log, scenario + ("" if broadcast else " broadcast 0"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cpus", type=int, action="append")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--only", action="append")
    parser.add_argument("output", type=pathlib.Path)
    options = parser.parse_args()
    for cpus in options.cpus or (2, 3, 4):
        for broadcast in (True, False):
            with booted(options.build, cpus, broadcast) as machine:
                for name, log in recorded(machine, cpus, broadcast, options.only):
                    kind = "broadcast" if broadcast else "directed"
                    print(f"{cpus} processors, {kind}, {name}: {summary(log)}", flush=True)
                    write(log, options.output / f"{cpus}-{kind}-{name}.json")


if __name__ == "__main__":
    main()
