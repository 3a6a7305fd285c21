#!/usr/bin/env python3
"""Hardening on real hosts, from the check to the way back.

    tests/testbed/hardening_test.py BINARY

A guide is compiled once and checked on two hosts; what `check --fix` and `--fix-dir` write is proposed, approved by
two people and shipped; its rules are green then. One rule is taken back alone: its bytes go, and no others. A hand
edit turns a rule red while somebody watches, and its line is named.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests/scap")]

import streams  # noqa: E402
import tour  # noqa: E402

GUIDE = "debian11-forced"
PLACE = "/var/lib/twoseal/content"
# One change for the first two, a change of its own for each of the others; three of them share a file.
TOGETHER = ("sshd_disable_empty_passwords", "accounts_max_concurrent_login_sessions")
ALONE = ("sshd_set_idle_timeout", "sshd_set_keepalive_0")
SSHD = "/etc/ssh/sshd_config"
EXCEPTIONS = """exceptions:
- {{id: exc-1, rule: {rule}, asset: web-01, until: "{until}", why: an old client needs it}}
"""


class Failed(Exception):
    """Something did not go as it must."""


def expect(holds, what):
    if not holds:
        raise Failed(what)


class Hardening:
    def __init__(self, binary, directory):
        self.directory = Path(directory)
        self.tour = tour.Tour(binary, "real", directory)
        self.twoseal = self.tour.twoseal
        self.hosts = self.tour.hosts

    def run(self):
        self.tour.make_keys()
        gateway = self.hosts.up()
        pin = self.tour.make_server(gateway)
        self.tour.start_server()
        self.tour.log_in(pin)
        self.tour.join_hosts(gateway)
        tour.wait_until(self.tour.hosts_are_here, "both hosts have been heard of")
        self.bring_guide()
        self.mend_together()
        self.mend_alone()
        self.take_back_one()
        self.watch()

    # --- the guide ----------------------------------------------------------------------------

    def bring_guide(self):
        stream = streams.make(self.directory, GUIDE)
        self.twoseal.run("content", "add", stream, "--content-dir", "content", show=False)
        for host in tour.NAMES:
            self.hosts.inside(host, "mkdir", "-p", PLACE, show=False)
            self.hosts.put(host, f"content/{GUIDE}.content", f"{PLACE}/{GUIDE}.content")

    def check(self, host, rules, *more, exit_code):
        words = ["twoseal", "check", "--profile", "(all)"]
        for rule in rules:
            words += ["--rule", rule]
        return self.twoseal.run("testbed", "run", "--dir", "bed", host, "--", *words, *more, expect=exit_code)

    def red(self, rules):
        for host in tour.NAMES:
            said = self.check(host, rules, exit_code=2)
            expect(f"{len(rules)} fail" in said, f"{host}: not all of {rules} fail:\n{said}")

    def green(self, rules):
        for host in tour.NAMES:
            said = self.check(host, rules, exit_code=0)
            expect(f"{len(rules)} pass" in said, f"{host}: not all of {rules} pass:\n{said}")

    # --- changes ------------------------------------------------------------------------------

    def fetch(self, path):
        """A change that was written on a host, with its targets filled in."""
        text = self.hosts.file(tour.NAMES[0], path)
        expect("# Which hosts?" in text, f"{path} does not ask for its targets:\n{text}")
        text = re.sub(r"^# Which hosts.*$", "targets: env=prod role=web", text, flags=re.M)
        return text.replace("components: [hardening]", "components: [ssh]")

    def ship(self, name, text):
        risks = re.findall(r"--accept-risk\s+([a-z-]+)", text.replace("#  ", ""))
        self.tour.write(name, text)
        words = ["propose", name]
        for risk in sorted(set(risks)):
            words += ["--accept-risk", risk]
        before = {change["number"] for change in self.changes()}
        self.tour.acts("leo", *words)
        [number] = {change["number"] for change in self.changes()} - before
        self.tour.approve(number, "amara", show=False)
        self.tour.approve(number, "bo", show=False)
        self.tour.ship(number, expect=0)
        return number

    def changes(self):
        return self.twoseal.ask("change", "list", "--profile", "leo")["changes"]

    def mend_together(self):
        self.red(TOGETHER)
        self.check(tour.NAMES[0], TOGETHER, "--fix", "/root/together.yaml", exit_code=2)
        self.ship("together.yaml", self.fetch("/root/together.yaml"))
        self.green(TOGETHER)

    def mend_alone(self):
        self.red(ALONE)
        self.hosts.inside(tour.NAMES[0], "mkdir", "/root/alone", show=False)
        self.check(tour.NAMES[0], ALONE, "--fix-dir", "/root/alone", exit_code=2)
        self.kept = [self.sshd()]
        self.numbers = []
        for rule in ALONE:
            self.numbers.append(self.ship(f"{rule}.yaml", self.fetch(f"/root/alone/{rule}.yaml")))
            self.kept.append(self.sshd())
        self.green((*TOGETHER, *ALONE))

    def sshd(self):
        return {host: self.hosts.file(host, SSHD) for host in tour.NAMES}

    def take_back_one(self):
        """The first of the two, behind which the other has changed the same file."""
        self.roll_back(self.numbers[0])
        for host, text in self.sshd().items():
            gone = set(self.kept[2][host].splitlines()) - set(text.splitlines())
            expect(len(gone) == 1 and len(text.splitlines()) + 1 == len(self.kept[2][host].splitlines()),
                   f"{host}: more than one line is gone: {gone}")
            expect(next(iter(gone)).startswith("ClientAliveInterval"), f"{host}: {gone} is gone")
        self.green((*TOGETHER, ALONE[1]))
        self.red((ALONE[0],))
        self.except_rule(ALONE[0])
        self.roll_back(self.numbers[1])
        expect(self.sshd() == self.kept[0], "a host is not back to the byte")
        self.green(TOGETHER)

    def except_rule(self, rule):
        """Two people sign that one host may fail it; the other one may not."""
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 7 * 86_400))
        self.tour.write("exceptions.yaml", EXCEPTIONS.format(rule=rule, until=until))
        said = self.tour.acts("amara", "document", "issue", "restrictions", "--from", "exceptions.yaml")
        digest = re.search(r"sha256:[0-9a-f]{64}", said).group()
        words = self.twoseal.run("words", digest, show=False).strip()
        self.tour.acts("chen", "document", "sign", digest, "--words", words)
        tour.wait_until(lambda: self.is_excepted(rule), "the host holds the exception")
        said = self.check(tour.NAMES[0], (rule,), exit_code=0)
        expect("with a signed exception" in said and "an old client needs it" in said, said)
        expect("exception" not in self.check(tour.NAMES[1], (rule,), exit_code=2), "the exception is of another host")

    def is_excepted(self, rule):
        words = ["testbed", "run", "--dir", "bed", tour.NAMES[0], "--", "twoseal", "check", "--profile", "(all)"]
        done = subprocess.run(
            [self.twoseal.path, *words, "--rule", rule], cwd=self.directory, capture_output=True, timeout=60, check=False
        )
        return done.returncode == 0

    def roll_back(self, number):
        self.tour.acts("leo", "rollback", number, "--reason", "one rule alone", "--watch", "--timeout", "100s")

    # --- watching -----------------------------------------------------------------------------

    def watch(self):
        host, rule = tour.NAMES[1], TOGETHER[0]
        words = ["testbed", "run", "--dir", "bed", host, "--", "stdbuf", "-oL", "twoseal", "check", "--profile", "(all)"]
        with subprocess.Popen(
            [self.twoseal.path, *words, "--rule", rule, "--watch", "--timeout", "60"],
            cwd=self.directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        ) as process:
            late = threading.Timer(90, process.kill)
            late.daemon = True
            late.start()
            for line in process.stdout:
                if "watching" in line:
                    break
            self.hosts.inside(host, "sed", "-i", "s/^PermitEmptyPasswords no/PermitEmptyPasswords yes/", SSHD, show=False)
            turn = next((line for line in process.stdout if "pass to fail" in line), "")
            process.kill()
            late.cancel()
        expect(re.search(rf"{rule}\s+{SSHD}:\d+: expected", turn), f"the hand edit was not told: {turn!r}")
        self.tour.screen.lines(turn)


def main():
    directory = tempfile.mkdtemp(prefix="twoseal-hardening-")
    hardening = Hardening(sys.argv[1], str(Path(directory).resolve()))
    try:
        hardening.run()
        return 0
    except tour.Missing as missing:
        print(f"skipped: {missing}", file=sys.stderr)
        return tour.SKIPPED
    except (Failed, tour.Failed, OSError, subprocess.SubprocessError) as problem:
        print(f"hardening: {problem}", file=sys.stderr)
        return 1
    finally:
        hardening.tour.end()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
