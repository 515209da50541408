# SPDX-License-Identifier: BSD-2-Clause
"""The 16-bit part of SMM entry runs above 1 MiB, in a segment with base 0. A jump with 16-bit operands
clears the upper half of EIP (Intel SDM volume 2, "Jcc", "JMP"): it would go on in the OS's memory. Bochs does
what the manual says, QEMU does not if the jump stays in its page, so this looks at the code itself."""

import re
import subprocess

import pytest
from conftest import BUILD

PARTS = [("early_resume", "early_protected"), ("early_stop", "early_jumps"),
         ("entry_apic_16", "entry_smi")]
OPERANDS_32 = "66"


def symbols(elf):
    lines = subprocess.run(["nm", elf], capture_output=True, text=True, check=True).stdout.splitlines()
    return {name: int(address, 16) for address, _, name in
            (line.split() for line in lines if len(line.split()) == 3)}


def jumps(elf, begin, end):
    """The bytes of each jump, as hexadecimal words."""
    words = ["objdump", "-d", "-M", "i8086", f"--start-address={begin}", f"--stop-address={end}", elf]
    text = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return [line.group(1).split() for line in
            re.finditer(r"^ *[0-9a-f]+:\t((?:[0-9a-f]{2} )+) *\t(?:[a-z0-9]+ )*(?:l?j\w+|call|loop)\b", text, re.M)]


@pytest.mark.parametrize("image", ["smm", "smm/pc"])
def test_every_jump_has_an_address_of_32_bits(image):
    elf = BUILD / image / "runtime.elf"
    at = symbols(elf)
    found = [jump for begin, end in PARTS for jump in jumps(elf, at[begin], at[end])]
    assert len(found) >= 8
    assert [jump for jump in found if jump[0] != OPERANDS_32] == []
