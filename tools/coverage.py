#!/usr/bin/env python3
"""Measures branch coverage of the trust core by its tests and names every line that misses some.

    tools/coverage.py [--report-only] [FOLDER …]       no FOLDER: those of the trust core

Builds the preset `coverage`, runs its tests, and asks gcov itself (gcovr 5.2 counts each instantiation
of a template as branches of their own). Branches that only an exception takes do not count, nor do
tests. A line that cannot be covered is named in tools/coverage-exceptions.txt

    path | text of the line | reason

by its text, so that the entry survives edits elsewhere in the file. An entry that no longer applies
is an error. Ends with 1 when a line of the trust core, or of the folders asked for, misses a branch
without an entry. `audit`, which permits nothing, is told beside it.
"""

import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/coverage"
EXCEPTIONS = ROOT / "tools/coverage-exceptions.txt"
FOLDERS = ("base", "crypto", "model", "codec", "ledger", "policy")
BESIDE = ("audit",)  # measured and told as well; what is missing there does not fail
# Branches that the compiler adds: the guard of a static value, a comparison that it writes itself.
COMPILERS_OWN = re.compile(r"^static const(expr)? |= default;$")
NOT_MEASURED = re.compile(r"_test\.cc$|^src/base/(os_\w+|clock|mutex)\.")


def run_tests():
    subprocess.run(["cmake", "--preset", "coverage"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", "--preset", "coverage"], cwd=ROOT, check=True)
    for old in BUILD.glob("**/*.gcda"):
        old.unlink()
    jobs = str(os.cpu_count() or 1)
    subprocess.run(
        ["ctest", "--test-dir", str(BUILD), "-j", jobs, "--output-on-failure", "-E", "^(crash|tools|check_.*|.*_exhaustive)$"],
        check=True,
    )


def gcov(data):
    """What gcov says about one .gcda file: its list of files."""
    command = ["gcov-12", "--json-format", "--stdout", "--branch-probabilities", data.name]
    out = subprocess.run(command, cwd=data.parent, check=True, capture_output=True, text=True).stdout
    return json.loads(out)["files"] if out else []


def own_branches(branches):
    """Counts of the branches that are ours: without what only an exception takes.

    gcov marks the way to a handler as `throw`; the other half of that pair, "the call returned", says
    nothing either.
    """
    counts, at = [], 0
    while at < len(branches):
        if at + 1 < len(branches) and branches[at + 1]["throw"]:
            at += 2
            continue
        if not branches[at]["throw"]:
            counts.append(branches[at]["count"])
        at += 1
    return counts


def without_clean_up(counts):
    """Drops pairs of which neither branch ran, when everything else on the line did.

    Such a pair is reached only while an exception unwinds: in a condition that was never evaluated in
    the usual way, the branch that leads to it is missing as well.
    """
    rest, at = [], 0
    while at < len(counts):
        if counts[at : at + 2] == [0, 0]:
            at += 2
        else:
            rest.append(counts[at])
            at += 1
    return rest if all(rest) else counts


def merge(rows):
    """(count, branches taken, branches) of one line out of all its appearances.

    `rows`: (count, branch counts). A line appears once per translation unit, and once more for each
    instantiation of a template. Appearances of one shape are added up; an instantiation that never ran
    does not count where another did.
    """
    shapes = {}
    for count, counts in rows:
        total = shapes.setdefault(len(counts), [0, [0] * len(counts)])
        total[0] += count
        total[1] = [a + b for a, b in zip(total[1], counts)]
    ran = [counts for count, counts in shapes.values() if count > 0]
    every = [without_clean_up(counts) for counts in ran] or [counts for _, counts in shapes.values()]
    branches = [count for counts in every for count in counts]
    return sum(count for count, _ in rows), sum(1 for count in branches if count > 0), len(branches)


def measured(folders):
    """path -> list of (line, count, branches taken, branches)."""
    wanted = re.compile(rf"src/({'|'.join(folders)})/")
    seen = {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for files in pool.map(gcov, sorted(BUILD.glob("**/*.gcda"))):
            for file in files:
                path = os.path.relpath(os.path.join(BUILD, file["file"]), ROOT)
                if not wanted.match(path) or NOT_MEASURED.search(path):
                    continue
                for line in file["lines"]:
                    row = (line["count"], own_branches(line["branches"]))
                    seen.setdefault(path, {}).setdefault(line["line_number"], []).append(row)
    return {
        path: [(number, *merge(rows)) for number, rows in sorted(lines.items())]
        for path, lines in seen.items()
    }


def read_exceptions(text):
    """(path, text of the line) -> reason."""
    entries = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split(" | ")]
        if len(parts) != 3 or not all(parts):
            raise ValueError(f"coverage-exceptions.txt:{number}: the form is: path | text of the line | reason")
        entries[(parts[0], parts[1])] = parts[2]
    return entries


def judge(files, sources, exceptions):
    """(rows of the table, uncovered lines without entry, entries that apply to nothing)."""
    table, missing, used = {}, [], set()
    for path in sorted(files):
        row = table.setdefault(path.split("/")[1], [0, 0, 0, 0, 0])
        for number, count, taken, branches in files[path]:
            text = sources[path][number - 1].strip()
            if not re.search(r"\w", text):
                continue  # brackets carry the destructors of what ends there
            full = count > 0 and (taken == branches or COMPILERS_OWN.search(text))
            excepted = not full and (path, text) in exceptions
            if excepted:
                used.add((path, text))
                row[4] += 1
            elif not full:
                missing.append((path, number, count, taken, branches, text))
            row[0] += count > 0
            row[1] += 1
            row[2] += taken
            row[3] += branches
    unused = [entry for entry in exceptions if entry not in used and entry[0] in files]
    return table, missing, unused


def percent(part, whole):
    return f"{100 * part / whole:5.1f} %" if whole else "     –"


def main():
    parser = argparse.ArgumentParser(description="branch coverage of the trust core")
    parser.add_argument("--report-only", action="store_true", help="do not build and run again")
    parser.add_argument("folders", nargs="*")
    arguments = parser.parse_args()
    if not arguments.report_only:
        run_tests()
    files = measured(arguments.folders or FOLDERS + BESIDE)
    sources = {path: (ROOT / path).read_text().splitlines() for path in files}
    exceptions = read_exceptions(EXCEPTIONS.read_text())
    table, missing, unused = judge(files, sources, exceptions)

    for path, number, count, taken, branches, text in missing:
        why = "never run" if count == 0 else f"{taken} of {branches} branches"
        print(f"{path}:{number}: {why}: {text}")
    print(f"\n{'folder':10} {'lines':>9} {'branches':>9} {'of':>6} {'excepted lines':>15}")
    for folder, (ran, lines, taken, branches, excepted) in table.items():
        print(f"{folder:10} {percent(ran, lines):>9} {percent(taken, branches):>9} {branches:6} {excepted:15}")
    for path, text in unused:
        print(f"coverage-exceptions.txt: nothing to except at {path}: {text}")
    core = [row for row in missing if arguments.folders or row[0].split("/")[1] in FOLDERS]
    print(
        f"coverage: {len(core)} lines miss a branch, {len(exceptions)} exceptions with a reason; "
        f"{len(missing) - len(core)} more in {', '.join(BESIDE)}"
    )
    return 1 if core or unused else 0


if __name__ == "__main__":
    sys.exit(main())
