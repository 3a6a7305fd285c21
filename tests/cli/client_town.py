"""An organisation with a real server and two hosts in memory, and what its people do, for tests of their
verbs. The tour (tools/tour.py) makes it; each file of tests has one of its own."""

import os
import re
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import tour  # noqa: E402

BINARY = os.environ.get("TWOSEAL", str(ROOT / "build/dev/bin/twoseal"))
SIGNING = ("plan", "propose", "approve", "reject", "signoff", "withdraw", "ship", "rollback")
SIGNING_NOUNS = (
    ("change", "stop"),
    ("change", "pause"),
    ("change", "resume"),
    ("document", "issue"),
    ("document", "sign"),
    ("host", "assign"),
    ("host", "sign"),
    ("host", "retire"),
)
MOTD = """\
change: {{type: normal, summary: {summary}, components: [ssh], justification: asked for, rollback: automatic}}
scope: {scope}
targets: {targets}
set: [{{file: /etc/{scope}, content: "{content}\\n", mode: "0644"}}]
{more}
"""


def number_in(said):
    return re.search(r"^(CHG-\d+) in-review", said, re.MULTILINE)[1]


class Silent(tour.Screen):
    """A screen that nobody looks at."""

    seen = False

    def step(self, text):
        pass

    def command(self, words):
        pass

    @staticmethod
    def lines(text):
        pass


class Town:
    """One organisation with server and hosts for all tests of this file."""

    def begin(self):
        self.holder = tempfile.TemporaryDirectory(prefix="twoseal-client-")
        self.tour = tour.Tour(BINARY, "memory", self.holder.name)
        self.tour.screen = self.tour.twoseal.screen = Silent()
        self.tour.make_keys()
        self.pin = self.tour.make_server(self.tour.hosts.up())
        self.tour.start_server()
        self.tour.log_in(self.pin)
        self.tour.join_hosts("localhost")
        tour.wait_until(self.tour.hosts_are_here, "both hosts have been heard of")

    def end(self):
        self.tour.end()
        self.holder.cleanup()


TOWN = Town()  # begun and ended by the file whose tests run


class Case(unittest.TestCase):
    """`author`: of the change that was written last. A host plans for one author ten times an hour, so they take turns."""

    scopes = 0
    author = "leo"

    def call(self, who, *words, expect=0):
        """Standard output and standard error together."""
        signs = words[0] in SIGNING or words[:2] in SIGNING_NOUNS
        more = TOWN.tour.key_words(who) if signs else ["--profile", who]
        return TOWN.tour.twoseal.run(*words, *more, expect=expect, quiet=False, show=True)

    def refused(self, code, exit_code, who, *words, says=""):
        said = self.call(who, *words, expect=exit_code)
        self.assertIn(f"error {code}: ", said)
        self.assertIn("\n  next  ", said)
        self.assertIn(says, said)
        return said

    def change(self, content="hello", targets="env=prod", more="", summary="Greet"):
        """A change file of a scope that no other test has."""
        Case.scopes += 1
        Case.author = ("leo", "chen", "dana")[Case.scopes % 3]
        scope = f"greeting-{Case.scopes}"
        TOWN.tour.write(
            f"{scope}.yaml",
            MOTD.format(scope=scope, content=content, targets=targets, more=more, summary=summary),
        )
        return f"{scope}.yaml", f"/etc/{scope}"

    def proposed(self, **how):
        name, path = self.change(**how)
        return number_in(self.call(self.author, "propose", name)), path

    def approved(self, **how):
        number, path = self.proposed(**how)
        for who in ("amara", "bo"):
            TOWN.tour.approve(number, who)
        return number, path

    def text(self, host, path):
        try:
            return TOWN.tour.hosts.file(host, path)
        except FileNotFoundError:
            return None

    def expect_text(self, text, path, *hosts):
        for host in hosts or tour.NAMES:
            tour.wait_until(lambda host=host: self.text(host, path) == text, f"{host} has {text!r} in {path}", 10)

    def state(self, number):
        return TOWN.tour.twoseal.ask("change", "show", number, "--profile", "leo")["state"]


def in_order(loader, *cases):
    """The tests of these cases, one case after the other. None that is there may be left out."""
    left_out = {case.__name__ for case in Case.__subclasses__()} - {case.__name__ for case in cases}
    if left_out:
        raise AssertionError(f"no place among the tests: {left_out}")
    suite = unittest.TestSuite()
    for case in cases:
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite
