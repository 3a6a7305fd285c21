"""What becomes of a change after its release, against a real server with two hosts in memory: taken back,
done again, rehearsed."""

import re
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

    def taken_back(self, number):
        said = self.call("dana", "rollback", number, "--watch", "--timeout", "60s")
        self.assertIn(f"{number} rolled-back", said)

    def shipped(self, name, ends=0):
        number = number_in(self.call(self.author, "propose", name))
        for who in ("amara", "bo"):
            TOWN.tour.approve(number, who)
        self.call("dana", "ship", number, "--watch", "--timeout", "60s", expect=ends)
        return number

    def test_a_change_that_was_done_is_taken_back_and_done_again(self):
        number, path = self.approved()
        self.call("dana", "ship", number, "--watch", "--timeout", "60s")
        self.taken_back(number)
        self.expect_text(None, path)
        self.assertEqual(self.state(number), "rolled-back")
        self.refused("TS-3108", 5, "dana", "ship", number, says="taken back")
        said = self.call("dana", "ship", number, "--again", "--watch", "--timeout", "60s")
        self.assertIn(f"{number} done", said)
        self.expect_text("hello\n", path)
        entries = [int(one) for one in re.findall(r"^  entry (\d+)", self.call("leo", "change", "show", number), re.M)]
        self.assertEqual(entries, sorted(entries))
        self.assertGreaterEqual(len(entries), 6)

    def test_a_change_on_one_host_is_taken_back_before_watching_ends(self):
        number, path = self.approved()
        self.call("dana", "ship", number, "--watch", "--timeout", "60s")
        said = self.call("dana", "rollback", number, "--host", "web-01", "--watch", "--timeout", "60s")
        self.assertIn("web-01  rolled-back", said)
        self.expect_text("hello\n", path, "web-02")

    def test_what_was_taken_back_by_several_requests_is_done_again_by_one_release(self):
        number, path = self.approved()
        words = ("--watch", "--timeout", "60s")
        self.call("dana", "ship", number, *words)
        self.call("dana", "rollback", number, "--host", "web-01", *words)
        self.taken_back(number)
        self.assertIn(f"{number} done", self.call("dana", "ship", number, "--again", *words))
        self.expect_text("hello\n", path)

    def test_a_change_in_phases_that_was_taken_back_begins_with_its_first_phase(self):
        number, path = self.approved(more="rollout: {waves: [1, rest], gate: person}")
        words = ("--watch", "--timeout", "60s")
        self.call("dana", "ship", number, *words, expect=8)
        self.taken_back(number)
        for again in (False, True):
            said = self.call("dana", "ship", number, "--again", *words, expect=8)
            self.assertIn(f"released wave-1 of {number}", said)
            self.expect_text("hello\n", path, "web-01")
            self.expect_text(None, path, "web-02")
            self.assertIn(f"{number} done", self.call("dana", "ship", number, *words))
            self.expect_text("hello\n", path)
            if not again:
                self.taken_back(number)

    def test_what_a_host_refuses_to_take_back_stands_and_has_failed(self):
        name, path = self.change()
        first = self.shipped(name)
        TOWN.tour.write(name, (Path(TOWN.holder.name) / name).read_text().replace("hello", "again"))
        second = self.shipped(name)
        words = ("--watch", "--timeout", "60s")
        said = self.call("dana", "rollback", first, *words, expect=1)
        self.assertIn("web-01  refused:W3", said)
        self.assertIn(f"{first} failed", said)
        self.assertIn("refused:W3: another change came after it", self.call("leo", "change", "show", first))
        self.expect_text("again\n", path)
        self.assertIn(f"{first} done", self.call("dana", "ship", first, "--again", *words))
        self.taken_back(second)
        self.expect_text("hello\n", path)

    def test_what_a_host_keeps_no_more_is_not_taken_back(self):
        name, path = self.change()
        text = (Path(TOWN.holder.name) / name).read_text()
        TOWN.tour.write(name, text.replace("rollback: automatic", "rollback: {kind: automatic, within: 1s}"))
        number = self.shipped(name)
        time.sleep(2)
        said = self.call("dana", "rollback", number, "--watch", "--timeout", "60s", expect=1)
        self.assertIn("web-01  refused:B3", said)
        self.assertIn(f"{number} failed", said)
        self.expect_text("hello\n", path)

    def test_what_failed_and_stands_is_taken_back(self):
        name, path = self.change(more="health: [{tcp: 1, within: 1s}]")
        text = (Path(TOWN.holder.name) / name).read_text()
        TOWN.tour.write(name, text.replace("rollback: automatic", "rollback: {kind: automatic, on: [verify]}"))
        TOWN.tour.hosts.make_ill("web-01")
        try:
            number = self.shipped(name, ends=1)
        finally:
            next(Path(TOWN.holder.name).rglob("web-01.ill")).unlink()
        self.assertEqual(self.state(number), "failed")
        self.expect_text("hello\n", path)
        self.taken_back(number)
        self.expect_text(None, path)

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
