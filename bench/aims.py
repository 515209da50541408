# SPDX-License-Identifier: BSD-2-Clause
"""What an SMI was to cost at most, beside what it does: a table from results.json.

A ratio is of medians of the same run; with thread=single, of the host's time where there is one."""

import report

NOT_MEASURED = ""

# What is compared; the most it may be, by number of processors; measurement, thread and what the other
# processors do where there are some; whose time, over whose.
RATIOS = [
    ("Linux, `single`, all gathered: time to OVMF's",
     lambda cpus: {1: 1 / 2, 2: 1 / 4}.get(cpus, 1 / 5), "Linux", "single", "idle", "muster", "OVMF"),
    ("The ROM's loop, `single`, settled: to the rendezvous floor",
     lambda _: 1.5, "ROM", "single", "settled", "muster", "rendezvous floor"),
    ("Linux, `multi`: to the rendezvous floor",
     lambda _: 1, "Linux", "multi", "idle", "muster", "rendezvous floor"),
    ("Linux, `multi`: to OVMF's", lambda _: 1, "Linux", "multi", "idle", "muster", "OVMF"),
    ("Need `alone`, `single`: the issuer's time to the entry floor",
     lambda _: 1.3, "ROM", "single", "halted", "muster alone", "entry floor"),
    ("Need `alone`, `single`, settled: all processors' to the word floor",
     lambda _: 1.5, "ROM", "single", "settled", "muster alone", "word floor"),
    ("Relocation of a processor, `single`: to that of the RSM floor",
     lambda _: 2, "relocation", "single", "-", "muster", "RSM floor"),
    ("Time to Linux's first line, `single`: to SeaBIOS's",
     lambda _: 1, "boot", "single", "-", "muster", "SeaBIOS"),
]
INSTRUCTIONS = [
    ("Instructions of the monarch", lambda cpus: 200 + 10 * (cpus - 1), "monarch"),
    ("Instructions of a follower", lambda _: 100, "follower"),
]


def cell(value, most, digits):
    if value is None:
        return NOT_MEASURED
    met = "" if value <= most else " (no)"
    return f"{value:.{digits}f}{met}"


def limit_say(most, cpus, digits):
    limits = [f"{most(one):.{digits}f}" for one in cpus]
    return limits[0] if len(set(limits)) == 1 else ", ".join(limits)


def key_of(measurement, image, cpus, thread, others):
    """A row's; see run.Session."""
    if others == "-":
        return (measurement, image, cpus, thread, "-", "-", "-")
    if measurement == "ROM" and cpus == 1:
        others = "spinning"
    return (measurement, image, cpus, thread, "first", others, "broadcast")


def ratio_find(rows, cpus, measurement, thread, others, image, peer):
    key = key_of(measurement, image, cpus, thread, others)
    return report.ratio_of(rows, key, peer, report.field_of(rows, key))


def aims_rows(results):
    rows = {tuple(row[name] for name in report.COLUMNS): row["values"] for row in results["rows"]}
    instructions = {(firmware, cpus, role): row["work"]
                    for firmware, cpus, role, row in results["instructions"]}
    cpus = sorted({key[2] for key in rows})
    yield ["", "at most", *(f"{one} processor{'s' if one > 1 else ''}" for one in cpus)]
    for text, most, role in INSTRUCTIONS:
        yield [text, limit_say(most, cpus, 0),
               *(cell(instructions.get(("muster", one, role)), most(one), 0) for one in cpus)]
    for text, most, *compared in RATIOS:
        yield [text, limit_say(most, cpus, 2),
               *(cell(ratio_find(rows, one, *compared), most(one), 2) for one in cpus)]
