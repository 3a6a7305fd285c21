#!/usr/bin/env python3
"""Compares our verdicts with those of oscap, rule by rule, in the same roots.

    tests/scap/parity.py [--work DIR] [--binary FILE] [--stream NAME …] [--root NAME …] [--fixed | --hardened SCRIPT]

Prints for each stream and root how many rules were equal, every difference, and both costs. Ends with 1
when a pair has less than 98 % equal, a difference is not in known_differences.tsv, or one of those is met no more.
Needs root.
"""

import argparse
import fnmatch
import json
import os
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

import mended
import oracle
import roots
import sandbox
import streams

HERE = Path(__file__).resolve().parent
BINARY = HERE.parents[1] / "build/dev/bin/twoseal"
LEAST_PERCENT = 98
# Where the share is not counted, only each difference named: rules about SELinux, which the oracle does not
# judge where there is none, and a root with what it cannot read.
UNCOUNTED_STREAMS = ("rhel9-forced",)
UNCOUNTED_ROOTS = ("odd",)
COUNTED_STREAMS = [name for name in streams.STREAMS if name not in UNCOUNTED_STREAMS]
# What stands for the verdict of a side that says nothing of a rule.
SILENT = "missing"
SKIPPED = 77  # as ctest reads it
KNOWN_COLUMNS = ("stream", "root", "rule", "oracle", "ours", "cause")


def ours(root, stream, binary):
    """Our results by rule, and the cost of the check alone. What depends on our command line is all here.

    Exit codes do not count: a check may well end with another one when rules fail. The object does.
    """
    with tempfile.TemporaryDirectory(dir=root.layers[-1].parent, prefix="exchange-") as name:
        exchange = Path(name)
        exchange.chmod(0o755)
        shutil.copy(stream, exchange / "stream.xml")
        shutil.copy(binary, exchange / "twoseal")
        tool, content = f"{sandbox.INSIDE}/twoseal", f"{sandbox.INSIDE}/content"
        add = [tool, "content", "add", f"{sandbox.INSIDE}/stream.xml", "--content-dir", content]
        check = [tool, "check", "--content", "stream", "--content-dir", content, "--profile", oracle.PROFILE, "--json"]
        script = f"mkdir -p {content} && {shlex.join(add)} >&2 && exec {shlex.join(sandbox.timed(check))}"
        done = root.run(["/bin/sh", "-c", script], exchange)
        try:
            listed = json.loads(done.stdout)["rules"]
            return {rule["id"]: rule["result"] for rule in listed}, sandbox.cost_of(exchange)
        except (ValueError, KeyError, TypeError, OSError) as problem:
            said = (done.stdout[:500] + done.stderr[-3000:]).decode(errors="replace")
            raise SystemExit(
                f"no verdicts of {binary} on {stream.stem} in {root.name}: exit {done.returncode}, {problem!r}\n{said}"
            ) from problem


def differences(theirs, own):
    """(rule, oracle, ours) where they differ, sorted; a rule that one side does not have is `missing` there."""
    pairs = [(rule, theirs.get(rule, SILENT), own.get(rule, SILENT)) for rule in sorted({*theirs, *own})]
    return [pair for pair in pairs if pair[1] != pair[2]]


def percent_equal(theirs, own):
    """Equal ones among the rules that either side has; 0 when there are none, which is no success."""
    total = len({*theirs, *own})
    return 100 * (total - len(differences(theirs, own))) / total if total else 0.0


class Known:
    """The differences that are understood, and which of them were met. Blanks or tabs separate fields."""

    def __init__(self, text):
        lines = [line.split(maxsplit=len(KNOWN_COLUMNS) - 1) for line in text.splitlines()]
        lines = [line for line in lines if line and not line[0].startswith("#")]
        if not lines or tuple(lines[0]) != KNOWN_COLUMNS:
            raise ValueError(f"the first line names the columns: {' '.join(KNOWN_COLUMNS)}")
        self.rows = [tuple(line) for line in lines[1:]]
        for row in self.rows:
            if len(row) != len(KNOWN_COLUMNS):
                raise ValueError(f"a row needs {len(KNOWN_COLUMNS)} fields, the last of which may have blanks: {row}")
        self.met = set()

    def cause(self, stream, root, difference):
        """Why this difference exists, or nothing. In a row, stream and root may be `*`, and the rule a pattern."""
        for row in self.rows:
            places = all(given in ("*", found) for given, found in zip(row, (stream, root)))
            if places and row[3:5] == difference[1:] and fnmatch.fnmatchcase(difference[0], row[2]):
                self.met.add(row)
                return row[5]
        return None

    def unmet(self, stream_names, root_names):
        """Rows for what was compared that no difference fits any more: for every stream (or root) when all were."""
        streams_met = {*stream_names, *(["*"] if set(COUNTED_STREAMS) <= set(stream_names) else [])}
        roots_met = {*root_names, *(["*"] if set(roots.ROOTS) <= set(root_names) else [])}
        return [row for row in self.rows if row not in self.met and row[0] in streams_met and row[1] in roots_met]


def compare(stream, root, theirs, own, known):
    """Prints one pair; True when it is as it should be."""
    found = differences(theirs, own)
    percent = percent_equal(theirs, own)
    total = len({*theirs, *own})
    print(f"{stream} {root}: {total} rules, {total - len(found)} equal, {len(found)} different, {percent:.2f} %")
    unnamed = 0
    for difference in found:
        cause = known.cause(stream, root, difference)
        unnamed += cause is None
        rule, oracle_says, we_say = difference
        print(f"  {mended.short(rule)}\toracle {oracle_says}\tours {we_say}\t{cause or 'NOT KNOWN'}")
    if unnamed:
        print(f"  {unnamed} differences are not in the list of known ones")
    enough = percent >= LEAST_PERCENT or stream in UNCOUNTED_STREAMS or root in UNCOUNTED_ROOTS
    if not enough:
        print(f"  less than {LEAST_PERCENT} % are equal")
    return not unnamed and enough


def chosen_roots(given):
    """The roots asked for by name, then the hardened one when there is a script for it, or our own fixes make it;
    and the rules that these were written for."""
    chosen, written = [roots.ROOTS[name](given.work) for name in given.root], []
    if given.fixed:
        root, written = mended.make(given.work, given.binary, given.content)
        chosen.append(root)
    elif given.hardened:
        with tempfile.TemporaryDirectory(prefix="twoseal-") as name:
            shutil.copy(given.binary, Path(name) / "twoseal")
            chosen.append(roots.hardened(given.work, given.hardened.read_text(), exchange=Path(name)))
    return chosen, written


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=roots.DEFAULT_WORK, help="where everything is cached")
    parser.add_argument("--content", type=Path, default=streams.CONTENT, help="where the guide's files are")
    parser.add_argument("--binary", type=Path, default=BINARY, help="the program to compare")
    parser.add_argument("--known", type=Path, default=HERE / "known_differences.tsv")
    parser.add_argument("--unmended", type=Path, default=HERE / "unmended.tsv")
    parser.add_argument("--stream", nargs="+", default=list(streams.STREAMS), choices=streams.STREAMS)
    parser.add_argument("--root", nargs="+", default=list(roots.ROOTS), choices=roots.ROOTS)
    parser.add_argument("--fixed", action="store_true",
                        help="also a root hardened by what check --fix writes, where each rule that it mends must pass")
    parser.add_argument("--hardened", type=Path, metavar="SCRIPT", help="also a root hardened by this script")
    given = parser.parse_args()
    if os.geteuid() != 0:
        print("skipped: roots of their own need root")
        sys.exit(SKIPPED)
    known = Known(given.known.read_text())
    good = True
    chosen, written = chosen_roots(given)
    for root in chosen:
        for name in given.stream:
            stream = streams.make(given.work, name, given.content)
            theirs = oracle.verdicts(given.work, stream, root)
            own, cost = ours(root, stream, given.binary)
            oracle.write_tsv(given.work / "verdicts" / f"{name}.{root.name}.ours.tsv", own)
            good = compare(name, root.name, theirs.results, own, known) and good
            if given.fixed and name == mended.STREAM and root.name == "hardened":
                good = mended.Unmended(given.unmended.read_text()).judge(written, own) and good
            print(f"  oracle {theirs.costs['eval']}; ours {cost}", flush=True)
    unmet = known.unmet(given.stream, [root.name for root in chosen])
    for row in unmet:
        print("known, but met nowhere:", *row[:5], sep="\t")
    sys.exit(0 if good and not unmet else 1)


if __name__ == "__main__":
    main()
