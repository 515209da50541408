# SPDX-License-Identifier: BSD-2-Clause
"""Shards of a search, brought together, count what the whole counts; what does not belong together
is refused; a table too small for a search is told."""

import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIMULATOR = ROOT / os.environ.get("BUILD", "build") / "muster-sim"


def simulator(*words, status=0):
    done = subprocess.run([SIMULATOR, *words], capture_output=True, text=True, timeout=900)
    assert done.returncode == status, done.stdout + done.stderr
    return json.loads(done.stdout) if "--json" in words and status < 2 else done.stderr


def explored(path, *words):
    return simulator("explore", "--quiet", "--json", "--states", path, *words)


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    directory = tmp_path_factory.mktemp("shards")
    paths = [directory / f"{shard}" for shard in (1, 2, 3)]
    for shard, path in enumerate(paths, 1):
        explored(path, "--scenario", "one-round", "--shard", f"{shard}/3")
    return paths


@pytest.mark.parametrize("words", [["one-round"], ["three-rounds"], ["deadlines", "--jobs", "2"],
                                   ["one-round", "--events", "2", "--hash-seed", "5"]])
def test_merged_counts_are_those_of_the_whole(words, tmp_path):
    whole = explored(tmp_path / "whole", "--scenario", *words)
    paths = [tmp_path / f"{shard}" for shard in (1, 2, 3, 4)]
    parts = [explored(path, "--scenario", *words, "--shard", f"{shard}/4")
             for shard, path in enumerate(paths, 1)]
    merged = simulator("merge", "--json", *paths)
    assert merged["outcome"] == "complete" and merged["shards"] == 4
    assert merged["states"] == whole["states"] < sum(part["states"] for part in parts)
    assert merged["executions"] == whole["executions"]
    assert merged["transitions"] == sum(part["transitions"] for part in parts)
    alone = simulator("merge", "--json", tmp_path / "whole")
    assert (alone["states"], alone["executions"]) == (whole["states"], whole["executions"])


def test_shard_missing(shards):
    assert "has 3 shards, here are 2" in simulator("merge", *shards[:2], status=3)


def test_shard_twice(shards):
    assert "the same shard" in simulator("merge", *shards[:2], shards[0], status=3)


def test_another_search(shards, tmp_path):
    explored(tmp_path / "other", "--scenario", "bytes", "--shard", "3/3")
    assert "another search" in simulator("merge", *shards[:2], tmp_path / "other", status=3)


@pytest.mark.parametrize("change, words", [
    (lambda data: data[:-3], "truncated"), (lambda data: b"x" + data[1:], "not a file of"),
    (lambda data: data[:-16] + bytes(16), "not in order"), (lambda data: data[:20], "not a file")])
def test_damaged(shards, tmp_path, change, words):
    (tmp_path / "bad").write_bytes(change(shards[2].read_bytes()))
    assert words in simulator("merge", *shards[:2], tmp_path / "bad", status=3)


def test_unreadable(shards):
    assert "No such file" in simulator("merge", *shards[:2], "/nowhere/at/all", status=3)


def test_full_table_is_told(tmp_path):
    """What is not kept is searched again: the search is still of everything, and says what it lacks."""
    words = ["--scenario", "one-round", "--events", "2"]
    whole = explored(tmp_path / "whole", *words)
    done = subprocess.run([SIMULATOR, "explore", "--quiet", "--json", "--memory", "1", *words],
                          capture_output=True, text=True, timeout=900)
    result = json.loads(done.stdout)
    assert done.returncode == 0 and "give it more --memory" in done.stderr
    assert result["table_full"] and not whole["table_full"]
    assert result["states"] >= whole["states"]
