# SPDX-License-Identifier: BSD-2-Clause
"""The exerciser: the ROM alone, firing SMIs from every processor in every way.

It judges itself by the SMI log and MSR 34h; here its counts are judged once more.
"""

import re
import subprocess

import conftest
import pytest

PHASES = ["port-in-turn", "apic-in-turn", "byte-in-turn", "tco-message", "port-together",
          "apic-together"]
LIMIT_SECONDS = 900


def exercise(accelerator, cpus, count, extra=(), rom=conftest.ROM, deadline=conftest.DEADLINE):
    """The exerciser's lines, each a dictionary of its words; the last is the verdict."""
    words = ["qemu-system-x86_64", "-machine", "q35,smm=on", "-smp", str(cpus), "-bios",
             str(rom), "-nographic", "-no-reboot", "-fw_cfg",
             f"name=opt/muster/count,string={count}", *conftest.deadline_options(deadline),
             *accelerator, *extra]
    output = subprocess.run(words, capture_output=True, text=True, timeout=LIMIT_SECONDS,
                            stdin=subprocess.DEVNULL, check=True).stdout
    lines = re.findall(r"exerciser: (.*)", output)
    return [dict(word.split("=") for word in line.split() if "=" in word) | {"line": line}
            for line in lines]


def check(lines, cpus, count, broadcast=1):
    assert lines[-1]["verdict"] == "ok", "\n".join(line["line"] for line in lines)
    assert int(lines[0]["processors"]) == cpus
    assert int(lines[0]["broadcast"]) == broadcast
    phases = [line for line in lines if "phase" in line]
    assert [line["phase"] for line in phases] == PHASES
    for line in phases:
        shots = count if line["phase"] == "tco-message" else count * cpus
        rounds, already, merged = (int(line[word]) for word in ("rounds", "already", "merged"))
        assert int(line["requests"]) == shots == rounds + already + merged
        if "together" not in line["phase"]:
            assert rounds == shots
    held = [line for line in lines if "processor" in line]
    assert len(held) == len(PHASES) * cpus
    assert "ok" in next(line["line"] for line in lines if "low_memory_changes" in line)
    for line in held:
        assert line["smi_count"] == line["visits"]
        assert line["answered"] == line["fired"]


@pytest.mark.fast
@pytest.mark.parametrize("cpus", [1, 2, 4, 8])
def test_one_thread(cpus):
    check(exercise(["-accel", "tcg,thread=single"], cpus, 25), cpus, 25)


@pytest.mark.parametrize("cpus", [1, 2, 4])
def test_many_threads(cpus):
    check(exercise(["-accel", "tcg,thread=multi"], cpus, 8), cpus, 8)


@pytest.mark.fast
@pytest.mark.parametrize("cpus", [1, 4])
def test_directed(cpus):
    off = ["-global", "ICH9-LPC.x-smi-broadcast=off"]
    check(exercise(["-accel", "tcg,thread=single"], cpus, 25, off), cpus, 25, broadcast=0)


def test_directed_many_threads():
    off = ["-global", "ICH9-LPC.x-smi-broadcast=off"]
    check(exercise(["-accel", "tcg,thread=multi"], 4, 8, off), 4, 8, broadcast=0)


@pytest.mark.fast
@pytest.mark.parametrize("cpus", [1, 2, 4, 8])
def test_instruction_count_is_the_same_twice(cpus):
    """Under -icount the time-stamp counter counts instructions, so every figure must repeat."""
    icount = ["-icount", "shift=0,sleep=off"]
    first, second = (exercise(icount, cpus, 10) for _ in range(2))
    check(first, cpus, 10)
    assert [line["line"] for line in first] == [line["line"] for line in second]


@pytest.mark.fast
@pytest.mark.parametrize("name", ["count", "deadline"])
@pytest.mark.parametrize("value", ["abc", "0", "1000000", "4294967297", "-1"])
def test_a_bad_option_is_refused(name, value):
    words = ["qemu-system-x86_64", "-machine", "q35", "-bios", str(conftest.ROM), "-nographic",
             "-no-reboot", "-fw_cfg", f"name=opt/muster/{name},string={value}"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          text=True) as machine:
        try:
            said = next(line for line in machine.stdout
                        if "muster: error:" in line or "exerciser:" in line)
        finally:
            machine.kill()
    assert re.search(rf"error: opt/muster/{name}: a .*number", said)
