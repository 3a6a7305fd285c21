"""What people are shown before they sign, and what is proven afterwards: reviews, and
evidence. A real server with two hosts in memory."""

import hashlib
import time
import unittest
import zipfile
from pathlib import Path

from client_town import TOWN, Case, in_order, number_in, tour


def setUpModule():
    TOWN.begin()


def tearDownModule():
    TOWN.end()


BACK = """\
change: {{type: normal, summary: Greet, components: [ssh], justification: asked for,
  rollback: {{kind: state, set: [
    {{file: /etc/back-{n}, content: "as before\\n"}}, {{command: tidy, run: "/usr/bin/touch /etc/TIDY", undo: /bin/true,
      environment: ["FOO=1"]}}]}}}}
scope: back-{n}
targets: web-01
enforce: repair
set:
  - {{file: /etc/back-{n}, content: "new\\n"}}
  - {{file: /etc/odd-{n}, content: "seen\\t\\u0007 nowhere\\n"}}
"""


class Reviews(Case):
    """Who signs is shown everything that is signed."""

    def test_the_state_that_takes_a_change_back_is_shown_and_its_risks_are_accepted(self):
        Case.author = ("leo", "chen", "dana")[Case.scopes % 3]
        TOWN.tour.write("back.yaml", BACK.format(n=1).replace("\\u0007 ", ""))
        said = self.call(self.author, "propose", "back.yaml", expect=5)
        self.assertIn("opaque", said)
        number = number_in(self.call(self.author, "propose", "back.yaml", "--accept-risk", "opaque"))
        said = self.call("bo", "review", number)
        for text in ("way back", "/usr/bin/touch /etc/TIDY", "FOO=1", "+ as before", "risk opaque", "repair: hosts"):
            self.assertIn(text, said)
        self.assertNotIn("NOT ACCEPTED", said)
        shown = TOWN.tour.twoseal.ask("review", number, "--profile", "bo")
        self.assertEqual(
            [one["resource"] for one in shown["rollback"]["resources"]], ["file:/etc/back-1", "command:tidy"]
        )
        self.assertEqual(shown["enforce"], "repair")
        self.assertIn("way back", self.call("bo", "change", "diff", number))

    def test_a_file_with_a_control_character_is_shown_all_the_same(self):
        name, path = self.change(targets="web-01")
        source = Path(f"{TOWN.tour.directory}/odd.txt")
        source.write_bytes(b"# x \x1b\n* * * * * root /usr/bin/touch /etc/cron-pwned\n")
        text = Path(f"{TOWN.tour.directory}/{name}").read_text(encoding="utf-8")
        TOWN.tour.write(name, text.replace('content: "hello\\n"', "source: odd.txt"))
        said = self.call(self.author, "propose", name)
        number = number_in(said)
        digest = f"sha256:{hashlib.sha256(source.read_bytes()).hexdigest()}"
        for who, verb in (("bo", "review"), ("amara", "review")):
            said = self.call(who, verb, number)
            self.assertIn("touch /etc/cron-pwned", said)
            self.assertNotIn("\x1b", said)
        self.call("bo", "change", "diff", number, "--blob", digest, "-o", "odd.out")
        self.assertEqual(Path(f"{TOWN.tour.directory}/odd.out").read_bytes(), source.read_bytes())
        self.refused("TS-3007", 66, "bo", "change", "diff", number, "--blob", "sha256:" + "0" * 64)


    def test_what_is_so_already_and_what_is_let_go_is_shown(self):
        more = "  - {file: /etc/second, content: \"kept\\n\"}\n"
        name, _ = self.change(targets="web-01")
        text = Path(f"{TOWN.tour.directory}/{name}").read_text(encoding="utf-8")
        both = text.replace("set: [{", "set:\n  - {").replace("}]", "}\n") + more
        TOWN.tour.write(name, both)
        number = number_in(self.call(self.author, "propose", name))
        for who in ("amara", "bo"):
            TOWN.tour.approve(number, who)
        self.call("dana", "ship", number, "--watch", "--timeout", "60s")
        TOWN.tour.write(name, both.replace("hello", "again"))
        said = self.call(self.author, "plan", name, expect=2)
        self.assertIn("keep  file:/etc/second\n    content\n    + kept", said)
        TOWN.tour.write(name, text)
        said = self.call(self.author, "propose", name, "--anyway")
        self.assertIn("let go  file:/etc/second", said)
        number = number_in(said)
        self.assertIn("let go  file:/etc/second", self.call("bo", "review", number))
        shown = TOWN.tour.twoseal.ask("change", "diff", number, "--profile", "bo")
        self.assertEqual(shown["let_go"], ["file:/etc/second"])
        self.assertIn("assumed", self.call("bo", "review", number))


class Proof(Case):
    def test_the_evidence_of_a_change_verifies_under_its_organisation_alone(self):
        number, _ = self.approved()
        self.call("dana", "ship", number, "--watch", "--timeout", "60s")
        file = f"{number}.evidence"
        self.call("leo", "evidence", "export", "--change", number, "-o", file)
        said = TOWN.tour.twoseal.run("verify", file, "--org", TOWN.tour.org)
        self.assertIn("case    web-02  permit, ended ok", said)
        self.assertTrue(said.endswith("VALID\n"))
        TOWN.tour.twoseal.run("verify", file, "--org", "sha256:" + "0" * 64, expect=6)

    def test_the_evidence_shows_what_each_host_decided_when_it_did(self):
        number, _ = self.approved(more="window: {for: 40s}")
        self.call("dana", "ship", number, "--watch", "--timeout", "60s")
        self.call("dana", "rollback", number, "--watch", "--timeout", "60s")
        end = TOWN.tour.twoseal.ask("change", "show", number, "--profile", "leo")["authored_at"] + 41
        tour.wait_until(lambda: time.time() > end, "its window is over")
        file = f"{number}-later.evidence"
        self.call("leo", "evidence", "export", "--change", number, "-o", file)
        said = TOWN.tour.twoseal.run("verify", file, "--org", TOWN.tour.org)
        self.assertIn("case    web-01  permit, ended ok, rolled-back", said)
        self.assertIn("case    web-02  permit, ended ok, rolled-back", said)
        with zipfile.ZipFile(f"{TOWN.tour.directory}/{file}") as packed:
            self.assertIn("ended", packed.read("population.csv").decode().splitlines()[0])
            self.assertIn("ok, rolled-back", packed.read("index.html").decode())

    def test_the_evidence_of_a_change_that_follows_another_one_shows_its_permit(self):
        number, path = self.approved(targets="web-01")
        self.call("dana", "ship", number, "--watch", "--timeout", "60s")
        name = f"{Path(path).name}.yaml"
        text = Path(f"{TOWN.tour.directory}/{name}").read_text(encoding="utf-8")
        before = TOWN.tour.twoseal.ask("change", "show", number, "--profile", "leo")["digest"]
        text = text.replace("hello", "again")
        TOWN.tour.write(name, f"{text}requires: [\"{before}\"]\n")
        number = number_in(self.call(self.author, "propose", name))
        for who in ("amara", "bo"):
            TOWN.tour.approve(number, who)
        self.call("dana", "ship", number, "--watch", "--timeout", "60s")
        file = f"{number}-next.evidence"
        self.call("leo", "evidence", "export", "--change", number, "-o", file)
        said = TOWN.tour.twoseal.run("verify", file, "--org", TOWN.tour.org)
        self.assertIn("case    web-01  permit, ended ok", said)

    def test_the_evidence_has_earlier_versions_that_hosts_carried_out(self):
        number, path = self.approved()
        self.call("dana", "ship", number, "--watch", "--timeout", "60s")
        self.call("dana", "rollback", number, "--watch", "--timeout", "60s")
        self.call(self.author, "propose", f"{Path(path).name}.yaml")
        file = f"{number}-versions.evidence"
        self.call("leo", "evidence", "export", "--change", number, "-o", file)
        said = TOWN.tour.twoseal.run("verify", file, "--org", TOWN.tour.org)
        self.assertIn("case    web-01  refuse", said)
        self.assertIn("case    web-01.1  permit", said)


def load_tests(loader, _tests, _pattern):
    return in_order(loader, Reviews, Proof)


if __name__ == "__main__":
    unittest.main(verbosity=2)
