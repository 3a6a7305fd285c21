#!/usr/bin/env python3
"""How long does an agent take to start, and what does it keep in memory? A real agent of a host that is
assigned, beside a real server; it is started again and again. Goals: ready within 10 ms, at most 15 MB
resident once it looks after its host. Reference: the same program that only prints its version.

  agent_start.py [--runs N]
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent
ROOT = BUILD.parent.parent
RESULTS = ROOT / "build" / "bench"
GOAL_MS = 10
GOAL_MB = 15
sys.path.insert(0, str(ROOT / "tools"))

import tour  # noqa: E402


def memory_mb(pid):
    """Resident memory, and the part of it that nobody else has."""
    found = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines():
        name, _, rest = line.partition(":")
        if name in ("Rss", "Private_Dirty", "Private_Clean"):
            found[name] = int(rest.split()[0]) / 1024
    return found["Rss"], found["Private_Dirty"] + found["Private_Clean"]


class Started:
    """An agent with the socket on which it says what it does, as a service manager would listen."""

    def __init__(self, binary, directory):
        self.path = f"{directory}/notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(20)
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [binary, "--quiet", "agent", "run", "--home", f"{directory}/home"],
            env=dict(os.environ, NOTIFY_SOCKET=self.path),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.wait_for("READY=1")
        self.ready = time.perf_counter() - began
        self.wait_for("STATUS=looking after")

    def wait_for(self, text):
        while text not in self.socket.recv(4096).decode():
            pass

    def end(self):
        self.process.terminate()
        self.process.wait(20)
        self.socket.close()
        os.unlink(self.path)


def version_seconds(binary):
    began = time.perf_counter()
    subprocess.run([binary, "--version"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def make_host(town, directory):
    """One host of this machine, joined and assigned under a home of its own."""
    town.make_keys()
    pin = town.make_server("localhost")
    town.start_server()
    town.log_in(pin)
    agents = f"https://localhost:{town.ports[1]}"
    run = town.twoseal.run
    run("token", "join", "--agents", agents, "-o", "token", "--profile", "dana", show=False)
    said = run("agent", "join", "--home", f"{directory}/home", "--name", "web-01", "--token", "token", show=False)
    code = next(line.split()[1] for line in said.splitlines() if line.startswith("code "))
    words = ["host", "assign", "web-01", "--env", "prod", "--label", "role=web"]
    digest = town.acts("dana", *words, show=False).rsplit("list ", 1)[1].split()[0]
    town.acts("chen", "host", "sign", digest, "--code", code, show=False)


def measure(binary, directory, runs):
    town = tour.Tour(binary, "memory", directory)
    for silent in ("step", "command", "lines"):
        setattr(town.screen, silent, lambda *_: None)
    try:
        make_host(town, directory)
        found = {"ready": [], "rss": [], "private": [], "version": []}
        for number in range(runs + 1):
            agent = Started(binary, directory)
            time.sleep(2)  # the first contact is over
            rss, private = memory_mb(agent.process.pid)
            agent.end()
            if number > 0:  # the first one warmed the caches
                found["ready"].append(agent.ready * 1000)
                found["rss"].append(rss)
                found["private"].append(private)
                found["version"].append(version_seconds(binary) * 1000)
        return {name: statistics.median(values) for name, values in found.items()}
    finally:
        town.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="twoseal-start-") as directory:
        found = measure(str(BUILD / "bin" / "twoseal"), directory, arguments.runs)
    rows = [
        {"what": "from exec to ready", "unit": "ms", "ours": found["ready"], "reference": found["version"], "goal": GOAL_MS},
        {"what": "resident memory", "unit": "MB", "ours": found["rss"], "reference": None, "goal": GOAL_MB},
        {"what": "of it private", "unit": "MB", "ours": found["private"], "reference": None, "goal": None},
    ]
    for row in rows:
        row["met"] = None if row["goal"] is None else row["ours"] <= row["goal"]
        met = "" if row["met"] is None else f"  goal {row['goal']} {'met' if row['met'] else 'MISSED'}"
        reference = "" if row["reference"] is None else f"{row['reference']:>9.2f}"
        print(f"{row['what']:24} {row['unit']:4} {row['ours']:>9.2f} {reference:>9}{met}")
    RESULTS.mkdir(parents=True, exist_ok=True)
    out = {"bench": "agent_start", "figures": rows}
    (RESULTS / "agent_start.json").write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
