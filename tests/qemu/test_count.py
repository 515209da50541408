# SPDX-License-Identifier: BSD-2-Clause
"""The instruction counter of bench/ against QEMU's own: under -icount a tick of the time-stamp
counter is an instruction, so a loop that fires SMIs, less the same loop without them, takes as
many ticks as the plugin saw instructions in SMM."""

import re
import sys

import conftest
import pytest

sys.path.insert(0, str(conftest.ROOT / "bench"))
import count  # noqa: E402

SHOTS = 50
BENCH = conftest.BUILD / "bench"
ROMS = {"muster": conftest.ROM, **{name: BENCH / f"{name}.rom"
                                   for name in ("rsm", "word", "rendezvous", "entry")}}


def visits_and_ticks(rom, cpus, directory):
    """The plugin's visits of the measured loop, for each processor, and the loop's ticks."""
    begin, end = count.smram_find(rom, cpus)
    out = directory / "visits.jsonl"
    text = count.rom_run(count.rom_words(rom, cpus, [
        "-icount", "shift=0,sleep=off",
        "-plugin", f"{BENCH}/smm_count.so,out={out},smram={begin:x}-{end:x}",
        "-fw_cfg", f"name=opt/muster/measure,string={SHOTS}",
        "-fw_cfg", "name=opt/muster/halted,string=1"]), "measure: done")
    facts = dict(re.findall(r"(\w+)=(\d+)", re.search("measure: processors.*", text).group()))
    visits = count.visits_read(out)
    return [visits[cpu][-SHOTS:] for cpu in range(cpus)], \
        int(facts["ticks"]) - int(facts["empty"])


@pytest.mark.fast
@pytest.mark.parametrize("name", ROMS)
def test_plugin_agrees_with_icount(name, tmp_path):
    visits, ticks = visits_and_ticks(ROMS[name], 1, tmp_path)
    assert sum(visit["work"] + visit["spin"] for visit in visits[0]) == ticks


def test_every_visit_is_counted(tmp_path):
    """Four processors: the loop ends with the last release, when the followers still have the
    way out of their last visit before them."""
    visits, ticks = visits_and_ticks(ROMS["muster"], 4, tmp_path)
    counted = [sum(visit["work"] + visit["spin"] for visit in one) for one in visits]
    assert all(len(one) == SHOTS for one in visits)
    last = sum(one[-1]["work"] for one in visits[1:])
    assert sum(counted) - last <= ticks <= sum(counted)


def test_phases_add_up(tmp_path):
    for visit in count.visits_count(conftest.BUILD, 2, tmp_path)[1]:
        assert sum(visit["phases"].values()) == visit["work"]
        assert visit["phases"]["entry"] > 0
