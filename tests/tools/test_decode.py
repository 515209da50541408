# SPDX-License-Identifier: BSD-2-Clause
"""muster decode, with dumps made here: each field where the manuals put it."""

import json
import random
import re

import pytest
from conftest import ROOT, muster

# Offset from SMBASE + 8000h and size of some fields, from the manuals.
AMD64 = {"SMBASE": (0x7F00, 4), "RIP": (0x7F78, 8), "RAX": (0x7FF8, 8), "RCX": (0x7FF0, 8),
         "RDX": (0x7FE8, 8), "RBX": (0x7FE0, 8), "RSP": (0x7FD8, 8), "RBP": (0x7FD0, 8),
         "RSI": (0x7FC8, 8), "RDI": (0x7FC0, 8), "R8": (0x7FB8, 8), "R15": (0x7F80, 8),
         "CR0": (0x7F58, 8), "CR3": (0x7F50, 8), "CR4": (0x7F48, 8), "EFER": (0x7ED0, 8),
         "RFLAGS": (0x7F70, 8), "DR6": (0x7F68, 8), "DR7": (0x7F60, 8), "ES": (0x7E00, 2),
         "CS": (0x7E10, 2), "SS attributes": (0x7E22, 2), "DS limit": (0x7E34, 4),
         "FS base": (0x7E48, 8), "GS base": (0x7E58, 8), "GDT limit": (0x7E64, 2),
         "GDT base": (0x7E68, 8), "LDTR": (0x7E70, 2), "IDT base": (0x7E88, 8),
         "TR": (0x7E90, 2), "I/O trap offset": (0x7EC0, 4), "auto HALT restart": (0x7EC9, 1)}
INTEL64 = {"SMBASE": (0x7EF8, 4), "CR0": (0x7FF8, 8), "CR3": (0x7FF0, 8), "RFLAGS": (0x7FE8, 8),
           "EFER": (0x7FE0, 8), "RIP": (0x7FD8, 8), "DR6": (0x7FD0, 8), "DR7": (0x7FC8, 8),
           "TR": (0x7FC4, 4), "LDTR": (0x7FC0, 4), "GS": (0x7FBC, 4), "ES": (0x7FA8, 4),
           "I/O state": (0x7FA4, 4), "I/O memory address": (0x7F9C, 8), "RDI": (0x7F94, 8),
           "RSI": (0x7F8C, 8), "RBP": (0x7F84, 8), "RSP": (0x7F7C, 8), "RBX": (0x7F74, 8),
           "RDX": (0x7F6C, 8), "RCX": (0x7F64, 8), "RAX": (0x7F5C, 8), "R8": (0x7F54, 8),
           "R15": (0x7F1C, 8), "auto HALT restart": (0x7F02, 2), "CR4": (0x7E40, 4),
           "I/O RIP": (0x7DE8, 8), "GDT base, high half": (0x7DD0, 4), "EPTP": (0x7ED8, 8)}
BITS32 = {"SMBASE": (0x7EF8, 4), "CR0": (0x7FFC, 4), "CR3": (0x7FF8, 4), "EFLAGS": (0x7FF4, 4),
          "EIP": (0x7FF0, 4), "EDI": (0x7FEC, 4), "ESI": (0x7FE8, 4), "EBP": (0x7FE4, 4),
          "ESP": (0x7FE0, 4), "EBX": (0x7FDC, 4), "EDX": (0x7FD8, 4), "ECX": (0x7FD4, 4),
          "EAX": (0x7FD0, 4), "DR6": (0x7FCC, 4), "DR7": (0x7FC8, 4), "TR": (0x7FC4, 4),
          "GS": (0x7FBC, 4), "CS": (0x7FAC, 4), "I/O state": (0x7FA4, 4),
          "auto HALT restart": (0x7F02, 2)}
LAYOUTS = {"amd64": (AMD64, 0x20064, 0x200), "intel64": (INTEL64, 0x30100, 0x400),
           "32-bit": (BITS32, 0x30004, 0x200)}


def dump_of(revision, fields=(), size=0x200):
    """The last `size` bytes of a segment, all zero but for fields: (offset, size, value)."""
    memory = bytearray(0x8000)
    for offset, length, value in [(0x7EFC, 4, revision), *fields]:
        memory[offset:offset + length] = value.to_bytes(length, "little")
    return bytes(memory[-size:])


def decode(data, *options):
    told = json.loads(muster("decode", "-", "--json", *options, stdin=data).stdout)
    return told, {field["name"]: field for field in told["fields"]}


@pytest.mark.parametrize("name", LAYOUTS)
def test_each_field_is_read_from_its_place(name):
    layout, revision, size = LAYOUTS[name]
    rng = random.Random(name)
    values = {field: rng.getrandbits(8 * place[1]) for field, place in layout.items()}
    data = dump_of(revision, [(*layout[f], values[f]) for f in layout], size)
    told, fields = decode(data)
    assert told["format"] == name
    for field, value in values.items():
        assert int(fields[field]["value"], 16) == value, field
        assert (fields[field]["offset"], fields[field]["size"]) == (
            0x8000 + layout[field][0], layout[field][1])


@pytest.mark.parametrize("name", LAYOUTS)
def test_fields_do_not_overlap(name):
    _, revision, size = LAYOUTS[name]
    places = sorted((f["offset"], f["size"], f["name"])
                    for f in decode(dump_of(revision, size=size))[0]["fields"])
    for (at, length, field), (after, _, other) in zip(places, places[1:]):
        assert at + length <= after, (field, other)
    assert places[0][0] >= 0x10000 - size and places[-1][0] + places[-1][1] <= 0x10000
    assert len({name for _, _, name in places}) == len(places)


def test_the_runtime_reads_the_same_places():
    text = (ROOT / "core" / "save_state.h").read_text()
    for prefix, revision in (("SAVE_STATE", 0x20064), ("INTEL64", 0x30101)):
        fields = decode(dump_of(revision))[1]
        found = re.findall(prefix + r"_([A-Z_]+) *=\s*0x([0-9a-f]+)", text)
        assert len(found) >= 8
        for name, offset in found:
            name = {"SS_ATTRIBUTES": "SS attributes", "IO_STATE": "I/O state",
                    "REVISION_FIELD": "revision"}.get(name, name)
            assert fields[name]["offset"] == 0x8000 + int(offset, 16), name


@pytest.mark.parametrize("revision, format", [
    (0x20064, "amd64"), (0x30064, "amd64"), (0x20000, "32-bit"), (0x30004, "32-bit"),
    (0x30006, "intel64"), (0x30100, "intel64"), (0x30101, "intel64")])
def test_layout_is_told_by_the_revision(revision, format):
    assert decode(dump_of(revision))[0]["format"] == format


@pytest.mark.parametrize("revision", [0, 4, 0x64, 0xFFFFFFFF, 0x00F40064])
def test_unknown_revisions_are_refused(revision):
    done = muster("decode", "-", stdin=dump_of(revision), status=3)
    assert f"revision {revision:08X}h" in done.stderr.decode()
    assert decode(dump_of(revision), "--format", "amd64")[0]["format"] == "amd64"


# I/O state: port << 16 | type << 4 | length << 1 | valid.
@pytest.mark.parametrize("kind, length, text, facts", [
    (0x8, 1, "OUT to port 00B2h, 1 byte, port by immediate", ("out", False, False, "immediate")),
    (0x9, 1, "IN from port 00B2h, 1 byte, port by immediate", ("in", False, False, "immediate")),
    (0x0, 2, "OUT to port 00B2h, 2 bytes, port by DX", ("out", False, False, "DX")),
    (0x1, 4, "IN from port 00B2h, 4 bytes, port by DX", ("in", False, False, "DX")),
    (0x2, 1, "OUTS to port 00B2h, 1 byte, port by DX", ("out", True, False, "DX")),
    (0x3, 1, "INS from port 00B2h, 1 byte, port by DX", ("in", True, False, "DX")),
    (0x6, 4, "REP OUTS to port 00B2h, 4 bytes, port by DX", ("out", True, True, "DX")),
    (0x7, 2, "REP INS from port 00B2h, 2 bytes, port by DX", ("in", True, True, "DX")),
])
@pytest.mark.parametrize("revision", [0x30004, 0x30101])
def test_io_state(revision, kind, length, text, facts):
    state = 0xB2 << 16 | kind << 4 | length << 1 | 1
    field = decode(dump_of(revision, [(0x7FA4, 4, state)]))[1]["I/O state"]
    io = field["io"]
    assert field["meaning"] == text
    assert (io["direction"], io["string"], io["rep"], io["operand"]) == facts
    assert (io["valid"], io["known"], io["port"], io["length"]) == (True, True, 0xB2, length)


@pytest.mark.parametrize("state", [0x00B20007, 0x00B20001, 0x00B200A3, 0x00B20043, 0x00B200F3])
def test_reserved_io_states(state):
    field = decode(dump_of(0x30101, [(0x7FA4, 4, state)]))[1]["I/O state"]
    assert not field["io"]["known"] and "reserved" in field["meaning"]


def test_io_state_that_says_nothing():
    assert decode(dump_of(0x30101))[1]["I/O state"]["meaning"] == "no I/O instruction"
    old = decode(dump_of(0x20000, [(0x7FA4, 4, 0x00B20083)]))[1]["I/O state"]
    assert old["meaning"] == "undefined before revision 00030004h"


@pytest.mark.parametrize("trap, text", [
    (0x00B20012, "OUT to port 00B2h, 1 byte"),
    (0x00B20023, "IN from port 00B2h, 2 bytes"),
    (0x00B2004E, "REP OUTS to port 00B2h, 4 bytes"),
    (0x00B20010, "no I/O instruction"),
    (0x00B20032, "I/O at port 00B2h, of a length or type that is reserved"),
])
def test_io_trap(trap, text):
    field = decode(dump_of(0x30064, [(0x7EC0, 4, trap)]))[1]["I/O trap offset"]
    assert field["meaning"] == text


def test_meanings():
    fields = decode(dump_of(0x20064, [
        (0x7F70, 8, 0x246), (0x7F58, 8, 0x80050033), (0x7F48, 8, 0x6F0), (0x7ED0, 8, 0xD01),
        (0x7E12, 2, 0xA09B), (0x7E22, 2, 0xC0F3), (0x7EC9, 1, 1), (0x7EC8, 1, 0xFF)]))[1]
    meanings = {name: field["meaning"] for name, field in fields.items()}
    assert meanings["RFLAGS"] == "PF ZF IF"
    assert meanings["CR0"] == "PE MP ET NE WP AM PG"
    assert meanings["CR4"] == "PSE PAE MCE PGE OSFXSR OSXMMEXCPT"
    assert meanings["EFER"] == "SCE LME LMA NXE"
    assert meanings["CS attributes"] == "code, DPL 0, 64-bit, pages"
    assert meanings["SS attributes"] == "data, DPL 3, 32-bit, pages"
    assert meanings["auto HALT restart"] == "was in HLT, returns to it"
    assert meanings["I/O instruction restart"] == "RSM repeats the instruction"
    assert meanings["revision"] == "AMD64, SMBASE can be moved"


# ---- where the dump lies, and dumps that are cut ------------------------------------------------

RIP = (0x7F78, 8, 0x1122334455667788)


@pytest.mark.parametrize("size, options", [
    (0x200, []), (0x400, []), (0x8000, []), (0x200, ["--offset", "FE00h"]),
    (0x300, ["--offset", "0xfd00"]), (0x1000, ["--offset", str(0xF000)])])
def test_sizes_and_offsets(size, options):
    fields = decode(dump_of(0x20064, [RIP], size), *options)[1]
    assert fields["RIP"]["value"] == "0x1122334455667788"


def test_segments_and_larger_files():
    segment = bytes(0x8000) + dump_of(0x20064, [RIP], 0x8000)
    assert decode(segment)[1]["RIP"]["value"] == "0x1122334455667788"
    assert decode(bytes(0x10000) + segment, "--skip", "10000h")[1]["RIP"]["value"] == \
        "0x1122334455667788"
    assert decode(segment[:0xFF80], "--offset", "0")[1]["RIP"]["value"] == "0x1122334455667788"


def test_odd_sizes_ask_for_an_offset():
    done = muster("decode", "-", stdin=dump_of(0x20064)[:-1], status=3)
    assert "511 bytes" in done.stderr.decode() and "--offset" in done.stderr.decode()


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_cut_of_a_dump(name):
    """A field is read whole or not at all; without the revision there is nothing to print."""
    _, revision, size = LAYOUTS[name]
    whole, begin = dump_of(revision, size=size), 0x10000 - size
    for length in [1, 2, 0xFB, 0xFC, 0xFF, 0x100, 0x101, 0x17F, 0x1FF, size - 1]:
        options = ["--offset", str(begin)]
        if begin + length < 0xFF00:
            done = muster("decode", "-", *options, stdin=whole[:length], status=3)
            assert b"holds no revision" in done.stderr
            options += ["--format", name]
        for field in decode(whole[:length], *options)[0]["fields"]:
            inside = begin <= field["offset"] and \
                field["offset"] + field["size"] <= begin + length
            assert (field["value"] is not None) == inside, field


def test_the_upper_part_alone():
    """512 bytes of an Intel 64 dump lack what lies below: printed as absent."""
    fields = decode(dump_of(0x30101))[1]
    assert fields["I/O RIP"]["value"] is None and fields["RIP"]["value"] is not None
    text = muster("decode", "-", stdin=dump_of(0x30101)).stdout.decode()
    assert re.search(r"FDE8h  I/O RIP +-\n", text)


def test_text():
    text = muster("decode", "-", stdin=dump_of(0x20064, [RIP])).stdout.decode()
    assert text.startswith("AMD64 save state, revision 00020064h\n")
    assert re.search(r"\n  FF78h  RIP +1122334455667788\n", text)
    assert re.search(r"\n  FF00h  SMBASE +00000000\n", text)


def test_nothing_and_noise():
    assert b"is empty" in muster("decode", "-", stdin=b"", status=3).stderr
    assert b"nothing is left" in muster("decode", "-", "--skip", "512", stdin=dump_of(0x20064),
                                        status=3).stderr
    rng = random.Random(2)
    for _ in range(100):
        noise = rng.randbytes(rng.choice([0x200, 0x400]))
        for name in LAYOUTS:
            decode(noise, "--format", name)


@pytest.mark.parametrize("wrong, right", [
    (["--offset", "10000h"], "not an offset"), (["--offset", "-1"], "not an offset"),
    (["--skip", "x"], "not a number of bytes"), (["--format", "amd46"], "did you mean amd64"),
    (["--format", "zz"], "there are 32-bit, intel64 and amd64")])
def test_usage(wrong, right):
    assert right in muster("decode", "file", *wrong, status=2).stderr.decode()
