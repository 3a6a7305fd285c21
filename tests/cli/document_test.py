"""Roster, policy and restrictions are renewed and replaced while the server runs, by those who have to sign
them, and hosts follow. A real server with two hosts in memory."""

import re
import shutil
import subprocess
import unittest

from client_town import BINARY, TOWN, Case, in_order, tour

POLICY = """\
freezes:
  - {id: year-end, envs: [prod], from: 2020-01-01T00:00:00Z, to: 2040-01-01T00:00:00Z}
"""
AUTO = """\
auto:
  - {id: greetings, match: {}, envs: [prod], only_actions: [create, change], max_hosts: 5, phases_required: 1,
     window: 7d, per_day: 20, expires: 30d, evidence_required: []}
"""


def setUpModule():
    TOWN.begin()


def tearDownModule():
    TOWN.end()


class Documents(Case):
    def in_force(self, kind):
        listed = TOWN.tour.twoseal.ask("document", "list", "--profile", "leo")["in_force"]
        return next(one for one in listed if one["type"] == kind)

    def waiting(self):
        return TOWN.tour.twoseal.ask("document", "list", "--profile", "leo")["waiting"]

    def digest_in(self, said):
        return re.search(r"document sign (sha256:[0-9a-f]{64})", said)[1]

    def signed(self, who, digest, *more):
        words = TOWN.tour.twoseal.run("words", digest, show=False).strip()
        return self.call(who, "document", "sign", digest, "--words", words, *more)

    def renewed(self, kind, *words):
        """Issued by Amara, signed by Chen."""
        digest = self.digest_in(self.call("amara", "document", "issue", kind, *words))
        said = self.signed("chen", digest)
        self.assertIn("in force", said)
        return said


class Beginnings(Documents):
    def test_a_new_organisation_has_its_first_documents_and_nothing_waits(self):
        said = self.call("leo", "document", "list")
        for kind in ("roster 1", "policy 1", "restrictions 1"):
            self.assertIn(kind, said)
        self.assertNotIn("wait", said)


class Renewals(Documents):
    def test_a_policy_is_renewed_by_two_and_hosts_follow(self):
        before = self.in_force("policy")
        said = self.call("amara", "document", "issue", "policy")
        self.assertRegex(said, r"expires +\S+ -> \S+")
        digest = self.digest_in(said)
        self.assertIn("2 people with keys of their own machines", said)
        self.assertEqual(self.in_force("policy"), before)
        [waits] = self.waiting()
        self.assertEqual((waits["digest"], waits["version"], waits["signers"]), (digest, 2, ["p:amara"]))
        self.assertIn(f"document sign {digest}", self.call("chen", "document", "list"))
        self.assertIn("in force", self.signed("chen", digest))
        self.assertEqual(self.in_force("policy")["version"], 2)
        self.assertGreaterEqual(self.in_force("policy")["expires"], before["expires"])
        self.assertEqual(self.waiting(), [])
        number, path = self.approved()
        self.call("dana", "ship", number, "--watch", "--timeout", "60s")
        self.expect_text("hello\n", path)

    def test_a_person_is_taken_in_by_a_roster_that_root_keys_sign(self):
        TOWN.tour.twoseal.run("key", "new", "-o", "eve", "--no-input", show=False)
        more = "  - {id: eve, roles: [engineering-lead], keys: [{kind: ssh, pub: eve.pub}]}\n"
        TOWN.tour.write("people-2.yaml", tour.PEOPLE.replace("root: {", more + "root: {"))
        said = self.call("leo", "document", "issue", "roster", "--from", "people-2.yaml", "--key", "root-a")
        self.assertIn("people p:eve.id", said)
        self.assertNotIn("people p:bo", said)
        self.assertIn("2 root keys", said)
        version = self.in_force("roster")["version"]
        said = self.signed("leo", self.digest_in(said), "--key", "root-b")
        self.assertIn("in force", said)
        self.assertEqual(self.in_force("roster")["version"], version + 1)
        words = ["--org", TOWN.tour.org, "--by", "p:eve", "--key", f"{TOWN.tour.directory}/eve"]
        server = f"https://localhost:{TOWN.tour.ports[0]}"
        self.call("eve", "login", "--server", server, "--pin", TOWN.pin, *words)
        number, path = self.proposed()
        TOWN.tour.twoseal.run("approve", number, "--profile", "eve", "--words", self.words(number), show=False)
        TOWN.tour.approve(number, "amara", show=False)
        self.call("dana", "ship", number, "--watch", "--timeout", "60s")
        self.expect_text("hello\n", path)

    def test_of_two_rosters_of_one_number_one_comes_into_force_and_the_other_is_forgotten(self):
        issue = ["document", "issue", "roster", "--key", "root-a", "--expires-in"]
        first = self.digest_in(self.call("leo", *issue, "300d"))
        said = self.call("leo", *issue, "200d")
        self.assertIn(f"waits already, {first}", said)
        self.assertIn("in force", self.signed("leo", self.digest_in(said), "--key", "root-b"))
        self.assertEqual(self.waiting(), [])
        self.refused("TS-3110", 7, "leo", "document", "sign", first, "--key", "root-b", "--words", "none")
        copy = f"{TOWN.tour.directory}/audited.db"
        TOWN.tour.twoseal.run("server", "backup", "--dir", "srv", "-o", copy, show=False)
        words = ["ledger", "audit", "--store", copy, "--org", TOWN.tour.org]
        audit = subprocess.run([BINARY, *words], check=False, capture_output=True, text=True, timeout=60)
        self.assertIn(audit.returncode, (0, 8), audit)  # 8: entries behind the newest checkpoint
        self.assertNotIn("another one is in force", audit.stdout)

    def words(self, number):
        return TOWN.tour.twoseal.ask("review", number, "--profile", "eve")["words"]

    def test_root_keys_that_lie_elsewhere_sign_there(self):
        said = self.call("leo", "document", "issue", "roster", "--unsigned", "-o", "roster-next.json")
        at_home = re.search(r"twoseal (sign --act sign .*)", said)[1].split()
        records = []
        for key in ("root-a", "root-c"):
            replaced = {"FILE": "roster-next.json", "KEY": key, "RECORD": f"{key}.record"}
            TOWN.tour.twoseal.run(*[replaced.get(word, word) for word in at_home], show=False)
            records += ["--record", f"{key}.record"]
        said = self.call("leo", "document", "sign", "roster-next.json", *records)
        self.assertIn("in force", said)

    def test_a_freeze_comes_into_force_and_is_lifted(self):
        number, path = self.approved()
        TOWN.tour.write("freeze.yaml", POLICY)
        said = self.renewed("restrictions", "--from", "freeze.yaml")
        self.assertIn("freezes year-end.envs", said)
        self.refused("TS-2176", 5, "dana", "ship", number, says="until 2040-01-01T00:00:00Z")
        self.assertIsNone(self.text("web-01", path))
        TOWN.tour.write("thaw.yaml", "freezes: []\n")
        self.renewed("restrictions", "--from", "thaw.yaml")
        self.call("dana", "ship", number, "--watch", "--timeout", "60s")
        self.expect_text("hello\n", path)

    def test_the_queue_says_that_a_document_waits(self):
        digest = self.digest_in(self.call("amara", "document", "issue", "policy"))
        self.assertIn("documents that wait  1", self.call("chen", "status"))
        self.signed("chen", digest)
        self.assertNotIn("documents that wait", self.call("chen", "status"))

    def test_what_is_in_force_is_shown_field_by_field(self):
        said = self.call("leo", "document", "show", "policy")
        self.assertRegex(said, r"rules prod\.min_local +1\n")
        self.call("leo", "document", "show", "policy", "--canonical", "-o", "policy.json")
        self.assertEqual(
            self.in_force("policy")["digest"], TOWN.tour.twoseal.ask("digest", "policy.json")["digest"]
        )


class Criteria(Documents):
    def test_a_change_that_needs_no_approval_says_that_it_begins_by_itself(self):
        TOWN.tour.write("auto.yaml", AUTO)
        self.renewed("policy", "--from", "auto.yaml")
        name, path = self.change(targets="web-01")
        text = TOWN.tour.twoseal.directory + "/" + name
        with open(text, encoding="utf-8") as file:
            content = file.read()
        TOWN.tour.write(name, content.replace("rollback: automatic", "rollback: automatic, auto: greetings"))
        said = self.call(self.author, "propose", name)
        self.assertIn("needs no approval by rule greetings, and begins by itself", said)
        self.assertIn("next  twoseal change wait", said)
        self.expect_text("hello\n", path, "web-01")


class Refusals(Documents):
    def test_a_document_that_does_not_exist(self):
        self.refused("TS-1106", 64, "leo", "document", "show", "polcy", says="roster, policy, restrictions")

    def test_a_roster_without_a_root_key(self):
        self.refused("TS-1106", 64, "leo", "document", "issue", "roster", says="--key")

    def test_a_person_does_not_sign_a_roster(self):
        self.refused("TS-1106", 64, "bo", "document", "issue", "roster", "--key", "bo", says="no root key")

    def test_one_that_follows_another_one_than_the_one_in_force(self):
        digest = self.digest_in(self.call("amara", "document", "issue", "policy"))
        self.renewed("policy")
        self.refused("TS-3110", 7, "chen", "document", "sign", digest, says="cannot follow")
        self.assertEqual(self.waiting(), [])

    def test_a_length_that_is_none(self):
        self.refused("TS-1106", 64, "amara", "document", "issue", "policy", "--expires-in", "5m", says="1d")

    def test_a_file_with_a_misspelling_changes_nothing(self):
        TOWN.tour.write("bad.yaml", "freezs: []\n")
        said = self.call("amara", "document", "issue", "restrictions", "--from", "bad.yaml", expect=65)
        self.assertIn("freezes", said)

    def test_people_who_could_not_work_together(self):
        fewer = "\n".join(line for line in tour.PEOPLE.splitlines() if "id: bo" not in line and "id: leo" not in line)
        TOWN.tour.write("fewer.yaml", fewer + "\n")
        words = ["document", "issue", "roster", "--from", "fewer.yaml", "--unsigned", "-o", "fewer.json"]
        self.assertIn("engineering-lead", self.call("leo", *words, expect=65))

    def test_a_whole_digest_or_a_file(self):
        self.refused("TS-1106", 64, "chen", "document", "sign", "sha256:57b5", says="no whole digest")
        self.refused("TS-1101", 66, "chen", "document", "sign", "nothing.json")

    def test_nobody_signs_what_somebody_else_made_without_its_words(self):
        digest = self.digest_in(self.call("amara", "document", "issue", "policy"))
        self.refused("TS-1111", 64, "chen", "document", "sign", digest, says="--words")
        self.refused("TS-1116", 6, "chen", "document", "sign", digest, "--words", "a-b-c")
        self.assertIn("in force", self.signed("chen", digest))

    def test_a_record_of_something_else_is_not_handed_in(self):
        self.call("leo", "document", "issue", "roster", "--unsigned", "-o", "one.json")
        self.call("leo", "document", "issue", "roster", "--unsigned", "-o", "two.json")
        seen = ["--seen", "0:sha256:" + "0" * 64]
        words = ["sign", "--act", "sign", "--obj", "two.json", "--key", "root-a", *seen, "-o", "two.record"]
        TOWN.tour.twoseal.run(*words, show=False)
        self.refused("TS-1106", 64, "leo", "document", "sign", "one.json", "--record", "two.record", says="no signature")

    def test_what_is_no_document(self):
        TOWN.tour.write("odd.json", '{"type":"change"}')
        self.call("chen", "document", "sign", "odd.json", expect=65)


@unittest.skipUnless(shutil.which("faketime"), "faketime is not installed")
class Over(Documents):
    """Two years later everything is over, and the same people renew it. Comes last: time does not go back."""

    @classmethod
    def setUpClass(cls):
        town = TOWN.tour
        town.hosts.down()
        tour.stop(town.server)
        library = subprocess.run(
            ["faketime", "-f", "+730d", "printenv", "LD_PRELOAD"], check=True, capture_output=True, text=True
        ).stdout.strip()
        town.twoseal.environment |= {
            "LD_PRELOAD": library,
            "FAKETIME": "+730d",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        town.start_server()
        for who in ("leo", "amara", "chen"):
            town.acts(who, "login", show=False)

    def test_what_is_over_is_renewed_by_those_who_signed_it(self):
        self.refused("TS-2113", 6, "leo", "host", "list", says="expired at")
        self.assertIn("expired", self.call("leo", "document", "list"))
        said = self.call("leo", "document", "issue", "roster", "--key", "root-a")
        self.signed("leo", self.digest_in(said), "--key", "root-b")
        for kind in ("policy", "restrictions"):
            self.renewed(kind)
        self.assertNotIn("expired", self.call("leo", "document", "list"))
        self.call("leo", "status")


def load_tests(loader, _tests, _pattern):
    return in_order(loader, Documents, Beginnings, Renewals, Criteria, Refusals, Over)


if __name__ == "__main__":
    unittest.main()
