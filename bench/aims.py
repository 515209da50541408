# SPDX-License-Identifier: BSD-2-Clause
"""What an SMI was to cost at most, beside what it does: a table from results.json.

A ratio is of medians of the same run; with thread=single, of the host's time where there is one."""

import report

NOT_MEASURED = ""


def no_limit(_):
    """Of a row that says what the one above it could be at best."""
    return None


# What is compared; the most it may be, by number of processors; measurement, thread and what the other
# processors do where there are some; whose time, over whose.
RATIOS = [
    ("Linux, `single`, all gathered: time to OVMF's",
     lambda cpus: {1: 1 / 2, 2: 1 / 4}.get(cpus, 1 / 5), "Linux", "single", "idle", "muster", "OVMF"),
    ("... of the rendezvous floor itself", no_limit, "Linux", "single", "idle", "rendezvous floor",
     "OVMF"),
    ("The ROM's loop, `single`, settled: to the rendezvous floor",
     lambda _: 1.5, "ROM", "single", "settled", "muster", "rendezvous floor"),
    ("... of the entry floor, which does nothing in 64-bit mode", no_limit, "ROM", "single",
     "settled", "entry floor", "rendezvous floor"),
    ("Linux, `multi`: to the rendezvous floor",
     lambda _: 1, "Linux", "multi", "idle", "muster", "rendezvous floor"),
    ("Linux, `multi`: to OVMF's", lambda _: 1, "Linux", "multi", "idle", "muster", "OVMF"),
    ("Need `alone`, `single`: the issuer's time to the entry floor",
     lambda _: 1.3, "ROM", "single", "halted", "muster alone", "entry floor"),
    ("Need `alone`, `single`, settled: all processors' to the word floor",
     lambda _: 1.5, "ROM", "single", "settled", "muster alone", "word floor"),
    ("... of the entry floor itself", no_limit, "ROM", "single", "settled", "entry floor",
     "word floor"),
    ("Relocation of a processor, `single`: to that of the RSM floor",
     lambda _: 2, "relocation", "single", "-", "muster", "RSM floor"),
    ("Time to Linux's first line, `single`: to SeaBIOS's",
     lambda _: 1, "boot", "single", "-", "muster", "SeaBIOS"),
]
# Aims that are met too where the median is no more than the most that the other took.
WITHIN_SPREAD = {"Linux, `multi`: to the rendezvous floor"}
INSTRUCTIONS = [
    ("Instructions of the monarch", lambda cpus: 200 + 10 * (cpus - 1), "monarch"),
    ("Instructions of a follower", lambda _: 100, "follower"),
]


def cell(value, most, digits, missed=" (no)"):
    if value is None:
        return NOT_MEASURED
    met = "" if most is None or value <= most else missed
    return f"{value:.{digits}f}{met}"


def limit_say(most, cpus, digits):
    if most is no_limit:
        return ""
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


def is_within_spread(rows, cpus, measurement, thread, others, image, peer):
    mine = report.median_of(rows, key_of(measurement, image, cpus, thread, others))
    theirs = report.values_of(rows, key_of(measurement, peer, cpus, thread, others), "us")
    return bool(mine and theirs) and mine <= max(theirs)


def missed_say(text, rows, cpus, *compared):
    """What is said of a ratio above its limit."""
    if text in WITHIN_SPREAD and is_within_spread(rows, cpus, *compared):
        return " (within the spread)"
    return " (no)"


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
               *(cell(ratio_find(rows, one, *compared), most(one), 2,
                      missed_say(text, rows, one, *compared)) for one in cpus)]
