#!/usr/bin/env python3
"""Compares our verdicts with those of oscap in a host that runs: rules about units of systemd need one.

    tests/scap/booted.py [--work DIR] [--binary FILE] [--stream NAME …]

The root `fresh` is booted by systemd-nspawn over a layer of its own, some units are turned on and off in it, and
both tools are run inside. Prints every difference; ends with 1 when one is not in known_differences.tsv for the
root `booted`, or no rule about a unit was judged. Needs root and systemd-container.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import oracle
import parity
import roots
import streams

# As the test bed of the product boots its hosts, but without a network.
BOOT = [
    "systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot", "--private-network",
    "--console=read-only", "--resolv-conf=off", "--timezone=off", "--link-journal=no",
]
# What differs from unit to unit: running, stopped, masked, absent.
PREPARE = "systemctl --quiet stop cron; systemctl --quiet mask --now systemd-timesyncd ssh 2>/dev/null; systemctl start ssh; true"
UNIT_RULES = ("service_", "timer_", "socket_")
BOOT_SECONDS = 60


class Booted:
    """A root that runs until the end of the block."""

    def __init__(self, root):
        self.root = root

    def __enter__(self):
        base = self.root.layers[-1]
        self.holder = Path(tempfile.mkdtemp(prefix="booted-", dir=base.parent))
        for name in ("root", "upper", "work"):
            (self.holder / name).mkdir()
        self.upper = self.holder / "upper"
        self.upper.chmod(0o755)
        layers = ":".join(str(layer.resolve()) for layer in self.root.layers)
        subprocess.run(
            ["mount", "-t", "overlay", "-o", f"lowerdir={layers},upperdir={self.upper},workdir={self.holder / 'work'}",
             "overlay", str(self.holder / "root")],
            check=True,
        )
        self.process = None
        try:
            self.boot()
        except BaseException:
            self.__exit__()
            raise
        return self

    def boot(self):
        (self.holder / "root/etc/machine-id").write_text("")
        console = open(self.holder / "console", "wb")  # pylint: disable=consider-using-with
        with console:
            self.process = subprocess.Popen(
                [*BOOT, f"--machine=scap-{os.getpid()}", f"--directory={self.holder / 'root'}"],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True,
                env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
            )
        end = time.monotonic() + BOOT_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            state = self.inside("systemctl", "is-system-running").stdout.decode().strip()
            if state in ("running", "degraded"):
                return
            time.sleep(0.2)
        raise SystemExit("the root does not boot:\n" + (self.holder / "console").read_text(errors="replace")[-2000:])

    def leader(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        with contextlib.suppress(OSError):
            for child in children.read_text().split():
                return child
        return None

    def inside(self, *words, timeout=900):
        leader = self.leader()
        if leader is None:
            return subprocess.CompletedProcess(words, 1, b"", b"it has not begun")
        return subprocess.run(
            ["nsenter", "--target", leader, "--all", "--", *map(str, words)],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root"},
        )

    def put(self, source, name):
        shutil.copy(source, self.holder / "root" / name)

    def __exit__(self, *_):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        subprocess.run(["umount", "--lazy", str(self.holder / "root")], check=False)
        shutil.rmtree(self.holder, ignore_errors=True)


def theirs(host):
    done = host.inside("oscap", "xccdf", "eval", "--skip-valid", "--progress", "--profile", oracle.PROFILE, "/stream.xml")
    if done.returncode not in oracle.GOOD_EXITS:
        raise SystemExit(f"oscap: exit {done.returncode}\n{done.stderr.decode(errors='replace')[-2000:]}")
    return oracle.parse_progress(done.stdout.decode())


def ours(host):
    host.inside("rm", "-rf", "/content")
    for words in (
        ["/twoseal", "content", "add", "/stream.xml", "--content-dir", "/content"],
        ["/twoseal", "check", "--content-dir", "/content", "--content", "stream", "--profile", oracle.PROFILE, "--json"],
    ):
        done = host.inside(*words)
    try:
        return {rule["id"]: rule["result"] for rule in json.loads(done.stdout)["rules"]}
    except ValueError as problem:
        raise SystemExit(f"twoseal: exit {done.returncode}\n{done.stderr.decode(errors='replace')[-2000:]}") from problem


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=roots.DEFAULT_WORK, help="where everything is cached")
    parser.add_argument("--content", type=Path, default=streams.CONTENT, help="where the guide's files are")
    parser.add_argument("--binary", type=Path, default=parity.BINARY, help="the program to compare")
    parser.add_argument("--known", type=Path, default=parity.HERE / "known_differences.tsv")
    parser.add_argument("--stream", nargs="+", default=["debian11-forced", "ubuntu2204-forced"], choices=streams.STREAMS)
    given = parser.parse_args()
    if os.geteuid() != 0 or shutil.which("systemd-nspawn") is None:
        print("skipped: hosts that run need root and systemd-nspawn")
        sys.exit(parity.SKIPPED)
    known = parity.Known(given.known.read_text())
    good = True
    with Booted(roots.ROOTS["fresh"](given.work)) as host:
        host.put(given.binary, "twoseal")
        host.inside("sh", "-c", PREPARE)
        for name in given.stream:
            host.put(streams.make(given.work, name, given.content), "stream.xml")
            oscap, own = theirs(host), ours(host)
            good = parity.compare(name, "booted", oscap, own, known) and good
            judged = [
                rule for rule, result in own.items()
                if parity.mended.short(rule).startswith(UNIT_RULES) and result in ("pass", "fail")
            ]
            print(f"  {len(judged)} rules about units were judged", flush=True)
            good = good and len(judged) > 0
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
