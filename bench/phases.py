# SPDX-License-Identifier: BSD-2-Clause
"""Which instruction of the runtime belongs to which phase of an SMI: the map smm_count reads.

The compiler inlines almost everything, so symbols do not tell. The debugging information does:
for each instruction the chain of functions it was inlined from.
"""

import re
import subprocess

# The first phase that has a function anywhere in the chain is the instruction's. What none of
# them claims is the story itself: election, the mark, the way from one step to the next.
PHASES = [
    ("gather", r"gather_.*|port_smi_.*|lapic_.*"),
    ("handler", r"request_serve_all|dispatch_.*|.*_handle|port_.*"),
    ("held", r"round_wait|shared_wait\w*"),
    ("election", r"round_elect|round_begin_alone"),
    ("release", r"round_close|round_release|release_.*"),
    ("log", r"log_.*"),
    ("request", r"request_.*"),
    ("exit", r"presence_leave"),
    ("entry", r"entry_.*"),
]
STORY = "story"
WAIT = re.compile(r"shared_wait\w*")


def phase_of(chain):
    for name, pattern in PHASES:
        if any(re.fullmatch(pattern, function) for function in chain):
            return name
    return STORY


def _instructions(elf):
    """Addresses of all instructions, each with the next one's."""
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", elf], check=True,
                          capture_output=True, text=True).stdout
    found = [int(word, 16) for word in re.findall(r"^ *([0-9a-f]+):\t", text, re.M)]
    return list(zip(found, found[1:] + [found[-1] + 16]))


def _chains(elf, addresses):
    """For each address the functions it is part of, innermost first. Without debugging
    information (assembly) it is the symbol before."""
    asked = "".join(f"{address:#x}\n" for address in addresses)
    text = subprocess.run(["addr2line", "-a", "-i", "-f", "-e", elf], check=True, input=asked,
                          capture_output=True, text=True).stdout
    chains = []
    for part in re.split(r"^0x[0-9a-f]+\n", text, flags=re.M)[1:]:
        chains.append([re.sub(r"\..*", "", name) for name in part.split("\n")[0::2] if name])
    return chains


def ranges(elf, name_of=phase_of):
    """(begin, end, phase, is a wait) of the image, from address 0, neighbours joined."""
    pairs = _instructions(elf)
    joined = []
    for (begin, end), chain in zip(pairs, _chains(elf, [begin for begin, _ in pairs])):
        kind = (name_of(chain), any(WAIT.fullmatch(name) for name in chain))
        if joined and joined[-1][1] == begin and joined[-1][2:] == kind:
            joined[-1] = (joined[-1][0], end) + kind
        else:
            joined.append((begin, end) + kind)
    return joined


def innermost(chain):
    """For a count by function: the function of the source the instruction is of."""
    return chain[0][:40]


def map_write(elf, base, path, name_of=phase_of):
    """The map of an image that is loaded at `base`, as smm_count wants it."""
    with open(path, "w", encoding="ascii") as file:
        for begin, end, name, wait in ranges(elf, name_of):
            file.write(f"{base + begin:x} {base + end:x} {name} {'wait' if wait else '-'}\n")
