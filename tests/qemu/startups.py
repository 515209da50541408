# SPDX-License-Identifier: BSD-2-Clause
"""Which SIPIs met their target in SMM, where QEMU drops them, and which one has started it: from QEMU's log
of interprocessor interrupts, in which plugin/smm_visits.c notes who enters and leaves SMM."""

import re

import conftest

PLUGIN = conftest.BUILD / "test" / "smm_visits.so"
EVENT = re.compile(r"^smm_visits: (enters|leaves|starts) (\d+)$|apic_mem_writel 0x3([01])0 = 0x(\w+)",
                   re.M)
INIT, SIPI = 5, 6
ASSERT = 1 << 14


TSEG_MEBIBYTES = 16  # of q35: the end of its memory


def options(log, mebibytes):
    """For QEMU with so much memory. With one thread for all processors the log is in the order of the
    events."""
    smram = f"{mebibytes - TSEG_MEBIBYTES << 20:x}-{mebibytes << 20:x}"
    return ["-plugin", f"{PLUGIN},smram={smram}", "-d", "plugin", "-D", log, "-trace", "apic_mem_writel"]


class Attempt:
    """An INIT, and what followed until the next one."""

    def __init__(self):
        self.inside = []  # for each SIPI: its target was in SMM
        self.started_after = None  # so many SIPIs

    @property
    def lost(self):
        """SIPIs that would have started it."""
        return sum(self.inside[:self.started_after])

    def is_explained(self):
        """The first SIPI that finds its target outside starts it, and no other does."""
        outside = self.inside.index(False) if False in self.inside else None
        if outside is None:
            return self.started_after is None
        return self.started_after is not None and self.started_after > outside

    def __repr__(self):
        return f"{self.inside} {self.started_after}"


def destinations(text):
    """The events of a log: (what, processor). An interrupt is sent by the second of two writes."""
    destination = None
    for what, processor, half, value in EVENT.findall(text):
        word = int(value or "0", 16)
        if what:
            yield what, int(processor)
        elif half == "1":
            destination = word >> 24
        elif word >> 8 & 7 == SIPI:
            yield "sipi", destination
        elif word >> 8 & 7 == INIT and word & ASSERT:
            yield "init", destination


def attempts(path, target):
    """All attempts to start a processor."""
    found, inside = [], False
    for what, processor in destinations(path.read_text(errors="replace")):
        if processor != target:
            continue
        if what == "init":
            found.append(Attempt())
        elif found and what == "sipi":
            found[-1].inside.append(inside)
        elif found and what == "starts" and found[-1].started_after is None:
            found[-1].started_after = len(found[-1].inside)
        inside = what == "enters" or inside and what == "sipi"
    return found


def summary(found):
    """What was lost, and what has started the processor all the same."""
    started = [attempt for attempt in found if attempt.started_after is not None]
    return {
        "inits": len(found),
        "sipis": sum(len(attempt.inside) for attempt in found),
        "met_target_in_smm": sum(sum(attempt.inside) for attempt in found),
        "lost": sum(attempt.lost for attempt in found),
        "cured_by_next_sipi": sum(attempt.lost for attempt in started),
        "cured_by_next_init": sum(attempt.lost for attempt in found
                                  if attempt.started_after is None),
        "started": len(started),
    }
