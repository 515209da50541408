# SPDX-License-Identifier: BSD-2-Clause
"""muster trace: what it says is what the log says, and no log makes it fall over."""

import copy
import itertools
import json
import random
import subprocess
import xml.etree.ElementTree as xml

import pytest
from conftest import (EMPTY, ENTRY, FAULT, FREED, LOGS, MUSTER, REQUEST, STOPPED, log_of,
                      log_of_everything, muster, round_of)

REAL = LOGS / "q35-4-at-once.json"
SVG = "{http://www.w3.org/2000/svg}"


def trace_json(path, *options):
    return json.loads(muster("trace", path, "--json", *options).stdout)


def spans_of(smi, processor):
    return {s["phase"]: (s["begin"], s["end"]) for s in smi["spans"] if s["processor"] == processor}


def test_phases_of_a_good_round(log_file):
    """Times in ticks of a nanosecond, from the log's first event."""
    smi, = trace_json(log_file(log_of(round_of(7, 100, 2), 2)))["smis"]
    assert (smi["round"], smi["cause"], smi["monarch"], smi["in"]) == (7, "request", 0, 2)
    assert smi["held"] == 29.0
    assert spans_of(smi, 0) == {"gather": (0, 20000), "handler": (20000, 25000),
                                "release": (25000, 26000), "exit": (26000, 29000)}
    assert spans_of(smi, 1) == {"entry": (0, 10000), "gather": (10000, 20000),
                                "held": (20000, 25000), "release": (25000, 29000)}


def test_real_log_is_told_in_full():
    log = json.loads(REAL.read_text())
    told = trace_json(REAL)
    assert len(told["smis"]) == len({record["round"] for record in log["records"]})
    assert sum(smi["in"] for smi in told["smis"]) == len(log["records"])
    assert told["held_max"] == max(smi["held"] for smi in told["smis"])
    start = min(record["entered"] for record in log["records"])
    for record in log["records"]:
        smi = next(s for s in told["smis"] if s["round"] == record["round"])
        inside = [span for phase, span in spans_of(smi, record["processor"]).items()
                  if phase not in ("entry", "exit")]
        assert min(inside)[0] == record["entered"] - start
        assert max(inside)[1] == record["released"] - start


def test_percentiles_are_those_of_the_log():
    """The least value that so many of a hundred do not exceed: of 32 SMIs, the 99th is the longest."""
    told = trace_json(REAL)
    held = sorted(smi["held"] for smi in told["smis"])
    assert len(held) == 32
    assert (told["held_p50"], told["held_p99"]) == (held[15], held[31])


def test_real_log_is_clean():
    muster("trace", REAL, "--check")


def test_everything(log_file):
    told = {smi["round"]: smi for smi in trace_json(log_file(log_of_everything()))["smis"]}
    assert [told[n]["cause"] for n in range(1, 9)] == [
        "request", "byte", "TCO", "request+TCO", "none", "request", "request", "?"]
    assert "late" in spans_of(told[4], 2)
    assert set(spans_of(told[5], 0)) == {"empty"}
    assert "broken" in spans_of(told[7], 1)
    assert set(spans_of(told[8], 1)) == {"inside"}


def test_check_finds_what_must_not_be(log_file):
    said = muster("trace", log_file(log_of_everything()), "--check", status=1).stderr.decode()
    assert "round 6: processor 3 was declared lost" in said
    assert "round 7: its monarch, processor 0, was declared lost" in said
    assert "round 4" not in said and "round 8" not in said


def test_faults(log_file):
    """A handler's fault belongs to its round; the runtime's own stops a processor for good."""
    fault = {"vector": 14, "error": 2, "address": 0x1234, "handler": "noop\"<"}
    records = round_of(5, 100, 2, flags=FAULT, fault=fault)
    records += [{"processor": 1, "round": 0, "flags": FAULT | STOPPED, "monarch": 0xFFFF,
                 "entered": 120, "released": 120, "fault": {"vector": 13, "address": 7}}]
    records += round_of(6, 500, 1)
    path = log_file(log_of(records, 2))
    told = trace_json(path)["smis"]
    assert [(smi["round"], smi["cause"]) for smi in told] == [
        (5, "request"), (0, "fault"), (6, "request")]
    assert spans_of(told[1], 1) == {"stopped": (20000, 416000)}  # to the log's end
    said = muster("trace", path, "--check", status=1).stderr.decode()
    assert "round 5: processor 0: fault: vector 14, error 2h, at +1234h in noop??" in said
    assert "processor 1: stopped fault: vector 13" in said
    for form in ("--svg", "--chrome", "--html"):
        assert b"vector 14" in muster("trace", path, form, "-").stdout


def test_freed_followers(log_file):
    """Handlers that do not need everybody run when the others have been let go."""
    records = round_of(5, 100, 3, flags=FREED)  # gathered at 130, handled at 135
    records[1].update(flags=records[1]["flags"] | FREED, released=132)
    path = log_file(log_of(records, 3))
    smi = trace_json(path)["smis"][0]
    assert "held" not in spans_of(smi, 1) and "held" in spans_of(smi, 2)
    assert spans_of(smi, 1)["release"] == (30000, 32000)
    muster("trace", path, "--check")


def test_visits_with_nothing_to_do(log_file):
    """They are in no round, and do not make the one longer whose number they saw."""
    idle = {"processor": 1, "round": 5, "flags": ENTRY | EMPTY, "monarch": 0xFFFF,
            "entered": 900, "released": 900}
    path = log_file(log_of(round_of(5, 100, 2) + [idle] + round_of(6, 950, 2), 2))
    told = trace_json(path)["smis"]
    assert [(smi["round"], smi["cause"]) for smi in told] == [
        (5, "request"), (5, "none"), (6, "request")]
    assert told[0]["held"] < 100 and set(spans_of(told[1], 1)) == {"empty"}
    assert len(trace_json(path, "--cause", "none")["smis"]) == 1
    muster("trace", path, "--check")


@pytest.mark.parametrize("change, finding", [
    ({"entered": 121}, "processor 1 came in after the handler began"),
    ({"released": 124}, "processor 1 was let go before the handler ended"),
    ({"flags": 3, "cause": 1, "gathered": 120, "handled": 125}, "2 processors led it"),
])
def test_check_finds_who_was_not_held(log_file, change, finding):
    records = round_of(7, 100, 2)
    records[1].update(change)
    path = log_file(log_of(records, 2))
    assert finding in muster("trace", path, "--check", status=1).stderr.decode()


def test_causes_are_named_as_in_the_data_sheet(log_file):
    records = round_of(1, 1, 2, cause=1 << 8) + round_of(2, 500, 2, cause=1 << 9 | REQUEST)
    path = log_file(log_of(records, 2))
    assert [smi["cause"] for smi in trace_json(path)["smis"]] == ["PM1", "request+GPE0"]
    assert [smi["round"] for smi in trace_json(path, "--cause", "gpe0")["smis"]] == [2]


def test_choice(log_file):
    path = log_file(log_of_everything())

    def rounds(*options):
        return [smi["round"] for smi in trace_json(path, *options)["smis"]]

    assert rounds("--round", "3-5") == [3, 4, 5]
    assert rounds("--last", "2") == [7, 8]
    assert rounds("--cause", "tco") == [3, 4]
    assert rounds("--cause", "none") == [5]
    assert rounds("--cause", "request", "--last", "1") == [7]
    assert b"none of the log's 8 SMIs" in muster("trace", path, "--round", "99", status=3).stderr


def test_table(log_file):
    text = muster("trace", log_file(log_of_everything())).stdout.decode()
    assert "from test, 4 processors, 28 records of 8 SMIs" in text
    rows = [line.split() for line in text.splitlines()[2:10]]
    assert [row[0] for row in rows] == [str(n) for n in range(1, 9)]
    assert rows[0][2:6] == ["request", "10h", "0", "4"]
    assert rows[1][6:] == ["40.0", "5.0", "10.0", "55.0"]
    assert rows[4][-1] == "empty"


def test_standard_input_and_output():
    done = muster("trace", "-", "--svg", "-", stdin=REAL.read_bytes())
    assert done.stdout.startswith(b"<svg")


def test_svg(log_file, tmp_path):
    picture = tmp_path / "smi.svg"
    path = log_file(log_of_everything(), name='a"<&>.json')
    muster("trace", path, "--svg", picture)
    root = xml.parse(picture).getroot()
    told = trace_json(path)["smis"]
    assert len(root.findall(f"{SVG}g")) == len(told)
    drawn = [rect for rect in root.iter(f"{SVG}rect") if rect.find(f"{SVG}title") is not None]
    assert len(drawn) == sum(len(smi["spans"]) for smi in told)
    for rect in drawn:
        assert float(rect.get("x")) >= 0
        assert float(rect.get("x")) + float(rect.get("width")) <= float(root.get("width"))


def test_svg_of_many_shows_the_last(log_file, tmp_path):
    records = [r for n in range(100) for r in round_of(n + 1, n * 100, 2)]
    text = muster("trace", log_file(log_of(records, 2)), "--svg", "-").stdout.decode()
    assert "24 of 100 SMIs" in text and "round 100 " in text and "round 76 " not in text


def nanoseconds(event):
    """Begin and end as Perfetto reads them: it cuts off fractions of a nanosecond, of each number."""
    begin = int(event["ts"] * 1000)
    return begin, begin + int(event["dur"] * 1000)


@pytest.mark.parametrize("ticks_per_second", [1_000_000_000, 2_597_813_571, 3_000_000_019])
def test_chrome_slices_nest(log_file, ticks_per_second):
    """On one track a slice is inside another or beside it, to the nanosecond, or viewers drop it."""
    path = log_file({**log_of_everything(), "ticks_per_second": ticks_per_second})
    events = json.loads(muster("trace", path, "--chrome", "-").stdout)["traceEvents"]
    assert sum(event["ph"] == "b" for event in events) == 8
    slices = [event for event in events if event["ph"] == "X"]
    visits = [event for event in slices if "round" in event["name"]]
    assert len(visits) == 28 < len(slices)
    for one, other in itertools.combinations(slices, 2):
        (a, b), (c, d) = nanoseconds(one), nanoseconds(other)
        assert one["tid"] != other["tid"] or b <= c or d <= a or a <= c <= d <= b or \
            c <= a <= b <= d, (one, other)
    names = {e["args"]["name"] for e in events if e["name"] == "thread_name"}
    assert "processor 3 (APIC id 3)" in names


def test_ticks_that_are_not_time(log_file):
    path = log_file(log_of(round_of(1, 1, 2), 2, ticks_per_second=0))
    assert trace_json(path)["unit"] == "ticks"
    assert "held/ticks" in muster("trace", path).stdout.decode()


def test_empty_log(log_file):
    path = log_file(log_of([], 1))
    assert trace_json(path)["smis"] == []
    for form in ("--svg", "--chrome", "--html"):
        assert muster("trace", path, form, "-").stdout


def test_256_processors_and_wrapped_rounds(log_file):
    records = round_of(2**32 - 1, 1, 256, monarch=255) + round_of(0, 9000, 256)
    told = trace_json(log_file(log_of(records, 256)))["smis"]
    assert [(smi["round"], smi["in"]) for smi in told] == [(2**32 - 1, 256), (0, 256)]


# ---- logs that are no logs ---------------------------------------------------------------------

def edited(**change):
    return {**log_of(round_of(1, 1, 2), 2), **change}


def record_edited(**change):
    log = log_of(round_of(1, 1, 2), 2)
    log["records"][0].update(change)
    return {**log, "records": [{k: v for k, v in r.items() if v != "gone"}
                               for r in log["records"]]}


@pytest.mark.parametrize("log, said", [
    ("", "line 1, column 0: not JSON"),
    ("{\n \"format\": ", "line 2, column"),
    ("\0\0\0\0", "not JSON"),
    ("[" * 100_000, "not JSON"),
    ("[]", "format: is not \"muster-log\""),
    ("{\"format\": 7}", "format: is not \"muster-log\""),
    ("{\"verdict\": \"ok\"}", "holds no records; make it with smistat --records"),
    (edited(format_version=2), "format_version: is not 1"),
    (edited(apic_ids=[]), "apic_ids: has to name 1 to 256"),
    (edited(apic_ids=list(range(257))), "apic_ids: has to name 1 to 256"),
    (edited(ticks_per_second=-1), "ticks_per_second"),
    (edited(ticks_per_second="fast"), "ticks_per_second"),
    (edited(records={}), "records: is not a list"),
    (edited(records=[7]), "records[0]"),
    (edited(steps=[{"tick": 1, "processor": 0}]), "steps[0].what: is not a text"),
    (edited(steps=[{"tick": 1, "processor": 0, "what": "", "words": {"a": 1}}]),
     "steps[0].words: is not an object of texts"),
    (record_edited(processor=2), "records[0].processor: is 2, more than 1"),
    (record_edited(processor=-1), "records[0].processor: is not an unsigned number"),
    (record_edited(round=2**32), "records[0].round: is 4294967296"),
    (record_edited(flags=1.5), "records[0].flags: is not an unsigned number"),
    (record_edited(entered="gone"), "records[0].entered: is missing"),
    (record_edited(gathered=1), "records[0].gathered: is before entered"),
    (record_edited(released=5_000_001), "records[0].released: is before"),
    (record_edited(lost=[2]), "records[0].lost: names a processor that the log does not have"),
    (record_edited(lost=7), "records[0].lost: is not a list"),
    (record_edited(flags=FAULT), "records[0].fault: is missing"),
    (record_edited(flags=FAULT, fault={"vector": 256, "address": 0}), "vector: is 256"),
    (json.dumps(edited()).replace('"entered": 5', '"entered": 99999999999999999999', 1),
     "not JSON: too big integer"),
])
def test_bad_logs_are_refused(log_file, log, said):
    done = muster("trace", log_file(log), "--json", status=3)
    assert said in done.stderr.decode() and done.stdout == b""


def test_missing_and_unwritable_files(log_file, tmp_path):
    assert b"No such file" in muster("trace", tmp_path / "none", status=3).stderr
    path = log_file(edited())
    assert b"cannot be written" in muster("trace", path, "--svg", "/no/such/place.svg",
                                          status=3).stderr
    assert b"could not be written" in muster("trace", path, "--svg", "/dev/full", status=3).stderr


def test_every_cut_of_a_log_is_refused():
    whole = json.dumps(edited()).encode()
    for length in range(0, len(whole), 7):
        muster("trace", "-", stdin=whole[:length], status=3)


def mutated(log, rng):
    """Puts a strange value somewhere in it."""
    strange = [0, 1, -1, 255, 256, 2**16, 2**31, 2**32 - 1, 2**63 - 1, 1.5, "", "x", None, True,
               [], {}, [[]]]
    record = rng.choice(log["records"])
    for target in rng.choices([record, record, record, log], k=rng.randrange(1, 4)):
        target[rng.choice(list(target))] = rng.choice(strange)
    return log


def test_strange_values(log_file):
    """Either it is shown or it is refused: no crash, no hang, and JSON that is JSON."""
    rng, whole = random.Random(1), log_of_everything()
    for turn in range(400):
        log = mutated(copy.deepcopy(whole), rng)
        form = rng.choice(["--json", "--svg", "--chrome", "--html"])
        done = fuzz_run(json.dumps(log).encode(), form)
        if done.returncode == 0 and form in ("--json", "--chrome"):
            json.loads(done.stdout)
        if done.returncode == 0 and form == "--svg":
            xml.fromstring(done.stdout)


def fuzz_run(data, form):
    words = [MUSTER, "trace", "-", form] + ([] if form == "--json" else ["-"])
    done = subprocess.run(words, input=data, capture_output=True, timeout=300)
    assert done.returncode in (0, 3), (done.returncode, data, done.stderr)
    assert (done.returncode == 0) == (done.stderr == b"")
    return done
