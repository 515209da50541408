# SPDX-License-Identifier: BSD-2-Clause
"""From the values of all rounds to results.json, table.md and plot.svg."""

import json
import os
import platform
import shutil
import statistics
import subprocess

FLOOR = {"ROM": "rendezvous floor", "Linux": "rendezvous floor"}
COLUMNS = ("measurement", "image", "processors", "thread", "fired from", "others", "delivery")
# These let go at once by construction, however many have counted the SMI.
HOLD_NOBODY = ("RSM floor", "word floor", "entry floor", "muster alone")


def host_describe(options):
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        model = next((line.split(":", 1)[1].strip() for line in file
                      if line.startswith("model name")), "unknown processor")
    version = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True,
                             text=True, check=True).stdout.splitlines()[0]
    return (f"{model}, {os.cpu_count()} processors, Linux {platform.release()}; {version}; "
            f"load average {options.load:.1f} at the start, {os.getloadavg()[0]:.1f} at the end")


def values_of(results, key, field):
    return [value[field] for value in results.get(key, []) if field in value]


def median_of(results, key, field="us"):
    values = values_of(results, key, field)
    middle = statistics.median(values) if values else None
    return middle if middle and middle > 0 else None  # a difference may drown in noise


def field_of(results, key):
    """The time that ratios use."""
    return "host_us" if median_of(results, key, "host_us") is not None else "us"


def held_say(key, values):
    """Whether every processor was in SMM for every SMI."""
    if key[1] in HOLD_NOBODY:
        return f"no ({min(value['entered'] for value in values):.2f} came)"
    if all("log" in value for value in values):
        return "yes (log)" if all(value["log"] == "ok" for value in values) else "NO (log)"
    entered = min(value["entered"] for value in values)
    if 0.9 <= entered < 1:  # a processor that stayed for the next round has one visit for two
        return f"unclear ({entered:.2f} came)"
    return "yes (count)" if entered >= 1 else f"no ({entered:.2f} came)"


def time_format(microseconds):
    return f"{microseconds:.1f}" if microseconds < 1000 else f"{microseconds:.0f}"


def ratio_of(results, key, image, field):
    """The time over that of `image` under the same conditions, or None."""
    peer = (key[0], image) + key[2:]
    if median_of(results, peer, field) is None:
        field = "us"
    other = median_of(results, peer, field)
    mine = median_of(results, key, field)
    return mine / other if other and mine and image != key[1] else None


def ratio_format(results, key, image, field):
    ratio = ratio_of(results, key, image, field)
    return f"{ratio:.2f}" if ratio is not None else ""



def table_rows(results, measurement, peers):
    names = [FLOOR[measurement], *peers]
    head = ["processors", "thread", "fired from", "others", "delivery", "firmware", "us per SMI",
            "least-most", "us of host", "all held", *(f"to {name}" for name in names)]
    yield head
    keys = [key for key in results if key[0] == measurement]
    for key in sorted(keys, key=lambda key: (key[3] != "single",) + key[2:3] + key[4:7]):
        values = results[key]
        times = values_of(results, key, "us")
        host = median_of(results, key, "host_us")
        field = field_of(results, key)
        yield [str(key[2]), key[3], key[4], key[5], key[6], key[1],
               time_format(statistics.median(times)),
               f"{time_format(min(times))}-{time_format(max(times))}",
               time_format(host) if host is not None else "", held_say(key, values),
               *(ratio_format(results, key, name, field) for name in names)]


def markdown(rows):
    rows = list(rows)
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|" + "---|" * len(rows[0]))
    return "\n".join(lines) + "\n"


def short_rows(results, measurement, unit, divisor):
    """Boot and relocation: one time a row."""
    yield ["firmware", "processors", "thread", unit, "least-most"]
    for key in sorted((key for key in results if key[0] == measurement),
                      key=lambda key: (key[3] != "single", key[2], key[1])):
        times = [time / divisor for time in values_of(results, key, "us")]
        yield [key[1], str(key[2]), key[3], f"{statistics.median(times):.2f}",
               f"{min(times):.2f}-{max(times):.2f}"]


def instruction_rows(rows):
    """What has no map is one phase: no firmware but ours is split."""
    names = sorted({name for firmware, _, _, row in rows if firmware == "muster"
                    for name in row["phases"]})
    yield ["firmware", "processors", "role", "instructions", "spinning", *names]
    for firmware, cpus, role, row in rows:
        parts = row["phases"] if firmware == "muster" else {}
        yield [firmware, str(cpus), role, f"{row['work']:g}", f"{row['spin']:g}",
               *(f"{parts[name]:g}" if name in parts else "" for name in names)]


def table_text(options, results, instructions, failures):
    parts = [f"Host: {host_describe(options)}.\n", f"Command: `{options.command}`.\n"]
    if instructions:
        parts += ["## Instructions in SMM\n", markdown(instruction_rows(instructions))]
    parts += ["## The ROMs' own loop\n",
              markdown(table_rows(results, "ROM", ["RSM floor", "word floor", "entry floor"])),
              "## Linux\n", markdown(table_rows(results, "Linux", ["OVMF", "SeaBIOS"])),
              "## Boot: from QEMU's start to Linux's first line, seconds\n",
              markdown(short_rows(results, "boot", "seconds", 1e6)),
              "## Relocation, us per processor\n",
              markdown(short_rows(results, "relocation", "us", 1)),
              "## Simulator: one round in the cost model\n",
              markdown(simulator_rows(simulator_costs(options)))]
    if failures:
        parts += ["## Not measured\n"] + [f"- {failure}\n" for failure in failures]
    return "\n".join(parts)


def results_write(options, results, instructions, failures):
    flat = [dict(zip(COLUMNS, key), values=values) for key, values in results.items()]
    with open(f"{options.directory}/results.json", "w", encoding="utf-8") as file:
        json.dump({"host": host_describe(options), "command": options.command, "rows": flat,
                   "instructions": instructions, "failures": failures}, file, indent=1)
    with open(f"{options.directory}/table.md", "w", encoding="utf-8") as file:
        file.write(table_text(options, results, instructions, failures))


SIMULATED = "2..256"  # processors: as many as the core has room for
# A colour is the same thing in each plot.
COLOURS = {"muster": "#7b3294", "muster alone": "#b07cc6", "OVMF": "#0072b2", "SeaBIOS": "#d55e00",
           "traditional": "#0072b2", "RSM floor": "#999999", "word floor": "#c8b400",
           "rendezvous floor": "#009e73", "entry floor": "#e69f00"}
PLOT = """set terminal svg size 1200,460 font 'sans,12' background '#ffffff'
set output '{path}'
set multiplot layout 1,3
set logscale xy 2
set grid
set border 3
set tics nomirror
set key tmargin left Left reverse
set tmargin at screen 0.66
set rmargin 3
set xlabel 'processors'
set ylabel 'us per SMI (of the host where measured)'
set format y '%g'
set title 'The ROMs, settled, thread=single'
plot {rom}
set title 'Linux, thread=single'
plot {linux}
set ylabel 'ticks for each follower'
set title 'Simulator, cost model'
plot {simulator}
unset multiplot
"""


def series_write(options, results, measurement, image):
    """A file of (processors, median), or None."""
    points = sorted((key[2], median_of(results, key, "host_us") or
                     median_of(results, key)) for key in results
                    if key[:2] == (measurement, image) and key[3] == "single" and
                    key[4] == "first" and key[5] in ("idle", "spinning" if key[2] == 1 else "settled") and
                    key[6] == "broadcast")
    points = [point for point in points if point[1]]
    if not points:
        return None
    path = f"{options.directory}/{measurement}-{image}.dat".replace(" ", "-")
    with open(path, "w", encoding="ascii") as file:
        file.writelines(f"{cpus} {value}\n" for cpus, value in points)
    return plotted(path, image)


def plotted(path, name):
    colour = f" lc rgb '{COLOURS[name]}'" if name in COLOURS else ""
    return f"'{path}' with linespoints lw 2{colour} title '{name}'"


def simulator_costs(options):
    """What `muster-sim cost` says, an object for each protocol and number of processors."""
    words = [f"{options.build}/muster-sim", "cost", "--cpus", SIMULATED, "--json"]
    if not os.path.exists(words[0]):
        return []
    text = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def simulator_rows(costs):
    yield ["protocol", "processors", "accesses", "locked", "lines moved", "ticks",
           "ticks for each follower"]
    for cost in sorted(costs, key=lambda cost: cost["protocol"]):
        yield [cost["protocol"], *(str(cost[name]) for name in
                                   ("cpus", "accesses", "locked", "transfers", "ticks")),
               f"{cost['ticks'] / (cost['cpus'] - 1):.0f}"]


def simulator_series(options, costs):
    series = []
    for protocol in sorted({cost["protocol"] for cost in costs}):
        path = f"{options.directory}/simulator-{protocol}.dat"
        with open(path, "w", encoding="ascii") as file:
            file.writelines(f"{cost['cpus']} {cost['ticks'] / (cost['cpus'] - 1)}\n"
                            for cost in costs if cost["protocol"] == protocol)
        series.append(plotted(path, protocol))
    return ", ".join(series)


def plot_write(options, results):
    names = list(dict.fromkeys(key[1] for key in results))
    series = [", ".join(filter(None, (series_write(options, results, measurement, name)
                                      for name in names)))
              for measurement in ("ROM", "Linux")]
    series.append(simulator_series(options, simulator_costs(options)))
    if not all(series) or not shutil.which("gnuplot"):
        print("bench: no plot: gnuplot is missing, or a measurement, or muster-sim")
        return
    subprocess.run(["gnuplot"], text=True, check=True,
                   input=PLOT.format(path=f"{options.directory}/plot.svg", rom=series[0],
                                     linux=series[1], simulator=series[2]))
