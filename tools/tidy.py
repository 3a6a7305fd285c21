#!/usr/bin/env python3
"""Runs clang-tidy 19 over our sources and remembers what passed.

    tools/tidy.py [--jobs N] [--since REVISION] [FILE …]

No FILE: every source under src/, tests/ and bench/. With --since only those that changed after
REVISION, or that include a header of ours which did; all of them when .clang-tidy or this script
changed, or when this clone has no such revision.

A source is checked again only when it, a header of ours that it includes (directly or not), its
compile command, .clang-tidy or the version of clang-tidy changed. What passed is remembered by a
hash of all that under build/tidy-cache, or $TWOSEAL_TIDY_CACHE. Needs the configured preset `tidy`
(for its compile commands); configures it when it is missing.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/tidy"
TIDY = "clang-tidy-19"
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)


def compile_commands():
    """Absolute path of each source -> its compile command."""
    subprocess.run(["cmake", "--preset", "tidy"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    rows = json.loads((BUILD / "compile_commands.json").read_text())
    return {row["file"]: row["command"] for row in rows if not row["file"].startswith(str(ROOT / "build"))}


def headers_of(file, known):
    """`file` and every file of ours that it includes, directly or not. `known`: file -> its includes."""
    seen, open_files = set(), [file]
    while open_files:
        current = open_files.pop()
        if current in seen:
            continue
        seen.add(current)
        if current not in known:
            names = INCLUDE.findall(current.read_text())
            places = [[ROOT / "src" / n, ROOT / n, *BUILD.glob(f"src/*/embed/{n}")] for n in names]
            known[current] = [next((p for p in some if p.is_file()), None) for some in places]
        open_files += [p for p in known[current] if p]
    return sorted(seen)


def key_of(file, command, known, common):
    digest = hashlib.sha256(common)
    digest.update(command.encode())
    for path in headers_of(file, known):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def changed_since(revision):
    """Paths of ours that changed after `revision`; nothing when this clone does not know it."""
    command = ["git", "diff", "--name-only", revision, "--"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return {ROOT / name for name in run.stdout.splitlines()} if run.returncode == 0 else None


def touched(files, changed, known):
    """Those of `files` for which clang-tidy might say something new."""
    if changed is None or changed & {ROOT / ".clang-tidy", Path(__file__).resolve()}:
        return files
    return [file for file in files if changed.intersection(headers_of(file, known))]


def tidy(file):
    """(seconds, exit code, output) of one run."""
    start = time.monotonic()
    command = [TIDY, "--quiet", "-p", str(BUILD), str(file)]
    if file.name.endswith("_test.cc"):
        # The analyzer's walk through the macros of doctest costs more than all other checks together,
        # and a test of one namespace may open it.
        command.insert(1, "--checks=-clang-analyzer-*,-google-build-using-namespace")
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    lines = [line for line in (run.stdout + run.stderr).splitlines() if not line.endswith("generated.")]
    return time.monotonic() - start, run.returncode, "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description="clang-tidy over our sources, remembering what passed")
    parser.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 8))
    parser.add_argument("--since", metavar="REVISION")
    parser.add_argument("files", nargs="*", type=lambda name: str(Path(name).resolve()))
    arguments = parser.parse_args()

    commands = compile_commands()
    files = [Path(f) for f in sorted(arguments.files or commands) if f in commands]
    version = subprocess.run([TIDY, "--version"], check=True, capture_output=True).stdout
    common = version + (ROOT / ".clang-tidy").read_bytes() + Path(__file__).read_bytes()
    cache = Path(os.environ.get("TWOSEAL_TIDY_CACHE", ROOT / "build/tidy-cache"))
    cache.mkdir(parents=True, exist_ok=True)
    known = {}
    if arguments.since:
        files = touched(files, changed_since(arguments.since), known)
        print(f"tidy: {len(files)} of {len(commands)} files concern what changed since {arguments.since[:12]}")
    keys = {file: key_of(file, commands[str(file)], known, common) for file in files}
    waiting = [file for file in files if not (cache / keys[file]).exists()]

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        runs = {pool.submit(tidy, file): file for file in waiting}
        for run in concurrent.futures.as_completed(runs):
            seconds, code, output = run.result()
            file = runs[run]
            print(f"{'FAIL' if code else 'ok  '} {seconds:5.1f} s  {file.relative_to(ROOT)}", flush=True)
            if code:
                failed += 1
                print(output, flush=True)
            else:
                (cache / keys[file]).touch()
    print(f"tidy: {len(files)} files, {len(files) - len(waiting)} unchanged since they passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
