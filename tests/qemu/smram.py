# SPDX-License-Identifier: BSD-2-Clause
"""SMRAM as no program in the machine sees it: in the file that is the machine's memory. A machine's low
RAM is at the same offset there as in the machine."""

import hashlib
import json
import mmap
import subprocess

import conftest

CONSTANT = {"code", "constants", "entry code", "page tables"}  # from the lock on


def memory_options(path, size):
    """For QEMU: memory of `size` bytes that is the file `path`."""
    return ["-object", f"memory-backend-file,id=ram,size={size},mem-path={path},share=on",
            "-machine", "memory-backend=ram"]


class Smram:
    def __init__(self, path, base, size, image, processors):
        self.base, self.size = base, size
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 0)
        words = [conftest.BUILD / "muster", "layout", "--json", "--image", image, "--base", hex(base),
                 "--smram", str(size), "--cpus", str(processors)]
        done = subprocess.run(words, capture_output=True, check=True)
        self.plan = json.loads(done.stdout)["regions"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.memory.close()

    def regions(self, *kinds):
        return [region for region in self.plan if region["kind"] in kinds]

    def hash(self):
        """Of what is written before the lock and never again."""
        sha = hashlib.sha256()
        for region in self.regions(*CONSTANT):
            sha.update(self.memory[region["base"]:region["base"] + region["size"]])
        return sha.hexdigest()

    def places(self, word):
        """Where in memory a word of 64 bits is: (in SMRAM, elsewhere)."""
        found, at = ([], []), -1
        while (at := self.memory.find(word.to_bytes(8, "little"), at + 1)) >= 0:
            found[not self.base <= at < self.base + self.size].append(at)
        return found
