"""What becomes of a change after its release, against a real server with two hosts in memory: rehearsed,
signed off."""

import time
import unittest
from pathlib import Path

from client_town import TOWN, Case, in_order, number_in, tour


def setUpModule():
    TOWN.begin()


def tearDownModule():
    TOWN.end()


class Courses(Case):
    """What becomes of a change after it was released."""

    def test_what_goes_on_goes_on_although_its_author_takes_it_back(self):
        if (Case.scopes + 1) % 3 == 2:
            Case.scopes += 1  # dana would take back her release, which she says last
        number, path = self.approved(more="rollout: {waves: [1, rest], pause: 4s}")
        self.call("dana", "ship", number)
        self.expect_text("hello\n", path, "web-01")
        self.call(self.author, "withdraw", number)
        self.assertEqual(self.state(number), "rolling")
        self.call("leo", "change", "wait", number, "--timeout", "60s")
        self.expect_text("hello\n", path)
        self.refused("TS-3108", 5, "bo", "withdraw", number, says="done")

    def test_a_release_that_was_taken_back_is_followed_by_another(self):
        if (Case.scopes + 1) % 3 == 2:
            Case.scopes += 1  # dana would be its author as well
        number, path = self.approved(more="rollout: {waves: [1, rest], gate: person}")
        self.call("dana", "ship", number)
        self.expect_text("hello\n", path, "web-01")
        self.call("dana", "withdraw", number)
        words = ("--watch", "--timeout", "60s")
        self.call("dana", "ship", number, *words, expect=8)
        self.assertIn(f"{number} done", self.call("dana", "ship", number, *words))
        self.expect_text("hello\n", path)

    def test_an_owner_signs_off_what_the_hosts_before_did(self):
        number, path = self.approved(more="rollout: {waves: [1, rest], gate: owner}")
        words = ("--watch", "--timeout", "60s")
        self.refused("TS-3109", 5, "chen", "signoff", number, says="no phase")
        self.assertIn(f"twoseal signoff {number}", self.call("dana", "ship", number, *words, expect=8))
        self.expect_text("hello\n", path, "web-01")
        self.refused("TS-3108", 5, "dana", "ship", number, says=f"sign-off by p:chen: twoseal signoff {number}")
        self.refused("TS-5102", 5, "bo", "signoff", number, says="p:bo owns none")
        self.refused("TS-1111", 64, "chen", "signoff", number)
        reviewed = TOWN.tour.twoseal.ask("review", number, "--profile", "chen")["words"]
        said = self.call("chen", "signoff", number, "--words", reviewed)
        self.assertIn("signed off wave-1", said)
        self.assertIn(f"twoseal ship {number} releases", said)
        self.call("dana", "ship", number, *words, expect=8)
        self.expect_text("hello\n", path)
        self.call("chen", "signoff", number, "--words", reviewed)
        self.assertEqual(self.state(number), "done")

    def test_an_owner_waits_for_the_hosts_and_takes_a_sign_off_back(self):
        number, path = self.approved(more="rollout: {waves: [1, rest], gate: owner}\nhealth: [{tcp: 1, within: 9s}]")
        reviewed = TOWN.tour.twoseal.ask("review", number, "--profile", "chen")["words"]
        TOWN.tour.hosts.make_ill("web-01")
        try:
            self.call("dana", "ship", number)
            self.expect_text("hello\n", path, "web-01")
            self.refused("TS-3108", 5, "chen", "signoff", number, "--words", reviewed, says="have not ended")
            self.call("chen", "signoff", number, "--words", reviewed, "--anyway")
            said = self.call("chen", "withdraw", number)
            self.assertIn("withdrew the statement signoff of p:chen", said)
            shown = TOWN.tour.twoseal.ask("change", "show", number, "--profile", "leo")
            self.assertEqual([one["name"] for one in shown["phases"]], ["wave-1", "wave-2"])
            self.assertIn("signed-off", [one["what"] for one in shown["acts"] if one["withdrawn"]])
        finally:
            next(Path(TOWN.holder.name).rglob("web-01.ill")).unlink()

    def test_a_phase_is_one_of_the_change(self):
        number, _ = self.approved()
        self.refused("TS-1106", 64, "dana", "ship", number, "--phase", "wave-9", says="it has all")

    def test_nothing_is_proposed_when_every_host_is_as_wanted(self):
        number, path = self.approved()
        self.call("dana", "ship", number, "--watch", "--timeout", "60s")
        name = f"{Path(path).name}.yaml"
        self.assertIn("nothing was proposed", self.call(self.author, "propose", name))
        self.assertIn("no change", self.call(self.author, "plan", name))


class Rehearsals(Case):
    """N6: the way back is rehearsed, and what a host signed about it is part of what is signed."""

    def rehearsed(self, name):
        """The number of a change that web-01 has carried out and taken back."""
        said = self.call(self.author, "propose", name, "--rehearse", "web-01")
        number = number_in(said)
        self.assertIn(f"propose {name} --rehearsed {number}", said)
        for who in ("amara", "bo"):
            TOWN.tour.approve(number, who)
        self.call("dana", "ship", number, "--watch", "--timeout", "60s")
        self.call("dana", "rollback", number)
        tour.wait_until(lambda: "web-01  rolled-back" in self.call("leo", "change", "show", number), "it is back")
        return number

    def test_a_rehearsed_change_carries_the_proof(self):
        name, path = self.change()
        number = self.rehearsed(name)
        self.expect_text(None, path)
        said = self.call(self.author, "propose", name, "--rehearsed", number)
        words = r"rehearsed +on web-01: carried out within \d+ s, taken back within \d+ s, every byte as before"
        self.assertRegex(said, words)
        number = number_in(said)
        self.assertRegex(self.call("amara", "review", number), words)
        reviewed = TOWN.tour.twoseal.ask("review", number, "--profile", "amara")["rehearsals"]
        self.assertEqual([(one["proven"], one["host"]) for one in reviewed], [(True, "web-01")])
        for who in ("amara", "bo"):
            TOWN.tour.approve(number, who)
        self.call("dana", "ship", number, "--watch", "--timeout", "60s")
        self.expect_text("hello\n", path)

    def test_a_way_back_that_leaves_a_byte_different_is_not_proposed_as_rehearsed(self):
        name, path = self.change()
        text = (Path(TOWN.holder.name) / name).read_text()
        back = f'{{kind: state, set: [{{file: {path}, content: "hollo\\n", mode: "0644"}}]}}'
        TOWN.tour.write(name, text.replace("rollback: automatic", f"rollback: {back}"))
        number = self.rehearsed(name)
        self.expect_text("hollo\n", path, "web-01")
        self.refused("TS-1117", 6, self.author, "propose", name, "--rehearsed", number, says="web-01 is not as before")

    def test_what_was_not_carried_out_and_taken_back_is_no_rehearsal(self):
        number, path = self.proposed()
        name = f"{Path(path).name}.yaml"
        self.refused("TS-1117", 6, self.author, "propose", name, "--rehearsed", number, says="not for one host")
        number = number_in(self.call(self.author, "propose", name, "--rehearse", "web-01"))
        self.refused("TS-1117", 6, self.author, "propose", name, "--rehearsed", number, says="last word is nothing")

    def test_a_rehearsal_is_on_one_host(self):
        name, _ = self.change()
        self.refused("TS-1007", 65, self.author, "propose", name, "--rehearse", "web-09", says="web-09")
        self.refused("TS-1106", 64, self.author, "propose", name, "--rehearse", "web-*", says="one host")
        self.refused("TS-1106", 64, self.author, "propose", name, "--rehearse", "web-01", "--rehearsed", "CHG-1")


def load_tests(loader, _tests, _pattern):
    return in_order(loader, Courses, Rehearsals)


if __name__ == "__main__":
    unittest.main(verbosity=2)
