# SPDX-License-Identifier: BSD-2-Clause
"""Whom we measure: the firmware images, and how QEMU is started with each."""

import os
import shutil

OVMF_CODE = "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd"
OVMF_VARS = "/usr/share/OVMF/OVMF_VARS_4M.fd"

# muster's no-ops, one for all processors and one that needs nobody; nothing to any of the others.
NOOP = 0x10
ALONE = 0x14


class Image:
    """One firmware. `ours`: a ROM that runs the measurement when it is given no kernel.
    `broadcast`: it asks QEMU to send a software SMI to every processor. `first_only`: only the
    first processor may fire. `waits`: for every processor, whoever is called; it has to be a broadcast.
    `command`: the byte that is fired."""

    def __init__(self, name, rom=None, ours=False, first_only=False, waits=False, command=NOOP):
        self.name = name
        self.rom = rom
        self.ours = ours
        self.first_only = first_only
        self.waits = waits
        self.command = command

    def available(self):
        return self.rom is None or os.path.exists(self.rom)

    def arguments(self, directory):
        """What QEMU needs to start with it, besides the machine."""
        if self.name != "OVMF":
            return ["-bios", self.rom] if self.rom else []
        variables = os.path.join(directory, "ovmf-vars.fd")
        shutil.copyfile(OVMF_VARS, variables)
        return ["-global", "driver=cfi.pflash01,property=secure,value=on",
                "-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={self.rom}",
                "-drive", f"if=pflash,format=raw,unit=1,file={variables}"]


def images(build):
    return {image.name: image for image in [
        Image("muster", f"{build}/muster.rom", ours=True),
        Image("muster alone", f"{build}/muster.rom", ours=True, command=ALONE),
        Image("RSM floor", f"{build}/bench/rsm.rom", ours=True),
        Image("rendezvous floor", f"{build}/bench/rendezvous.rom", ours=True, waits=True),
        Image("word floor", f"{build}/bench/word.rom", ours=True),
        Image("entry floor", f"{build}/bench/entry.rom", ours=True, waits=True),
        Image("OVMF", OVMF_CODE),
        Image("SeaBIOS", first_only=True),
    ]}
