"""A change is taken back and done again, against a real server with two hosts in memory."""

import re
import time
import unittest
from pathlib import Path

from client_town import TOWN, Case, in_order, number_in, tour


def setUpModule():
    TOWN.begin()


def tearDownModule():
    TOWN.end()


class TakingBack(Case):
    """What hosts take back, what they do not, and what a release does afterwards."""

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

    def test_who_asks_for_it_back_while_hosts_are_at_work_sees_them_end(self):
        number, path = self.approved(more="health: [{tcp: 1, within: 6s}]")
        TOWN.tour.hosts.make_ill("web-01")
        try:
            self.call("dana", "ship", number)
            self.expect_text("hello\n", path, "web-01")
            said = self.call("dana", "rollback", number, "--watch", "--timeout", "60s")
        finally:
            next(Path(TOWN.holder.name).rglob("web-01.ill")).unlink()
        self.assertIn(f"{number} rolled-back", said)
        self.assertIn("web-01  rolled-back", said)
        self.assertNotIn("skipped", said)
        self.expect_text(None, path)
        self.refused("TS-3108", 5, "dana", "ship", number, says="rolled-back")

    def test_of_a_change_that_is_over_nothing_is_stopped_and_its_request_can_be_withdrawn(self):
        number, path = self.approved()
        words = ("--watch", "--timeout", "60s")
        self.call("dana", "ship", number, *words)
        self.refused("TS-3108", 5, "dana", "change", "stop", number, says="is done")
        self.taken_back(number)
        self.assertIn("withdrew the statement rollback of p:dana", self.call("dana", "withdraw", number))
        self.expect_text(None, path)
        self.assertIn(f"{number} done", self.call("dana", "ship", number, "--again", *words))
        self.expect_text("hello\n", path)

    def test_hosts_that_took_it_back_by_themselves_are_not_released_again(self):
        name, path = self.change(more="health: [{tcp: 1, within: 1s}]")
        TOWN.tour.hosts.make_ill("web-01")
        try:
            number = self.shipped(name, ends=1)
        finally:
            next(Path(TOWN.holder.name).rglob("web-01.ill")).unlink()
        self.assertEqual(self.state(number), "rolled-back")
        self.refused("TS-3108", 5, "dana", "ship", number, "--again", says="took back by themselves")
        self.expect_text(None, path)

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


class Retired(Case):
    """Last: a host is taken away."""

    def test_a_change_outlives_its_first_host(self):
        words = ("--watch", "--timeout", "60s")
        both, path = self.approved()
        self.call("dana", "ship", both, *words)
        alone, _ = self.approved(targets="web-01")
        self.call("dana", "ship", alone, *words)
        waiting, _ = self.approved(targets="web-01")
        said = self.call("dana", "host", "retire", "web-01", "--reason", "its disk is gone")
        self.assertIn("signed by p:dana, says the server; missing still: it-manager (p:chen)", said)
        digest = said.split("list ", 1)[1].split()[0]
        self.refused("TS-5102", 5, "bo", "host", "sign", digest, says="holds none of the roles")
        self.refused("TS-3109", 5, "dana", "host", "sign", digest, says="signed the list already")
        said = self.call("chen", "host", "sign", digest)
        self.assertIn("ENDS", said)
        self.assertIn("; in force", said)
        hosts = lambda: TOWN.tour.twoseal.ask("host", "list", "--profile", "bo")["hosts"]  # noqa: E731
        tour.wait_until(lambda: len(hosts()) == 1, "the host is gone")
        self.refused("TS-3108", 5, "dana", "rollback", both, "--host", "web-01", says="is retired")
        for number in (both, alone):
            self.assertIn("retired   web-01: no part", self.call("bo", "review", number))
            self.call("leo", "evidence", "export", "--change", number, "-o", f"{number}-retired.evidence")
            TOWN.tour.twoseal.run("verify", f"{number}-retired.evidence", "--org", TOWN.tour.org)
        said = self.call("dana", "rollback", both, *words, expect=1)
        self.assertIn(f"{both} failed", said)
        self.assertIn("web-01  ok  (retired since)", said)
        self.expect_text(None, path, "web-02")
        said = self.refused("TS-3108", 5, "dana", "ship", waiting, says="or is retired")
        self.assertIn("note  retired: web-01; a phase behind", said)
        self.assertIn("    web-01  retired\n", self.call("bo", "change", "show", waiting))
        self.refused("TS-1106", 64, "leo", "propose", "any.yaml", "--remainder", waiting, says="or is retired")
        self.refused("TS-3007", 66, "bo", "host", "show", "web-01", says="a host no more")
        self.assertIn("hosts reporting    1 of 1\n", self.call("bo", "status"))


def load_tests(loader, _tests, _pattern):
    return in_order(loader, TakingBack, Retired)


if __name__ == "__main__":
    unittest.main(verbosity=2)
