#!/usr/bin/env python3
"""How much a look at files that are as they should be costs, and bringing them there: twoseal beside
CFEngine and beside the floor, which is what the kernel and the hash cost without any agent.

One desired state (files with content, mode and owner) in the language of each; every tool checks
every content. After each run this program compares the files itself: a tool that is fast because it
looked away is shown as wrong. Needs root, for owners; CFEngine when it is there (package cfengine3).

  converge.py [--files N,N] [--runs N]
"""

import argparse
import grp
import hashlib
import json
import os
import pwd
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent
RESULTS = BUILD.parent.parent / "build" / "bench"
OWNERS = (("root", "root"), ("daemon", "daemon"))
GOALS = {1000: 0.031, 5000: 0.080}  # seconds of processor time of one look
MEMORY_GOAL = 20  # MB


def content(number):
    rnd = random.Random(number)
    size = rnd.choice([180, 420, 900, 900, 1800, 3600])
    text = f"# managed file {number}\n"
    while len(text) < size:
        text += f"option_{rnd.randrange(1000):03d} = {rnd.randrange(10**9)}\n"
    return text


class Workload:
    """The files of one desired state, below a directory that nobody else may enter."""

    def __init__(self, count, top):
        self.top = top
        self.files = []
        os.chmod(top, 0o700)
        for number in range(count):
            below = f"d{number // 100:03d}/f{number:05d}.conf"
            owner, group = OWNERS[number % 2]
            text = content(number)
            one = {
                "path": f"{top}/dst/{below}",
                "source": f"{top}/src/{below}",
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
                "mode": 0o644 if number % 3 == 0 else 0o640,
                "owner": owner,
                "group": group,
            }
            os.makedirs(os.path.dirname(one["source"]), exist_ok=True)
            Path(one["source"]).write_text(text, encoding="utf-8")
            self.files.append(one)

    def make_free(self):
        shutil.rmtree(f"{self.top}/dst", ignore_errors=True)
        for one in self.files:
            os.makedirs(os.path.dirname(one["path"]), exist_ok=True)

    def make_drift(self, run):
        """One file of a hundred: other content for most, another mode for a third."""
        rnd = random.Random(run)
        hit = rnd.sample(self.files, max(1, len(self.files) // 100))
        for place, one in enumerate(hit):
            if place % 3 == 2:
                os.chmod(one["path"], 0o666)
            else:
                Path(one["path"]).write_text("drifted\n", encoding="utf-8")

    def wrong(self):
        count = 0
        for one in self.files:
            try:
                info = os.lstat(one["path"])
                right = (
                    info.st_mode & 0o7777 == one["mode"]
                    and pwd.getpwuid(info.st_uid).pw_name == one["owner"]
                    and grp.getgrgid(info.st_gid).gr_name == one["group"]
                    and hashlib.sha256(Path(one["path"]).read_bytes()).hexdigest() == one["sha256"]
                )
            except OSError:
                right = False
            count += 0 if right else 1
        return count


def twoseal(work):
    blobs = f"{work.top}/blobs"
    os.makedirs(blobs, exist_ok=True)
    resources = []
    for one in work.files:
        shutil.copyfile(one["source"], f"{blobs}/{one['sha256']}")
        want = {
            "group": one["group"],
            "mode": f"{one['mode']:04o}",
            "owner": one["owner"],
            "source": f"sha256:{one['sha256']}",
        }
        resources.append({"key": one["path"], "kind": "file", "want": want})
    state = {
        "enforce": "report",
        "org": "sha256:" + "0" * 64,
        "resources": resources,
        "scope": "bench",
        "type": "state",
        "v": 1,
    }
    path = f"{blobs}/state.json"
    Path(path).write_text(json.dumps(state, sort_keys=True, separators=(",", ":")), encoding="utf-8")
    return [f"{BUILD}/bin/twoseal", "apply", "--local-state", path, "--unsigned-dir", work.top]


def cfengine(work):
    lines = [
        'body common control { bundlesequence => { "main" }; }',
        'body perms of(m,o,g) { mode => "$(m)"; owners => { "$(o)" }; groups => { "$(g)" }; rxdirs => "false"; }',
        'body copy_from by_digest(f) { source => "$(f)"; compare => "digest"; copy_backup => "false"; }',
        "bundle agent main { files:",
    ]
    for one in work.files:
        lines.append(
            f'  "{one["path"]}" perms => of("{one["mode"]:04o}","{one["owner"]}","{one["group"]}"), '
            f'copy_from => by_digest("{one["source"]}");'
        )
    path = f"{work.top}/main.cf"
    Path(path).write_text("\n".join([*lines, "}"]) + "\n", encoding="utf-8")
    os.chmod(path, 0o600)
    # A policy that does not parse would be measured as the failsafe of the agent.
    subprocess.run(["cf-promises", "-c", "-f", path], check=True, stdout=subprocess.DEVNULL)
    return ["cf-agent", "-K", "-f", path]


def floor(work):
    path = f"{work.top}/manifest"
    with open(path, "w", encoding="utf-8") as manifest:
        for one in work.files:
            uid, gid = pwd.getpwnam(one["owner"]).pw_uid, grp.getgrnam(one["group"]).gr_gid
            manifest.write("\t".join([one["path"], one["sha256"], f"{one['mode']:o}", str(uid), str(gid)]) + "\n")
    return [f"{BUILD}/bin/converge_floor", path]


def run_once(command):
    """Measured by time(1): a child of this program would begin with this program's memory."""
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as told:
        began = time.perf_counter()
        done = subprocess.run(
            ["/usr/bin/time", "-q", "-f", "%U %S %M", "-o", told.name, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        wall = time.perf_counter() - began
        # time(1) tells hundredths of a second; the kernel's own count of this child is finer.
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        memory = told.read().split()
    cpu = used.ru_utime + used.ru_stime
    spent, run_once.before = cpu - run_once.before, cpu
    return {"wall": wall, "cpu": spent, "mb": int(memory[-1]) / 1024 if memory else 0, "exit": done.returncode}


run_once.before = 0.0


def measure(work, name, command, phase, runs):
    results = []
    run_once.before = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    for run in range(runs + 1):
        if phase == "first":
            work.make_free()
        elif phase == "drift":
            work.make_drift(run)
        os.sync()
        result = run_once(command)
        wrong = work.wrong()
        if result["exit"] != 0 or wrong:
            raise SystemExit(f"{name}, {phase}: exit {result['exit']}, {wrong} files are not as wanted")
        if run > 0:  # the first one warms the caches
            results.append(result)
    return {key: statistics.median(one[key] for one in results) for key in ("wall", "cpu", "mb")}


def figures(count, found):
    """Rows of the kind that every bench reports."""
    rows = []
    for phase in ("noop", "drift", "first"):
        for key, unit in (("cpu", "s of processor time"), ("mb", "MB")):
            ours = found["twoseal"][phase][key]
            goal = None
            if phase == "noop":
                goal = GOALS.get(count) if key == "cpu" else MEMORY_GOAL
            for peer in ("floor", "cfengine"):
                reference = found.get(peer, {}).get(phase, {}).get(key)
                if reference is not None:
                    rows.append(
                        {
                            "what": f"{phase} of {count} files, beside {peer}",
                            "unit": unit,
                            "ours": round(ours, 4),
                            "reference": round(reference, 4),
                            "ratio": round(ours / reference, 3),
                            "goal": goal,
                            "met": None if goal is None else ours <= goal,
                        }
                    )
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", default="1000,5000")
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        raise SystemExit("converge: files get owners, which takes root")
    tools = {"twoseal": twoseal, "floor": floor}
    if shutil.which("cf-agent"):
        tools["cfengine"] = cfengine
    else:
        print("converge: cf-agent is not there (package cfengine3), so only the floor is beside us", file=sys.stderr)
    rows = []
    for count in map(int, arguments.files.split(",")):
        with tempfile.TemporaryDirectory(prefix="twoseal-converge-") as top:
            work = Workload(count, top)
            found = {name: {} for name in tools}
            for phase in ("first", "noop", "drift"):
                for name, make in tools.items():
                    if name != "floor" or phase == "noop":
                        print(f"converge: {phase} of {count} files, {name}", file=sys.stderr)
                        found[name][phase] = measure(work, name, make(work), phase, arguments.runs)
            rows += figures(count, found)
    for row in rows:
        met = "" if row["met"] is None else f"  goal {row['goal']} {'met' if row['met'] else 'MISSED'}"
        print(f"{row['what']:44} {row['unit']:20} {row['ours']:>9} {row['reference']:>9} {row['ratio']:>7}{met}")
    RESULTS.mkdir(parents=True, exist_ok=True)
    out = {"bench": "converge", "figures": rows}
    (RESULTS / "converge.json").write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
