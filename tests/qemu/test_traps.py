# SPDX-License-Identifier: BSD-2-Clause
"""The debug hook and interrupts inside a handler, and NMIs, fired from Linux: what a handler takes up
works, is put down when the handler is over, and costs the OS nothing."""

import re

import conftest
import pytest
from test_bad_handlers import fault_of, smi

ROM = conftest.BUILD / "test" / "muster-traps.rom"
(WATCH, EXECUTE, STEP, BREAKPOINT, STOP, FORGET, FAULT, READ, WRITE, INTERRUPT, INTERRUPT_FORGET,
 REFUSED, SOFTWARE, NMI, NMI_STEP) = range(0x40, 0x4f)
SUCCESS, FAULTED = 0, 0x87
PROTECTION = 13
CAUSE_STEP = 1 << 14
PLANTED = 0x12345678
RESCHEDULE = 0xfd  # the vector by which Linux wakes another processor's scheduler: RES


@pytest.fixture(scope="module")
def machine(request, tmp_path_factory):
    """One processor: it is always the monarch, and its debug registers are those that count."""
    with conftest.contextlib.ExitStack() as stack:
        yield conftest.boot(request, stack, tmp_path_factory, cpus=1, memory="512M",
                            rom=ROM, cpu="max").ready()


@pytest.fixture(autouse=True)
def nothing_is_left_behind(machine):
    assert smi(machine, WRITE, PLANTED)[0] == SUCCESS
    yield
    assert smi(machine, READ) == [SUCCESS, PLANTED, PLANTED + 1]
    assert smi(machine, WRITE, 0)[0] == SUCCESS
    assert machine.smistat("--count 20")["totals"]["rounds"] == 20


def counted(machine, name):
    line = re.search(rf"^ *{name}: +(\d+)", machine.shell("cat /proc/interrupts"), re.M)
    return int(line.group(1))


def test_a_write_breakpoint(machine):
    assert smi(machine, WATCH) == [SUCCESS, 3, 1 << 2]


def test_an_execution_breakpoint(machine):
    assert smi(machine, EXECUTE) == [SUCCESS, 2, 1]


def test_single_steps(machine):
    assert smi(machine, STEP) == [SUCCESS, 4, CAUSE_STEP]


def test_a_breakpoint_instruction_and_a_changed_register(machine):
    assert smi(machine, BREAKPOINT) == [SUCCESS, 42, 0]


def test_the_hook_can_end_the_handler(machine):
    assert smi(machine, STOP) == [FAULTED, 0, 0]
    assert (fault_of(machine)["vector"], fault_of(machine)["handler"]) == (1, "stop")


def test_a_handler_that_forgets_to_end(machine):
    assert smi(machine, FORGET)[0] == SUCCESS


def test_a_fault_puts_everything_down(machine):
    assert smi(machine, FAULT) == [FAULTED, 0, 0]
    assert fault_of(machine)["vector"] == 6


@pytest.mark.parametrize("command", [INTERRUPT, INTERRUPT_FORGET])
def test_interrupts(machine, command):
    assert smi(machine, command, 0xf1) == [SUCCESS, 1, 0xf1]
    assert smi(machine, command, 0xf1f2)[:2] == [SUCCESS, 2]
    assert smi(machine, command)[:2] == [SUCCESS, 0]


@pytest.mark.parametrize("command", [INTERRUPT, INTERRUPT_FORGET])
def test_an_interrupt_of_the_os_waits_for_it(machine, command):
    before = counted(machine, "RES")
    assert smi(machine, command, RESCHEDULE)[:2] == [SUCCESS, 0]
    assert smi(machine, command, 0xf1 << 8 | RESCHEDULE)[:2] == [SUCCESS, 0]
    assert counted(machine, "RES") == before + 2


def test_vectors_have_bounds(machine):
    assert smi(machine, REFUSED)[:2] == [SUCCESS, 0]


def test_an_int_of_a_vector_not_supplied(machine):
    assert smi(machine, SOFTWARE) == [FAULTED, 0, 0]
    assert fault_of(machine)["vector"] == PROTECTION


@pytest.mark.parametrize("command", [NMI, NMI_STEP])
def test_an_nmi_is_delivered_after_rsm_once(machine, command):
    machine.shell("echo 0 > /proc/sys/kernel/printk")  # it wonders where it came from
    before = counted(machine, "NMI")
    assert smi(machine, command)[:2] == [SUCCESS, 1]
    assert counted(machine, "NMI") == before + 1
