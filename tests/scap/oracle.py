#!/usr/bin/env python3
"""Verdicts of oscap: what it says of each rule of a stream, inside a root, and what that cost.

    tests/scap/oracle.py [--work DIR] [--stream NAME …] [--root NAME …] [--arf] [--again]

Writes to DIR/verdicts: STREAM.ROOT.tsv with `rule TAB result` in the order of rules; STREAM.ROOT.json with
the digests of stream and root, the version, the counts and the cost; STREAM.ROOT.err, what oscap said
besides; with --arf also STREAM.ROOT.arf.xml, from a run of its own, whose cost is apart. A result whose digests are
those of today is not made again.

oscap runs inside the root, never with its own idea of another root: that mode leaves out checks.
"""

import argparse
import collections
import hashlib
import json
import shutil
import tempfile
from pathlib import Path

import sandbox
import streams
from roots import DEFAULT_WORK, ROOTS

PROFILE = "(all)"
EVALUATE = ["oscap", "xccdf", "eval", "--skip-valid", "--progress", "--profile", PROFILE]
# 0: every rule passed; 2: some did not. Everything else is no result.
GOOD_EXITS = (0, 2)


class Verdicts:
    """Results by rule, the costs by name ("eval", "arf"), and where the ARF is, or nothing."""

    def __init__(self, results, costs, arf):
        self.results, self.costs, self.arf = results, costs, arf


def parse_progress(text):
    """Results by rule from lines `rule:result`; a rule that comes twice is an error."""
    results = {}
    for line in text.splitlines():
        rule, found, result = line.strip().rpartition(":")
        if not found:
            continue
        if rule in results:
            raise ValueError(f"{rule} has two results")
        results[rule] = result
    return results


def write_tsv(path, results):
    """`rule TAB result`, sorted by rule."""
    path.write_text("".join(f"{rule}\t{result}\n" for rule, result in sorted(results.items())))


def read_tsv(path):
    """The reverse of write_tsv."""
    return dict(line.split("\t") for line in path.read_text().splitlines())


def evaluate(root, stream, options=()):
    """One run of oscap: its process, its cost, and the ARF's bytes or nothing."""
    with tempfile.TemporaryDirectory(dir=root.layers[-1].parent, prefix="exchange-") as name:
        exchange = Path(name)
        exchange.chmod(0o755)
        shutil.copy(stream, exchange / "stream.xml")
        words = sandbox.timed([*EVALUATE, *options, f"{sandbox.INSIDE}/stream.xml"])
        done = root.run(words, exchange, timeout=1800)
        if done.returncode not in GOOD_EXITS:
            said = (done.stdout[-500:] + done.stderr[-2000:]).decode(errors="replace")
            raise SystemExit(f"oscap ended with {done.returncode} on {stream.name} in {root.name}:\n{said}")
        arf = exchange / "arf.xml"
        return done, sandbox.cost_of(exchange), arf.read_bytes() if arf.exists() else None


def version(root):
    """What oscap calls itself."""
    with tempfile.TemporaryDirectory(dir=root.layers[-1].parent) as name:
        return root.run(["oscap", "--version"], Path(name)).stdout.decode().splitlines()[0]


def verdicts(work, stream, root, arf=False, again=False):
    """Verdicts of oscap on a stream (a path) in a root, from the cache when nothing changed."""
    directory = work / "verdicts"
    directory.mkdir(parents=True, exist_ok=True)
    stem = f"{stream.stem}.{root.name}"
    table, facts_path, arf_path = (directory / f"{stem}.{end}" for end in ("tsv", "json", "arf.xml"))
    key = {
        "stream": hashlib.sha256(stream.read_bytes()).hexdigest(),
        "root": root.digest,
        "command": EVALUATE,
        "environment": sandbox.ENVIRONMENT,
    }
    facts = json.loads(facts_path.read_text()) if facts_path.exists() and not again else {}
    if facts.get("key") != key:
        done, cost, _ = evaluate(root, stream)
        results = parse_progress(done.stdout.decode())
        write_tsv(table, results)
        (directory / f"{stem}.err").write_bytes(done.stderr)
        arf_path.unlink(missing_ok=True)
        facts = {
            "key": key,
            "version": version(root),
            "rules": len(results),
            "counts": dict(sorted(collections.Counter(results.values()).items())),
            "costs": {"eval": vars(cost)},
        }
    if arf and not (arf_path.exists() and "arf" in facts["costs"]):
        done, cost, octets = evaluate(root, stream, ["--results-arf", f"{sandbox.INSIDE}/arf.xml"])
        if octets is None:
            raise SystemExit(f"oscap wrote no ARF of {stem}:\n{done.stderr.decode(errors='replace')[-2000:]}")
        arf_path.write_bytes(octets)
        facts["costs"]["arf"] = vars(cost)
        facts["arf_agrees"] = parse_progress(done.stdout.decode()) == read_tsv(table)
    facts_path.write_text(json.dumps(facts, indent=1) + "\n")
    costs = {name: sandbox.Cost(**cost) for name, cost in facts["costs"].items()}
    return Verdicts(read_tsv(table), costs, arf_path if arf_path.exists() else None)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=DEFAULT_WORK, help="where everything is cached")
    parser.add_argument("--content", type=Path, default=streams.CONTENT, help="where the guide's files are")
    parser.add_argument("--stream", nargs="+", default=list(streams.STREAMS), choices=streams.STREAMS)
    parser.add_argument("--root", nargs="+", default=list(ROOTS), choices=ROOTS)
    parser.add_argument("--arf", action="store_true", help="keep the ARF as well")
    parser.add_argument("--again", action="store_true", help="do not use the cache")
    given = parser.parse_args()
    for root_name in given.root:
        root = ROOTS[root_name](given.work)
        for stream_name in given.stream:
            stream = streams.make(given.work, stream_name, given.content)
            found = verdicts(given.work, stream, root, given.arf, given.again)
            counts = collections.Counter(found.results.values())
            spread = " ".join(f"{name}={count}" for name, count in sorted(counts.items()))
            costs = "; ".join(f"{name} {cost}" for name, cost in found.costs.items())
            print(f"{stream_name} {root_name}: {len(found.results)} rules, {spread}; {costs}", flush=True)


if __name__ == "__main__":
    main()
