#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""How deep the stacks of an image of the runtime become: the frames along the longest path of calls,
added up from its machine code.

A function's frame is taken to be the deepest it ever has, so the sum is never too small. Calls through
a pointer are not followed, except for those of handlers: they are what fault_guarded_call calls. (What a handler names to be called
after a fault has the room that its handler had.)
"""

import argparse
import re
import struct
import subprocess
import sys

WORD = 8
CANARY, EXCEPTIONS, LINK = 8, 64, 16  # arch/x86/context.h
HANDLER_STACKS = 2                    # arch/x86/small/handler_stack.c
PAGE = 4096
SIZES = 48                            # struct muster_image_header
FUNCTION = re.compile(r"^([0-9a-f]+) <(\S+)>:$")
INSTRUCTION = re.compile(r"^\s+[0-9a-f]+:\s+(.*\S)")
GROWS = re.compile(r"sub\s+\$0x([0-9a-f]{1,8}),%rsp|lea\s+-0x([0-9a-f]+)\(%rsp\),%rsp")
SHRINKS_BY_NEGATIVE = re.compile(r"(?:sub|add)\s+\$0xf{8}([0-9a-f]{8}),%rsp")
GOES_TO = re.compile(r"(call|jmp|j[a-z]+)\s+[0-9a-f]+ <([^+>]+)>$")


class Function:
    """Its deepest frame, and whom it calls how deep."""

    def __init__(self, name):
        self.name = name
        self.frame = 0
        self.calls = []
        self.depth = 0

    def take(self, instruction):
        grows = GROWS.match(instruction)
        negative = SHRINKS_BY_NEGATIVE.match(instruction)
        goes = GOES_TO.match(instruction)
        if instruction.startswith("push"):
            self.depth += WORD
        elif instruction.startswith("pop"):
            self.depth = max(0, self.depth - WORD)
        elif grows:
            self.depth += int(grows[1] or grows[2], 16)
        elif negative:
            self.depth += (1 << 32) - int(negative[1], 16)
        elif goes and goes[2] != self.name:
            call = WORD if goes[1] == "call" else 0
            stays = call or goes[2].endswith(".cold")
            self.calls.append((goes[2], (self.frame if stays else 0) + call))
        self.frame = max(self.frame, self.depth)


def functions_read(elf):
    listing = subprocess.run(["objdump", "-d", "--no-show-raw-insn", elf], capture_output=True,
                             text=True, check=True).stdout
    functions, function = {}, None
    for line in listing.splitlines():
        begins, instruction = FUNCTION.match(line), INSTRUCTION.match(line)
        if begins:
            function = functions.setdefault(begins[2], Function(begins[2]))
        elif instruction and function:
            function.take(instruction[1])
    return functions


def longest(functions, name, above=()):
    """Bytes, and the path."""
    if name in above:
        raise ValueError(f"{name} calls itself: {' '.join(above)}")
    function = functions[name]
    best = function.frame, [name]
    for callee, depth in function.calls:
        if callee not in functions or callee.endswith(".cold") and callee in above:
            continue
        if callee in above:  # a cold part that jumps back
            continue
        below, path = longest(functions, callee, above + (name,))
        if depth + below > best[0]:
            best = depth + below, [name] + path
    return best


def handlers_add(functions):
    """What fault_guarded_call calls through a pointer."""
    for name in [name for name in functions if name.endswith("_handle")]:
        functions["fault_guarded_call"].calls.append((name, WORD))


def image_read(elf):
    """(stack, pages of handler stacks) that the image asks for."""
    with open(elf.removesuffix(".elf") + ".bin", "rb") as file:
        header = file.read(SIZES + 24)
    _, _, _, stack, _, pages, _ = struct.unpack_from("<5I2H", header, SIZES)
    return stack, pages


def report(elf):
    """[(name, bytes there are, bytes taken, path)] of each kind of stack."""
    functions = functions_read(elf)
    stack, pages = image_read(elf)
    handlers_add(functions)
    if not pages:
        return [("own", stack - CANARY - EXCEPTIONS - LINK, *longest(functions, "smi_take"))]
    shared = pages * PAGE // HANDLER_STACKS - CANARY - EXCEPTIONS - LINK
    taken, path = longest(functions, "request_serve_all")
    return [("own", stack - CANARY - LINK, *longest(functions, "smi_take")),
            ("handlers'", shared, taken + WORD, path)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("elf", help="build/smm/runtime.elf or another, its .bin beside it")
    deep = False
    for name, there, taken, path in report(parser.parse_args().elf):
        print(f"{name} stack: {taken} of {there} bytes: {' '.join(path)}")
        deep |= taken > there
    return deep


if __name__ == "__main__":
    sys.exit(main())
