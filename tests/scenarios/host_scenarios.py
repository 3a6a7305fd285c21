"""What organisations demand of changes, shown on hosts: the same scenarios on real ones (as root) and on
hosts in memory. Each test names the requirements that it shows (docs/requirements.md).

  tests/scenarios/host_scenarios.py BINARY --hosts real|memory      77: this machine makes no real hosts
"""

import argparse
import json
import re
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import tour  # noqa: E402

HEAD = "change: {{type: normal, summary: {summary}, components: [ssh], justification: asked for, rollback: automatic}}\n"
# One resource of each kind that both sorts of hosts have. The package differs: each has its own source.
BASELINE = """\
targets: env=prod
set:
- {{directory: /opt/baseline, mode: "0750"}}
- {{file: /opt/baseline/rules, content: "first\\nsecond\\n", mode: "0640"}}
- {{file: /etc/baseline.conf, template: "host {{{{ fact.hostname }}}}\\n", mode: "0644"}}
- {{file: /etc/hosts, line: "10.9.8.7 archive.internal"}}
- {{file: /etc/crontab, block: baseline, content: "# looked after\\n"}}
- {{symlink: /opt/current, to: /opt/baseline}}
- {{setting: /etc/ssh/sshd_config, key: ClientAliveInterval, value: "900", then: reload ssh}}
- {{setting: /etc/login.defs, key: PASS_MAX_DAYS, value: "90"}}
- {{group: deployers, gid: 2000}}
- {{user: deploy, uid: 2001, group: deployers, home: /home/deploy, shell: /bin/bash}}
- {{service: cron, running: false, enabled: false}}
- {{sysctl: net.ipv4.ip_forward, value: "1"}}
- {{package: {package}}}
rollout: {{waves: [1, rest], max_failed: 0}}
health: [{{service: ssh.service, within: 10s}}]
"""
FILE = """\
scope: {scope}
targets: {targets}
set: [{{file: /etc/{scope}, content: "{content}\\n", mode: "0644"}}]
{more}
"""


class Town:
    """An organisation, its server and two hosts, for all scenarios."""

    def __init__(self, binary, kind):
        self.kind = kind
        self.holder = tempfile.TemporaryDirectory(prefix="twoseal-scenarios-")
        self.tour = tour.Tour(binary, kind, self.holder.name)
        self.tour.screen.seen = False
        for silent in ("step", "command", "lines"):
            setattr(self.tour.screen, silent, lambda *_: None)
        try:
            self.tour.make_keys()
            gateway = self.tour.hosts.up()
            pin = self.tour.make_server(gateway)
            self.tour.start_server()
            self.tour.log_in(pin)
            self.tour.join_hosts(gateway)
            tour.wait_until(self.tour.hosts_are_here, "both hosts have been heard of")
        except BaseException:
            self.end()
            raise

    def end(self):
        self.tour.end()
        self.holder.cleanup()


TOWN = None


class Scenario(unittest.TestCase):
    maxDiff = None

    def call(self, who, *words, expect=0):
        signs = words[0] in ("plan", "propose", "approve", "ship", "rollback")
        more = TOWN.tour.key_words(who) if signs else ["--profile", who]
        return TOWN.tour.twoseal.run(*words, *more, expect=expect, quiet=False)

    def ask(self, who, *words):
        return TOWN.tour.twoseal.ask(*words, "--profile", who)

    @staticmethod
    def write(name, summary, text):
        TOWN.tour.write(name, HEAD.format(summary=summary) + text)
        return name

    def propose(self, name, who="leo"):
        """Names every risk that the plan has."""
        risks = self.planned(name, who)["risks"]
        accept = [f"--accept-risk={','.join(risks)}"] if risks else []
        return re.search(r"^(CHG-\d+) in-review", self.call(who, "propose", name, *accept), re.MULTILINE)[1]

    def ship(self, number, expect=0):
        for who in ("amara", "bo"):
            TOWN.tour.approve(number, who)
        return self.call("dana", "ship", number, "--watch", "--timeout", "180s", expect=expect)

    @staticmethod
    def planned(name, who):
        words = ["--json", "plan", name, *TOWN.tour.key_words(who)]
        return json.loads(TOWN.tour.twoseal.run(*words, show=False, expect=2))

    def steps(self, name, who):
        """What each host would do, by its name."""
        classes = self.planned(name, who)["classes"]
        return {host: one["steps"] for one in classes for host in one["hosts"]}

    @staticmethod
    def on_host(host, *command):
        return TOWN.tour.hosts.inside(host, *command, show=False).strip()

    @staticmethod
    def text(host, path):
        try:
            return TOWN.tour.hosts.file(host, path)
        except (FileNotFoundError, tour.Failed):
            return None

    def expect_text(self, text, path, *hosts):
        for host in hosts or tour.NAMES:
            tour.wait_until(lambda host=host: self.text(host, path) == text, f"{host} has {text!r} in {path}", 20)


    def expect_in(self, part, path, host):
        """What a host in memory has is shown on disk right after it has told the server."""
        tour.wait_until(lambda: part in (self.text(host, path) or ""), f"{host} has {part!r} in {path}", 20)


class Baseline(Scenario):
    """CFG-1, CFG-2, CFG-3, CFG-4, HARD-6, HARD-8, CR-4: a system is what its file says, and can go back."""

    def test_a_whole_baseline_is_set_reads_back_as_wanted_and_is_undone_to_the_byte(self):
        package = "testbed-hello" if TOWN.kind == "real" else "curl"
        name = self.write("baseline.yaml", "Set the baseline", BASELINE.format(package=package))
        kept = {path: self.text("web-01", path) for path in ("/etc/hosts", "/etc/login.defs", "/etc/passwd")}
        before = self.steps(name, "chen")
        number = self.propose(name)
        self.ship(number)
        self.expect_text("host web-01\n", "/etc/baseline.conf", "web-01")
        self.expect_text("host web-02\n", "/etc/baseline.conf", "web-02")
        self.expect_in("deploy:x:2001:2000:", "/etc/passwd", "web-01")
        self.expect_in("ClientAliveInterval 900", tour.SSHD, "web-02")
        self.expect_in("10.9.8.7 archive.internal\n", "/etc/hosts", "web-02")
        if TOWN.kind == "real":
            self.look_at_the_machine()
        self.assertIn("no change", self.call("chen", "plan", name))
        self.call("dana", "rollback", number, "--watch", "--timeout", "120s")
        self.assertEqual(self.steps(name, "chen"), before)
        self.expect_text(None, "/etc/baseline.conf")
        for path, text in kept.items():
            self.expect_text(text, path, "web-01")
        if TOWN.kind == "real":
            self.assertEqual(self.on_host("web-01", "systemctl", "is-active", "cron"), "active")
            self.assertEqual(self.on_host("web-01", "sysctl", "-n", "net.ipv4.ip_forward"), "0")

    def look_at_the_machine(self):
        for host in tour.NAMES:
            self.assertEqual(self.on_host(host, "stat", "-c", "%a %U", "/opt/baseline/rules"), "640 root")
            self.assertEqual(self.on_host(host, "readlink", "/opt/current"), "/opt/baseline")
            self.assertEqual(self.on_host(host, "id", "-gn", "deploy"), "deployers")
            self.assertEqual(self.on_host(host, "sysctl", "-n", "net.ipv4.ip_forward"), "1")
            self.assertEqual(self.on_host(host, "sh", "-c", "systemctl is-active cron || true"), "inactive")
            self.assertIn("clientaliveinterval 900", self.on_host(host, "sshd", "-T"))
            self.assertIn("ok installed", self.on_host(host, "dpkg-query", "-W", "-f", "${Status}", "testbed-hello"))


class Approval(Scenario):
    """CR-1, CR-5, CR-7, CR-12, CR-14, CR-16, CR-18: nothing reaches a host without two who may."""

    def test_a_change_without_a_way_back_or_a_reason_does_not_exist(self):
        TOWN.tour.write("bare.yaml", "change: {type: normal, summary: x, components: [ssh]}\ntargets: env=prod\nset: []\n")
        said = self.call("leo", "plan", "bare.yaml", expect=65)
        for field in ("rollback", "justification"):
            self.assertIn(field, said)

    def test_nothing_reaches_a_host_before_two_people_who_are_not_its_author_approved(self):
        name = self.write(
            "gated.yaml", "Wait for two", FILE.format(scope="gated", targets="env=prod", content="x", more="")
        )
        number = self.propose(name, "chen")
        words = self.ask("chen", "review", number)["words"]
        self.call("chen", "approve", number, "--words", words, expect=5)
        self.call("dana", "ship", number, expect=5)
        TOWN.tour.approve(number, "amara")
        self.call("dana", "ship", number, expect=5)
        self.expect_text(None, "/etc/gated")
        TOWN.tour.approve(number, "bo")
        self.assertNotEqual(self.refused_release(number), 0)
        self.expect_text(None, "/etc/gated")
        self.call("dana", "ship", number, "--watch", "--timeout", "120s")
        self.expect_text("x\n", "/etc/gated")

    def refused_release(self, number):
        """The exit of somebody who is no executor."""
        try:
            self.call("bo", "ship", number)
        except tour.Failed as failed:
            return failed.exit
        return 0


class Traces(Scenario):
    """CR-2, CMDB-10: who asked, who approved, who released, what each host did, provable offline."""

    def test_every_step_of_a_change_is_named_and_proven(self):
        name = self.write(
            "traced.yaml", "Leave a trace", FILE.format(scope="traced", targets="web-01", content="x", more="")
        )
        number = self.propose(name, "chen")
        self.ship(number)
        shown = self.call("leo", "change", "show", number)
        for what in ("authored +p:chen", "approved +p:amara", "approved +p:bo", "released all +p:dana"):
            self.assertRegex(shown, what)
        self.assertRegex(self.call("leo", "change", "logs", number), r"web-01 +\S+ +ok")
        self.call("leo", "evidence", "export", "--change", number, "-o", "traced.evidence")
        said = TOWN.tour.twoseal.run("verify", "traced.evidence", "--org", TOWN.tour.org)
        self.assertIn("case    web-01  permit", said)


class WaysBack(Scenario):
    """CR-4, PATCH-6: what fails goes back by itself, and says so."""

    def test_z_a_failing_health_check_takes_a_change_back_on_every_host(self):
        more = 'health: [{http: "http://localhost:8080/healthz", expect: 200, within: 3s}]'
        name = self.write(
            "ill.yaml", "Fail its check", FILE.format(scope="ill", targets="env=prod", content="x", more=more)
        )
        TOWN.tour.hosts.start_web()
        number = self.propose(name, "dana")
        TOWN.tour.hosts.make_ill("web-02")
        self.ship(number, expect=1)
        self.expect_text(None, "/etc/ill")
        self.assertIn("rolled-back", self.call("leo", "change", "show", number))

    def test_a_host_that_became_different_after_its_plan_is_left_alone(self):
        names = [
            self.write(
                f"{scope}.yaml",
                f"Write {scope}",
                f"scope: {scope}\ntargets: web-02\n"
                f"set: [{{file: /etc/hosts, line: '10.1.1.{number} {scope}.internal'}}]\n",
            )
            for number, scope in enumerate(("early", "late"))
        ]
        early, late = (self.propose(name, "dana" if name.startswith("late") else "chen") for name in names)
        self.ship(early)
        for who in ("amara", "bo"):
            TOWN.tour.approve(late, who)
        # Its author is an executor too, and releases it himself; he did not approve it.
        self.call("dana", "ship", late, "--watch", "--timeout", "60s", expect=7)
        self.assertNotIn("late.internal", self.text("web-02", "/etc/hosts"))


def main():
    global TOWN
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("--hosts", choices=("real", "memory"), required=True)
    arguments, rest = parser.parse_known_args()
    try:
        TOWN = Town(arguments.binary, arguments.hosts)
    except tour.Missing as missing:
        print(f"scenarios: {missing}; the same run on hosts in memory", file=sys.stderr)
        return tour.SKIPPED
    try:
        program = unittest.main(argv=[sys.argv[0], *rest], exit=False, verbosity=2)
        return 0 if program.result.wasSuccessful() else 1
    finally:
        TOWN.end()


if __name__ == "__main__":
    sys.exit(main())
