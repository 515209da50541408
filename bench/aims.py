# SPDX-License-Identifier: BSD-2-Clause
"""What an SMI was to cost at most, beside what it does: a table from results.json.

A ratio is of medians of the same run; with thread=single, of the host's time where there is one."""

NOT_MEASURED = ""


class Measured:
    def __init__(self, results):
        self.rows = {(row["measurement"], row["image"], row["processors"], row["thread"],
                      row["fired from"], row["others"], row["delivery"]): row["values"]
                     for row in results["rows"]}
        self.instructions = {(firmware, cpus, role): row["work"]
                             for firmware, cpus, role, row in results["instructions"]}

    def cpus(self):
        return sorted({key[2] for key in self.rows})

    def time(self, *key):
        values = self.rows.get(key)
        if not values:
            return None
        for field in ("host_us", "us"):
            known = sorted(value[field] for value in values if field in value)
            if known and known[len(known) // 2] > 0:
                return known[len(known) // 2]
        return None

    def ratio(self, measurement, images, cpus, thread, fired_from, others, delivery="broadcast"):
        one, other = (self.time(measurement, image, cpus, thread, fired_from, others, delivery)
                      for image in images)
        return one / other if one and other else None


def others_settled(cpus):
    return "settled" if cpus > 1 else "spinning"


def others_halted(cpus):
    return "halted" if cpus > 1 else "spinning"


# What is compared, the most it may be by number of processors, and how it is found.
RATIOS = [
    ("Linux, `single`, all gathered: time to OVMF's", lambda cpus: {1: 1 / 2, 2: 1 / 4}.get(cpus, 1 / 5),
     lambda measured, cpus: measured.ratio("Linux", ("muster", "OVMF"), cpus, "single", "first", "idle")),
    ("The ROM's loop, `single`, settled: to the rendezvous floor", lambda _: 1.5,
     lambda measured, cpus: measured.ratio("ROM", ("muster", "rendezvous floor"), cpus, "single",
                                           "first", others_settled(cpus))),
    ("Linux, `multi`: to the rendezvous floor", lambda _: 1,
     lambda measured, cpus: measured.ratio("Linux", ("muster", "rendezvous floor"), cpus, "multi",
                                           "first", "idle")),
    ("Linux, `multi`: to OVMF's", lambda _: 1,
     lambda measured, cpus: measured.ratio("Linux", ("muster", "OVMF"), cpus, "multi", "first", "idle")),
    ("Need `alone`, `single`: the issuer's time to the entry floor", lambda _: 1.3,
     lambda measured, cpus: measured.ratio("ROM", ("muster alone", "entry floor"), cpus, "single",
                                           "first", others_halted(cpus))),
    ("Need `alone`, `single`, settled: all processors' to the word floor", lambda _: 1.5,
     lambda measured, cpus: measured.ratio("ROM", ("muster alone", "word floor"), cpus, "single",
                                           "first", others_settled(cpus))),
    ("Relocation of a processor, `single`: to that of the RSM floor", lambda _: 2,
     lambda measured, cpus: measured.ratio("relocation", ("muster", "RSM floor"), cpus, "single",
                                           "-", "-", "-")),
    ("Time to Linux's first line, `single`: to SeaBIOS's", lambda _: 1,
     lambda measured, cpus: measured.ratio("boot", ("muster", "SeaBIOS"), cpus, "single",
                                           "-", "-", "-")),
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


def aims_rows(results):
    measured = Measured(results)
    cpus = measured.cpus()
    yield ["", "at most", *(f"{one} processor{'s' if one > 1 else ''}" for one in cpus)]
    for text, most, role in INSTRUCTIONS:
        yield [text, limit_say(most, cpus, 0),
               *(cell(measured.instructions.get(("muster", one, role)), most(one), 0) for one in cpus)]
    for text, most, find in RATIOS:
        yield [text, limit_say(most, cpus, 2),
               *(cell(find(measured, one), most(one), 2) for one in cpus)]
