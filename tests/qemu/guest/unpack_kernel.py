#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""unpack_kernel.py BZIMAGE OUTPUT: the same kernel, unpacked once instead of in every machine that boots
it, where that takes longer than all the rest of the boot.

OUTPUT has the setup of BZIMAGE and, as the kernel proper, unpacked.S with the kernel in it. That runs
where it is linked to: without the address that is random otherwise."""

import lzma
import pathlib
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SECTOR = 512
SETUP_SECTORS, KERNEL_SIZE = 0x1f1, 0x1f4
PAYLOAD_OFFSET, PREFERRED = 0x248, 0x258  # offset and length, 32 bits each; 64 bits
SEGMENTS, SEGMENT_SIZE, SEGMENT_COUNT = 0x20, 0x36, 0x38  # of an ELF file
LOAD = 1


def payload(image):
    """What the kernel proper has packed: an ELF file."""
    begin = (image[SETUP_SECTORS] + 1) * SECTOR
    offset, length = struct.unpack_from("<II", image, PAYLOAD_OFFSET)
    packed = image[begin + offset:begin + offset + length]
    try:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ).decompress(packed)
    except lzma.LZMAError as error:
        sys.exit(f"unpack_kernel.py: the kernel is not packed by xz: {error}")


def flat(elf, base):
    """Its segments, as they are in memory from `base` on."""
    at, = struct.unpack_from("<Q", elf, SEGMENTS)
    size, = struct.unpack_from("<H", elf, SEGMENT_SIZE)
    count, = struct.unpack_from("<H", elf, SEGMENT_COUNT)
    memory = bytearray()
    for index in range(count):
        kind, _, offset, _, physical, in_file, _, _ = struct.unpack_from("<IIQQQQQQ", elf,
                                                                         at + index * size)
        if kind == LOAD:
            begin = physical - base
            memory.extend(bytes(max(0, begin + in_file - len(memory))))
            memory[begin:begin + in_file] = elf[offset:offset + in_file]
    return bytes(memory)


def proper(memory):
    """The kernel proper of the new image."""
    with tempfile.TemporaryDirectory() as directory:
        kernel, linked, out = (pathlib.Path(directory) / name for name in ("kernel", "elf", "out"))
        kernel.write_bytes(memory)
        subprocess.run(["gcc", "-nostdlib", "-static", "-Wl,-Ttext=0,--build-id=none",
                        f"-DKERNEL=\"{kernel}\"", "-o", linked, HERE / "unpacked.S"], check=True)
        subprocess.run(["objcopy", "-O", "binary", "-j", ".text", linked, out], check=True)
        return out.read_bytes()


def main():
    source, output = map(pathlib.Path, sys.argv[1:])
    image = source.read_bytes()
    base, = struct.unpack_from("<Q", image, PREFERRED)
    setup = bytearray(image[:(image[SETUP_SECTORS] + 1) * SECTOR])
    new = proper(flat(payload(image), base))
    struct.pack_into("<I", setup, KERNEL_SIZE, len(new) // 16)
    output.write_bytes(setup + new)


if __name__ == "__main__":
    main()
