# SPDX-License-Identifier: BSD-2-Clause
"""muster layout: the map as text, JSON and SVG, and what is refused."""

import json
import os
import pathlib
import re
import subprocess
import xml.etree.ElementTree

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FRONT = ROOT / os.environ.get("BUILD", "build") / "muster"


def run(*words):
    return subprocess.run([FRONT, "layout", *words], capture_output=True, text=True,
                          check=False)


@pytest.mark.parametrize("words", [(), ("--cpus", "4"), ("--machine", "q35", "--cpus", "255")])
def test_regions_do_not_overlap(words):
    told = json.loads(run("--json", *words).stdout)
    end = told["smram_base"]
    for region in told["regions"]:
        if region["size"]:
            assert region["base"] >= end, region
            end = region["base"] + region["size"]
    assert end <= told["smram_base"] + told["smram_size"]
    assert len(told["smbase"]) == len(set(told["smbase"])) == told["processors"]


def test_few_processors_have_guard_pages_and_many_do_not():
    assert json.loads(run("--json", "--cpus", "4").stdout)["style"] == "guarded"
    assert json.loads(run("--json").stdout)["style"] == "packed"


@pytest.mark.parametrize("words, size", [((), 128 << 10), (("--machine", "q35"), 16 << 20),
                                         (("--machine", "q35", "--smram", "8M"), 8 << 20)])
def test_both_breakdowns_add_up_to_the_smram_given(words, size):
    """Ours and coreboot's; of megabytes, only the first four are planned in."""
    text = run(*words).stdout
    assert f"({size // 1024} KiB)" in text
    ours, other = text.split("by coreboot's rule")
    for part in (ours, other.split("\n\n")[0]):
        assert sum(int(number) for number in re.findall(r"(\d+) bytes  ", part)) == size
    assert json.loads(run("--json", *words).stdout)["smram_size"] == size


def test_the_other_rule():
    assert "by coreboot's rule 63 fit" in run().stdout
    assert json.loads(run("--json").stdout)["coreboot_capacity"] == 63


def test_picture():
    """Every region is there under its name, and the legend has the kinds that there are."""
    picture = xml.etree.ElementTree.fromstring(run("--svg", "-").stdout)
    regions = [region for region in json.loads(run("--json").stdout)["regions"] if region["size"]]
    told = {title.text.split(":")[0] for title in picture.findall("{*}rect/{*}title")}
    assert told == {f"{region['kind']} {region['index']}" for region in regions}
    texts = [text.text for text in picture.findall("{*}text")]
    for kind in {region["kind"] for region in regions} | {"not used"}:
        assert texts.count(kind) == 1


@pytest.mark.parametrize("words, says", [
    (("--cpus", "0"), "at least one processor is needed; 64 fit"),
    (("--cpus", "200"), "do not fit"),
    (("--smram", "129K"), "page of 4096 bytes; into the whole pages here 64 processors fit"),
    (("--smram", "100"), "page"),
    (("--smram", "x"), "not a size"),
    (("--machine", "mars"), "pc and q35"),
    (("--smram", "16K"), "do not fit"),
    (("--base", "0xffff0000"), "below 4 GiB"),
    (("--colour",), "no such option"),
    (("left-over",), "not expected"),
])
def test_nonsense_is_refused(words, says):
    done = run(*words)
    assert done.returncode == 2
    assert says in done.stderr


def test_too_many_are_told_how_many_fit():
    capacity = json.loads(run("--json").stdout)["capacity"]
    assert f"; {capacity} do" in run("--cpus", str(capacity + 1)).stderr
    assert run("--cpus", str(capacity)).returncode == 0


@pytest.mark.parametrize("content", [b"", b"MUSTSMM", bytes(4096)],
                         ids=["empty", "short", "zeros"])
def test_what_is_no_image_is_refused(content, tmp_path):
    (tmp_path / "image").write_bytes(content)
    done = run("--image", str(tmp_path / "image"))
    assert done.returncode == 3
    assert "not an image" in done.stderr


def test_more_fit_than_by_the_other_rule():
    """The image of the ROM, with everything that it links."""
    told = json.loads(run("--json", "--smram", "128K").stdout)
    assert told["capacity"] > told["coreboot_capacity"]
