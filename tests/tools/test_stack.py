# SPDX-License-Identifier: BSD-2-Clause
"""The stacks that an image asks for have room for the longest path that its code can take."""

import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "check"))
import stack  # pylint: disable=wrong-import-position # noqa: E402

BUILD = ROOT / os.environ.get("BUILD", "build")


@pytest.mark.parametrize("image", ["smm/pc/runtime.elf", "smm/runtime.elf"])
def test_room(image):
    for name, there, taken, path in stack.report(str(BUILD / image)):
        assert taken <= there, f"{name}: {' '.join(path)}"
        assert taken > 300  # it has found the way


def test_a_call_adds_up():
    functions = {name: stack.Function(name) for name in ("one", "two")}
    for line in ("push   %rbx", "sub    $0x20,%rsp", "call   12 <two>", "add    $0x20,%rsp"):
        functions["one"].take(line)
    functions["two"].take("sub    $0xffffffffffffff80,%rsp")
    assert stack.longest(functions, "one") == (8 + 32 + 8 + 128, ["one", "two"])
