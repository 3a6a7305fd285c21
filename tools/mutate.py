#!/usr/bin/env python3
"""Changes single places of the trust core and asks whether its tests notice: the mutation score.

    tools/mutate.py [--count N] [--seed S] [--jobs N] [FOLDER …]     default: 100 mutants, all folders

A mutant is one source with one operator, constant or condition replaced. It is built with the tests of
its folder, of `policy`, the vectors and the attacks; one that fails has killed it. Mutants that the
compiler refuses do not count. Works in copies under build/mutation, never in the tree itself; the last
commit is what is judged. Prints each survivor with its line, then the score; ends with 1 below the
goal of 95 %. A survivor that means the same as the original is named in tools/mutation-equals.txt

    path | text of the line | text of the mutant | reason
"""

import argparse
import concurrent.futures
import queue
import random
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPIES = ROOT / "build/mutation"
EQUALS = ROOT / "tools/mutation-equals.txt"
FOLDERS = ("base", "crypto", "codec", "ledger", "policy")
NOT_CORE = re.compile(r"_test\.cc$|^src/base/(os_\w+|clock|mutex|check)\.|^src/crypto/(private_key|key_file|software_|secret|random|x25519)")
GOAL = 95.0
TEST_SECONDS = 120
# What is searched, and what takes its place.
CHANGES = [
    (r" == ", [" != "]),
    (r" != ", [" == "]),
    (r" <= ", [" < ", " > "]),
    (r" >= ", [" > ", " < "]),
    (r"(?<=[\w)\]]) < (?=[\w(*])", [" <= ", " >= "]),
    (r"(?<=[\w)\]]) > (?=[\w(*])", [" >= ", " <= "]),
    (r" && ", [" || "]),
    (r" \|\| ", [" && "]),
    (r"(?<=[ (])!(?=[\w(*])", [""]),
    (r"\btrue\b", ["false"]),
    (r"\bfalse\b", ["true"]),
    (r" \+ 1\b", [" + 0", " + 2"]),
    (r" - 1\b", [" - 0"]),
    (r"\bstd::any_of\b", ["std::all_of"]),
    (r"\bstd::all_of\b", ["std::any_of"]),
    (r"\bstd::max\b", ["std::min"]),
    (r"\bstd::min\b", ["std::max"]),
    (r"\bcontinue;", ["break;"]),
]
STRING = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])\'|//.*$')


def sites(folders):
    """Every (path, line index, column, end, replacement)."""
    found = []
    for folder in folders:
        for path in sorted((ROOT / "src" / folder).glob("*.cc")):
            name = str(path.relative_to(ROOT))
            if NOT_CORE.search(name):
                continue
            for number, line in enumerate(path.read_text().splitlines()):
                masked = STRING.sub(lambda m: "\x00" * len(m[0]), line)
                if masked.lstrip().startswith(("#", "template", "static_assert", "using", "constexpr")):
                    continue
                for pattern, others in CHANGES:
                    for match in re.finditer(pattern, masked):
                        found += [(name, number, match.start(), match.end(), other) for other in others]
    return found


def run(command, cwd, seconds=None):
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=seconds)
        return done.returncode == 0
    except subprocess.TimeoutExpired:
        return False


def make_copy(number):
    copy = COPIES / str(number)
    subprocess.run(["git", "worktree", "remove", "--force", copy], cwd=ROOT, capture_output=True)
    subprocess.run(["git", "worktree", "add", "--force", "--detach", copy, "HEAD"], cwd=ROOT, check=True, capture_output=True)
    subprocess.run(["cmake", "--preset", "dev"], cwd=copy, check=True, capture_output=True)
    tests = [f"{one}_test" for one in (*FOLDERS, "vectors", "attacks")]
    subprocess.run(["cmake", "--build", "build/dev", "-j", "2", "--target", *tests], cwd=copy, check=True, stdout=subprocess.DEVNULL)
    return copy


def outcome_of(copy, site):
    """`killed`, `survived` or `refused` (by the compiler), and the line before and after."""
    name, number, start, end, other = site
    path = copy / name
    before = path.read_text()
    lines = before.splitlines(keepends=True)
    original = lines[number]
    lines[number] = original[:start] + other + original[end:]
    change = (original.strip(), lines[number].strip())
    folder = name.split("/")[1]
    tests = list(dict.fromkeys([f"{folder}_test", "policy_test", "attacks_test", "vectors_test"]))
    try:
        path.write_text("".join(lines))
        if not run(["cmake", "--build", "build/dev", "-j", "1", "--target", *tests], copy):
            return "refused", change
        for test in tests:
            if not run([f"build/dev/bin/{test}"], copy, TEST_SECONDS):
                return "killed", change
        return "survived", change
    finally:
        path.write_text(before)


def equal_mutants():
    rows = set()
    if EQUALS.exists():
        for line in EQUALS.read_text().splitlines():
            if line and not line.startswith("#"):
                rows.add(tuple(part.strip() for part in line.split(" | ", 3)[:3]))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("folders", nargs="*", default=FOLDERS)
    args = parser.parse_args()
    every = sites(args.folders)
    chosen = random.Random(args.seed).sample(every, min(args.count, len(every)))
    copies = queue.Queue()
    for number in range(args.jobs):
        copies.put(make_copy(number))
    equal = equal_mutants()
    tally = {"killed": 0, "survived": 0, "refused": 0, "equal": 0}

    def judge(site):
        copy = copies.get()
        try:
            return site, *outcome_of(copy, site)
        finally:
            copies.put(copy)

    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for done, (site, outcome, change) in enumerate(pool.map(judge, chosen), 1):
            if outcome == "survived" and (site[0], *change) in equal:
                outcome = "equal"
            tally[outcome] += 1
            if outcome == "survived":
                print(f"survived {site[0]}:{site[1] + 1}\n    {change[0]}\n    {change[1]}", flush=True)
            print(f"\r{done} of {len(chosen)}", end="", file=sys.stderr, flush=True)
    for number in range(args.jobs):
        subprocess.run(["git", "worktree", "remove", "--force", COPIES / str(number)], cwd=ROOT, capture_output=True)
    counted = tally["killed"] + tally["survived"]
    score = 100 * tally["killed"] / counted if counted else 0.0
    print(
        f"\nmutate: {len(every)} places; of {len(chosen)}: {tally['killed']} killed, {tally['survived']} survived, "
        f"{tally['equal']} equal, {tally['refused']} refused by the compiler; score {score:.1f} %, goal {GOAL:.0f} %"
    )
    sys.exit(0 if score >= GOAL else 1)


if __name__ == "__main__":
    main()
