#!/usr/bin/env python3
"""What judging a host by SCAP content costs, beside oscap on the same content and the same root, one run each.
What the page of a large check costs is a program of its own: scap_page.

  scap.py [--work DIR] [--paths N]

CPU seconds and peak memory of the check alone. Goals: a small root at most a fifth of oscap's CPU, and 45 MB; the
largest content at most 0.45 s; a tree of many paths at most 1.5 times what `find -xdev -perm /7002` takes, which asks
for the mode of each file as the rules do; one rule after one write at most 5 ms; watching while nothing happens
less than 0.1 % of a processor. Needs root.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent
ROOT = BUILD.parent.parent
RESULTS = ROOT / "build" / "bench"
BINARY = BUILD / "bin" / "twoseal"
sys.path.insert(0, str(ROOT / "tests" / "scap"))

import oracle  # noqa: E402
import parity  # noqa: E402
import roots  # noqa: E402
import streams  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
WRITES = 100
GOOD_EXITS = (0, 2)  # 2: of a check, that rules failed
PATIENCE = 30  # seconds for a line that tells a turn


def figure(what, unit, ours, reference=None, goal=None):
    """One row as every bench reports it; all goals here are upper bounds."""
    return {
        "what": what, "unit": unit, "ours": ours, "reference": reference,
        "ratio": ours / reference if reference else None, "goal": goal,
        "met": None if goal is None else ours <= goal,
    }


def small_roots(work):
    """The check alone on a small root, content compiled before, beside oscap."""
    rows = []
    root = roots.fresh(work)
    for name, goal_share, goal_seconds in (("debian11-forced", 0.2, None), ("rhel9-forced", None, 0.45)):
        stream = streams.make(work, name)
        theirs = oracle.verdicts(work, stream, root, again=True).costs["eval"]
        _, ours = parity.ours(root, stream, BINARY)
        goal = theirs.cpu * goal_share if goal_share else goal_seconds
        rows.append(figure(f"{name}, all rules, CPU", "s", ours.cpu, theirs.cpu, goal))
        rows.append(figure(f"{name}, peak memory", "MB", ours.rss_kib / 1024, theirs.rss_kib / 1024, 45))
    return rows


def cpu_of(words):
    """CPU seconds of a program and what it started; one that ends otherwise than well was not measured."""
    before = os.times()
    done = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode not in GOOD_EXITS:
        raise SystemExit(f"{words[0]} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def make_tree(directory, paths):
    """So many files in directories of a hundred, below `directory`/usr."""
    for number in range(paths // 100):
        place = directory / "usr" / f"{number // 100:03}" / f"{number:05}"
        place.mkdir(parents=True)
        for name in range(100):
            (place / f"f{name:02}").touch()


def compiled(work, name, directory):
    """Options that name the content, compiled below `directory`."""
    stream = streams.make(work, name)
    subprocess.run([BINARY, "content", "add", stream, "--content-dir", directory / "content"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return ["--content", name, "--content-dir", directory / "content", "--history", directory / "history",
            "--profile", "(all)"]


def large_tree(work, directory, paths):
    """All rules over a tree of many paths, beside find with one look at each; both with warm caches, the best of three."""
    root = directory / "tree"
    make_tree(root, paths)
    options = compiled(work, "debian11-forced", directory)
    check = [BINARY, "check", *options, "--root", root]
    find = ["find", root, "-xdev", "-perm", "/7002"]
    cpu_of(find)
    finds = min(cpu_of(find) for _ in range(3))
    ours = min(cpu_of(check) for _ in range(3))
    return [figure(f"{paths} paths, all rules, CPU; find -perm", "s", ours, finds, 1.5 * finds)]


def ticks_of(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def read_until(process, stream, part):
    """Reads lines until one has the part; ends the bench when the program does, or says nothing of it for too long."""
    timer = threading.Timer(PATIENCE, process.kill)
    timer.start()
    try:
        for line in iter(stream.readline, ""):
            if part in line:
                return
    finally:
        timer.cancel()
    process.kill()
    raise SystemExit(f"no line with {part!r} came: {process.communicate()[1][-2000:]}")


def watching(work, directory):
    """Writes that turn one rule, until the line that tells it; then nothing for a while."""
    root = directory / "watched"
    subprocess.run(["cp", "-a", work / "base", root], check=True)
    options = compiled(work, "debian11-forced", directory)
    process = subprocess.Popen([BINARY, "check", *options, "--root", root, "--watch"], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        read_until(process, process.stderr, "watching")
        shadow = root / "etc" / "shadow"
        before, delays = ticks_of(process.pid), []
        for number in range(WRITES):
            begun = time.perf_counter()
            shadow.chmod(0o666 if number % 2 == 0 else 0o640)
            read_until(process, process.stdout, "file_permissions_etc_shadow")
            delays.append((time.perf_counter() - begun) * 1000)
        busy = (ticks_of(process.pid) - before) / WRITES * 1000
        before, begun = ticks_of(process.pid), time.monotonic()
        time.sleep(60)
        idle = (ticks_of(process.pid) - before) / (time.monotonic() - begun) * 100
    finally:
        process.kill()
        process.wait()
    return [
        figure("one write, rules judged again, CPU", "ms", busy, None, 5),
        figure("from the write to the line, median", "ms", statistics.median(delays), None, 1000),
        figure("watching while nothing happens, of a processor", "%", idle, None, 0.1),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=roots.DEFAULT_WORK, help="where roots are cached")
    parser.add_argument("--paths", type=int, default=600_000)
    given = parser.parse_args()
    rows = small_roots(given.work)
    with tempfile.TemporaryDirectory(prefix="twoseal-scap-", dir=given.work) as name:
        rows += large_tree(given.work, Path(name), given.paths)
        rows += watching(given.work, Path(name))
    for row in rows:
        met = "" if row["goal"] is None else f"  goal {row['goal']:.2f} {'met' if row['met'] else 'MISSED'}"
        reference = "" if row["reference"] is None else f"{row['reference']:.2f} ({row['ratio']:.3f})"
        print(f"{row['what']:50} {row['unit']:3} {row['ours']:>8.2f} {reference:>16}{met}")
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "scap.json").write_text(json.dumps({"bench": "scap", "figures": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
