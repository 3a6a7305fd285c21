"""The verbs of people against a real server, with two hosts in memory: what goes well, and each way
in which it does not."""

import fcntl
import os
import re
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from client_town import BINARY, MOTD, TOWN, Case, in_order, number_in, tour


def setUpModule():
    TOWN.begin()


def tearDownModule():
    TOWN.end()


class Sessions(Case):
    def test_nothing_is_known_before_the_first_login(self):
        self.refused("TS-1112", 78, "nobody", "status", says="next  twoseal login --profile nobody --server")

    def test_a_session_ends_with_logout(self):
        server = f"https://localhost:{TOWN.tour.ports[0]}"
        words = ["--server", server, "--org", TOWN.tour.org, "--pin", TOWN.pin, "--by", "p:bo"]
        self.call("again", "login", *words, "--key", f"{TOWN.tour.directory}/bo")
        self.assertIn("p:bo at ", self.call("again", "status"))
        self.call("again", "logout")
        self.refused("TS-1113", 4, "again", "status", says="twoseal login --profile again")

    def test_open_sessions_are_listed_and_ended(self):
        for name in ("one", "two"):
            self.call(*self.login(name))
        listed = TOWN.tour.twoseal.ask("session", "list", "--profile", "one")
        self.assertEqual(listed["by"], "p:bo")
        self.assertEqual([row["this_one"] for row in listed["sessions"]].count(True), 1)
        other = TOWN.tour.twoseal.ask("session", "list", "--profile", "two")["sessions"]
        other = next(row["id"] for row in other if row["this_one"])
        self.assertIn(f"ended session {other}", self.call("one", "session", "end", other))
        self.refused("TS-1113", 4, "two", "session", "list")
        self.assertNotIn(other, self.call("one", "session", "list"))
        self.assertRegex(self.call("one", "session", "list"), r"session +opened +last used +until +key\n")
        self.refused("TS-3007", 66, "one", "session", "end", "0123456789abcdef", says="the server says")
        self.refused("TS-1106", 64, "one", "session", "end", "../x", says="session list")
        mine = next(row["id"] for row in listed["sessions"] if row["this_one"])
        self.refused("TS-3007", 66, "dana", "session", "end", mine)

    def login(self, name, **other):
        words = {
            "--server": f"https://localhost:{TOWN.tour.ports[0]}",
            "--org": TOWN.tour.org,
            "--pin": TOWN.pin,
            "--by": "p:bo",
            "--key": f"{TOWN.tour.directory}/bo",
        }
        words.update({f"--{key}": value for key, value in other.items()})
        return [name, "login", *[word for pair in words.items() for word in pair]]

    def test_a_server_with_another_key_is_not_talked_to(self):
        self.refused("TS-2100", 6, *self.login("mistaken", pin="sha256:" + "0" * 64))

    def test_another_organisation_is_not_believed(self):
        self.refused("TS-2102", 6, *self.login("mistaken", org="sha256:" + "0" * 64))

    def test_another_persons_key_is_not_taken(self):
        self.refused("TS-5105", 4, *self.login("mistaken", by="p:amara"), says="p:amara")

    def test_nobody_logs_in_over_plain_http_to_another_machine(self):
        for server in ("http://example.org:8720", "http://127.0.0.1.example.org:8720", "http://10.0.0.1"):
            self.refused("TS-5008", 78, *self.login("mistaken", server=server), says="https://")
        self.assertFalse(os.path.exists(f"{TOWN.tour.directory}/config/twoseal/mistaken.yaml"))

    def test_a_key_that_was_named_from_here_is_found_from_elsewhere(self):
        self.call(*self.login("elsewhere", key="bo"))
        profile = next(Path(TOWN.tour.directory, "config").rglob("elsewhere.yaml")).read_text(encoding="utf-8")
        self.assertIn(f'key: "{TOWN.tour.directory}/bo"', profile)

    def test_a_server_that_is_not_there_is_named(self):
        said = self.call(*self.login("mistaken", server=f"https://localhost:{tour.free_port()}"), expect=69)
        self.assertIn("Connection refused", said)


class Plans(Case):
    def test_a_plan_shows_what_would_change_and_changes_nothing(self):
        name, path = self.change()
        said = self.call(self.author, "plan", name, expect=2)
        self.assertIn("class A  2 hosts  web-01, web-02\n  create  file:" + path, said)
        self.assertIn("+ hello", said)
        self.assertIsNone(self.text("web-01", path))

    def test_a_selector_that_matches_nothing_is_refused_before_any_host_is_asked(self):
        name, _ = self.change(targets="env=dev")
        self.refused("TS-1007", 65, "leo", "plan", name, says=f"{name}:3:10")

    def test_an_unknown_key_is_named_with_what_was_meant(self):
        name, _ = self.change(more="targts: env=prod")
        self.assertIn("targets", self.refused("TS-1007", 65, "leo", "propose", name, says="targts"))

    def test_a_file_that_is_not_there(self):
        self.refused("TS-1101", 66, "leo", "plan", "nothing.yaml")

    def test_a_resource_that_a_host_cannot_have_is_refused_by_that_host(self):
        name, _ = self.change(more="")
        text = Path(f"{TOWN.tour.directory}/{name}").read_text(encoding="utf-8")
        TOWN.tour.write(name, text.replace("file: /etc/", "file: /no/such/directory/"))
        said = self.call(self.author, "plan", name, expect=5)
        self.assertIn("refused  web-01: TS-1101 ", said)
        self.assertIn("next  do what the host says", said)
        self.assertNotIn("keep", said)
        self.refused("TS-1118", 5, self.author, "propose", name, says="/no/such/directory does not exist")

    def test_a_source_is_a_file_beside_the_change_and_no_other(self):
        TOWN.tour.write("outside.secret", "the shadow\n")
        directory = Path(TOWN.tour.directory, "beside")
        directory.mkdir(exist_ok=True)
        Path(directory, "motd").write_text("hello\n", encoding="utf-8")
        for link in (Path(directory, "link"), Path(directory, "up")):
            link.unlink(missing_ok=True)
        Path(directory, "link").symlink_to("../outside.secret")
        Path(directory, "up").symlink_to("..")
        name, path = self.change()
        text = Path(f"{TOWN.tour.directory}/{name}").read_text(encoding="utf-8")
        for source in ("../outside.secret", f"{TOWN.tour.directory}/outside.secret", "link", "up/outside.secret"):
            TOWN.tour.write(f"beside/{name}", text.replace('content: "hello\\n"', f"source: {source}"))
            for verb in ("plan", "propose"):
                self.refused("TS-1007", 65, self.author, verb, f"beside/{name}", says="leads out of its directory")
        TOWN.tour.write(f"beside/{name}", text.replace('content: "hello\\n"', "source: motd"))
        self.assertIn("create  file:" + path, self.call(self.author, "plan", f"beside/{name}", expect=2))

    def test_a_key_that_is_not_ones_own_signs_nothing(self):
        name, _ = self.change()
        self.refused("TS-1207", 5, "bo", "plan", name, "--key", "leo", says="none that the roster lists for p:bo")

    def test_an_author_has_ten_plans_an_hour(self):
        name, _ = self.change()
        for _ in range(10):
            self.call("amara", "plan", name, expect=2)
        self.assertIn("10 plans within an hour", self.call("amara", "plan", name, expect=5))


class Approvals(Case):
    def test_other_words_sign_nothing(self):
        number, _ = self.proposed()
        wrong = "-".join(["zebra"] * 12)
        said = self.refused("TS-1116", 6, "bo", "approve", number, "--words", wrong)
        self.assertNotIn(TOWN.tour.twoseal.ask("review", number, "--profile", "bo")["words"], said)
        self.assertEqual(self.state(number), "in-review")

    def test_words_may_be_typed_as_people_type(self):
        number, _ = self.proposed()
        words = TOWN.tour.twoseal.ask("review", number, "--profile", "bo")["words"]
        self.call("bo", "approve", number, "--words", words.replace("-", "  ").upper())

    def test_without_words_or_terminal_nothing_is_signed(self):
        number, _ = self.proposed()
        self.refused("TS-1111", 64, "bo", "approve", number)
        self.assertEqual(self.state(number), "in-review")

    def test_an_author_cannot_approve(self):
        number, _ = self.proposed()
        words = TOWN.tour.twoseal.ask("review", number, "--profile", self.author)["words"]
        self.refused("TS-2163", 5, self.author, "approve", number, "--words", words, says=f"p:{self.author} wrote")

    def test_an_approval_of_an_older_version_is_refused(self):
        name, _ = self.change()
        number = number_in(self.call(self.author, "propose", name))
        first = TOWN.tour.twoseal.ask("review", number, "--profile", "bo")
        text = Path(f"{TOWN.tour.directory}/{name}").read_text(encoding="utf-8")
        TOWN.tour.write(name, text.replace("hello", "good day"))
        self.call(self.author, "propose", name)
        self.refused("TS-3107", 5, "bo", "approve", f"{number}.1", "--words", first["words"])
        self.refused("TS-1116", 6, "bo", "approve", number, "--words", first["words"])

    def test_a_review_of_the_next_version_leaves_out_what_was_seen(self):
        number, _ = self.proposed()
        self.call("amara", "review", number)
        self.assertIn("as you saw it before", self.call("amara", "review", number, "--since-last"))
        self.assertNotIn("+ hello", self.call("amara", "review", number, "--since-last"))

    def test_a_review_shows_what_is_wanted_of_a_file_that_not_everybody_may_read(self):
        name, _ = self.change(content="for few")
        text = Path(f"{TOWN.tour.directory}/{name}").read_text(encoding="utf-8")
        TOWN.tour.write(name, text.replace('"0644"', '"0640"'))
        said = self.call("amara", "review", number_in(self.call(self.author, "propose", name)))
        self.assertIn("what the host has is not shown", said)
        self.assertIn("wanted by the change:\n    content\n    + for few\n", said)

    def test_a_rejection_holds_until_it_is_withdrawn(self):
        number, _ = self.proposed()
        self.call("amara", "reject", number, "--reason", "the window is that of the audit")
        self.assertEqual(self.state(number), "rejected")
        self.assertIn("the window is that of the audit", self.call("bo", "review", number))
        self.call("leo", "change", "wait", number, "--for", "approved", "--timeout", "5s", expect=5)
        self.call("amara", "withdraw", number)
        self.assertEqual(self.state(number), "in-review")
        said = [line.split()[:2] for line in self.call("bo", "review", number).splitlines() if " by p:" in line]
        self.assertEqual(said[:3], [["verified", "author"], ["withdrawn", "reject"], ["verified", "withdraw"]])

    def test_a_review_for_programs_says_all_that_it_says_to_people(self):
        more = "health: [{tcp: 22, within: 10s}]"
        number, _ = self.approved(more=more)
        said = TOWN.tour.twoseal.ask("review", number, "--profile", "bo")
        self.assertEqual(said["health"], [{"kind": "tcp", "within": 10, "port": 22}])
        self.assertEqual(sorted(host["name"] for host in said["targets"]), list(tour.NAMES))
        self.assertGreater(said["window"]["not_after"], said["window"]["not_before"])
        self.assertEqual((said["rollback"]["kind"], said["risks"], said["effects"]), ("restore", [], []))
        self.assertEqual(
            [(one["act"], one["by"], one["valid"], one["withdrawn"]) for one in said["signatures"]],
            [("author", f"p:{self.author}", True, False), ("approve", "p:amara", True, False),
             ("approve", "p:bo", True, False)])

    def test_who_said_nothing_has_nothing_to_withdraw(self):
        number, _ = self.proposed()
        self.refused("TS-3109", 5, "amara", "withdraw", number)

    def test_an_author_withdraws_the_change(self):
        number, _ = self.proposed()
        self.call(self.author, "withdraw", number)
        self.assertEqual(self.state(number), "withdrawn")

    def test_what_is_not_there(self):
        for words in (["review", "CHG-9999"], ["ship", "CHG-9999"], ["change", "logs", "CHG-9999"]):
            self.refused("TS-3007", 66, "dana", *words)
        self.refused("TS-1106", 64, "dana", "review", "../../etc/passwd")
        for words in (["review", ""], ["change", "show", ".."], ["reject", "", "--reason", "none"]):
            self.refused("TS-1106", 64, "dana", *words, says="it is called CHG-42")

    def test_words_that_no_list_knows_are_refused_with_those_it_knows(self):
        self.refused("TS-1106", 64, "leo", "change", "list", "--state", "foo", says="in-review, approved")
        self.refused("TS-1106", 64, "leo", "change", "list", "--before", "x", says="'x'")
        self.assertEqual(self.call("leo", "change", "list", "--before", "CHG-1"), "no older change\n")
        self.assertEqual(self.call("leo", "change", "list", "--state", "failed"), "no change is failed\n")

    def test_a_reason_says_something(self):
        number, _ = self.proposed()
        self.refused("TS-1106", 64, "amara", "reject", number, "--reason", " ", says="--reason is blank")
        self.refused("TS-1106", 64, "bo", "host", "retire", "web-01", "--reason", "", says="--reason is blank")
        self.refused("TS-1106", 64, "amara", "reject", number, "--reason", "a\x07", says="--reason holds a control")
        self.assertEqual(self.state(number), "in-review")


class Rollouts(Case):
    def test_a_change_that_lacks_approvals_is_not_released(self):
        number, path = self.proposed()
        self.call("dana", "ship", number, expect=5)
        self.assertIsNone(self.text("web-01", path))

    def test_only_an_executor_releases(self):
        number, _ = self.approved()
        self.refused("TS-2165", 6, "bo", "ship", number, says="executor")

    def test_a_change_reaches_its_hosts_and_is_taken_back_on_one(self):
        number, path = self.approved()
        said = self.call("dana", "ship", number, "--watch", "--timeout", "60s")
        self.assertIn(f"{number} done", said)
        self.expect_text("hello\n", path)
        self.call("dana", "rollback", number, "--host", "web-02", "--reason", "it is too friendly")
        tour.wait_until(lambda: "web-02  rolled-back" in self.call("leo", "change", "show", number), "it is back")
        self.expect_text("hello\n", path, "web-01")
        self.expect_text(None, path, "web-02")
        self.refused("TS-1106", 64, "dana", "rollback", number, "--host", "web-09", says="web-09")
        left = self.call(self.author, "propose", f"{Path(path).name}.yaml", "--remainder", number)
        self.assertIn("1 host  web-02", left)

    def test_a_change_that_waits_is_pending(self):
        number, _ = self.proposed()
        self.call("leo", "change", "wait", number, "--for", "approved", "--timeout", "1s", expect=8)
        self.refused("TS-1106", 64, "leo", "change", "wait", number, "--for", "christmas")
        self.refused("TS-1106", 64, "leo", "change", "wait", number, "--timeout", "soon", says="90s")

    def test_a_stop_holds_a_change_and_its_lift_lets_it_go(self):
        number, path = self.approved()
        self.call("dana", "change", "stop", number, "--reason", "log-ins fail")
        self.call("dana", "ship", number, expect=5)
        self.call("dana", "change", "resume", number)
        self.call("dana", "ship", number, "--watch", "--timeout", "90s")
        self.expect_text("hello\n", path)
        self.refused("TS-3109", 5, "dana", "change", "resume", number)
        self.refused("TS-1106", 64, "dana", "change", "pause", number, "--duration", "91d")

    def test_a_stop_of_another_is_lifted_by_two_and_says_who_is_missing(self):
        number, _ = self.approved()
        said = self.call("leo", "change", "pause", number, "--reason", "lunch")
        self.assertIn("note  this key cannot lift it again", said)
        self.assertIn("p:amara, p:chen, p:dana", said)
        self.refused("TS-1207", 5, "leo", "change", "resume", number, says="2 of p:amara, p:chen, p:dana")
        said = self.call("amara", "change", "resume", number, expect=8)
        self.assertIn("1 of 2 needed; missing: 1 of p:chen, p:dana", said)
        self.assertIn("1 of 2 needed", self.call("amara", "change", "resume", number, expect=8))
        self.assertIn("lifted stop-", self.call("chen", "change", "resume", number))
        self.assertNotIn("note  this key", self.call("dana", "change", "stop", number))

    def test_another_open_change_of_the_same_file_is_named(self):
        number, path = self.proposed()
        TOWN.tour.write(
            "other.yaml",
            MOTD.format(scope="other", content="other", targets="web-01", more="", summary="Greet").replace(
                "/etc/other", path
            ),
        )
        said = self.call("bo", "plan", "other.yaml", expect=2)
        self.assertRegex(said, rf"conflict +{number} \(in-review, p:\w+\) touches file:{path} on web-01 too")
        self.call(self.author, "withdraw", number)
        self.assertNotIn("conflict", self.call("bo", "plan", "other.yaml", expect=2))


class Hosts(Case):
    def test_hosts_are_listed_with_what_is_signed(self):
        listed = TOWN.tour.twoseal.ask("host", "list", "--profile", "bo")["hosts"]
        self.assertEqual(sorted(host["name"] for host in listed), list(tour.NAMES))
        for host in listed:
            self.assertEqual((host["labels"], host["components"], host["groups"]), ({"role": "web"}, ["ssh"], []))
        lines = self.call("bo", "host", "list").splitlines()
        self.assertEqual([line.split()[0] for line in lines], ["name", *tour.NAMES])
        shown = TOWN.tour.twoseal.ask("host", "show", "web-01", "--profile", "bo")
        self.assertTrue(shown["agent"])
        self.assertGreater(shown["certificate_until"], time.time())
        said = self.call("bo", "host", "show", "web-01")
        self.assertIn("server says", said)
        self.refused("TS-3007", 66, "bo", "host", "show", "web-09")
        self.assertIn("no host asks to join", self.call("bo", "host", "list", "--joining"))

    def test_a_host_that_does_not_ask_cannot_be_assigned(self):
        self.refused("TS-3007", 66, "dana", "host", "assign", "web-09", "--env", "prod")

    def test_an_assignment_is_checked_before_it_is_signed(self):
        for words, says in (
            (["--env", "prdo"], "did you mean 'prod'?"),
            (["--env", "somewhere"], "known are: dev, prod, test"),
            (["--data-class", "secretish"], "no host has it"),
            (["--component", "nope"], "the roster has no such component"),
            (["--label", "env=dev"], "not name, env"),
            (["--label", "role=we b"], "a selector can name it"),
            (["--label", "role="], "--label role- removes"),
            (["--label", "nothing-"], "web-01 has no label nothing"),
            (["--label", "role=a", "--label", "role=b"], "twice"),
            (["web-01"], "web-01 is named twice"),
        ):
            self.refused("TS-1106", 64, "dana", "host", "assign", "web-01", *words, says=says)

    def test_what_changes_on_a_host_is_told_before_it_is_signed(self):
        said = self.call("dana", "host", "assign", "web-01", "--label", "site=graz", "--label", "role=db")
        self.assertIn("to be signed:\nweb-01\n  label role  web -> db\n  label site  (none) -> graz\n", said)

    def test_join_tokens_are_listed_and_revoked(self):
        made = TOWN.tour.twoseal.ask("token", "join", "--profile", "dana")["id"]
        token = TOWN.tour.twoseal.ask("token", "join", "--profile", "dana")["token"]
        self.assertEqual(token.split()[1:3], ["localhost", str(TOWN.tour.ports[1])])
        listed = TOWN.tour.twoseal.ask("token", "list", "--profile", "dana")["tokens"]
        self.assertEqual([row["used_by"] for row in listed if row["id"] == made], [""])
        self.assertEqual(sum(row["used_by"].startswith("h:") for row in listed), 2)
        self.assertIn("nobody yet", self.call("dana", "token", "list"))
        self.assertIn(f"revoked join token {made}", self.call("dana", "token", "revoke", made))
        self.assertNotIn(made, self.call("dana", "token", "list"))
        self.refused("TS-3007", 66, "dana", "token", "revoke", made)
        self.refused("TS-1106", 64, "dana", "token", "revoke", "no token", says="token list")

    def test_a_file_of_a_token_is_its_owners(self):
        self.call("dana", "token", "join", "-o", "private.token")
        self.assertEqual(os.stat(f"{TOWN.tour.directory}/private.token").st_mode & 0o777, 0o600)

    def test_the_queue_of_a_person_names_what_waits(self):
        number, _ = self.proposed()
        waiting = TOWN.tour.twoseal.ask("status", "--profile", "bo")["your_turn"]
        self.assertIn(number, [row["number"] for row in waiting])
        listed = TOWN.tour.twoseal.ask("change", "list", "--state", "in-review", "--profile", "bo")
        self.assertIn(number, [row["number"] for row in listed["changes"]])


@unittest.skipUnless(os.geteuid() == 0, "the directory of an agent is root's")
class Agents(Case):
    """The agent of this very machine, which only joins and waits here: nobody assigns it."""

    def setUp(self):
        self.holder = tempfile.TemporaryDirectory(prefix="twoseal-agent-")
        self.addCleanup(self.holder.cleanup)
        self.home = f"{self.holder.name}/lib/agent"

    def token(self, name, port=None):
        agents = f"https://localhost:{port or TOWN.tour.ports[1]}"
        self.call("dana", "token", "join", "--agents", agents, "-o", name)
        return Path(TOWN.tour.directory) / name

    def agent(self, *words, code=None, says=""):
        made = subprocess.run([BINARY, "agent", *words, "--home", self.home], capture_output=True, text=True, timeout=60)
        if code:
            self.assertIn(f"error {code}: ", made.stderr)
        else:
            self.assertEqual(made.returncode, 0, made.stderr)
        self.assertIn(says, made.stdout + made.stderr)
        return made.stdout

    def join(self, token, **expected):
        return self.agent("join", "--token", str(token), "--name", self.id().rsplit("_", 1)[1] + "-01", **expected)

    def start(self):
        """An agent that runs, once it has said so by waiting."""
        running = subprocess.Popen([BINARY, "agent", "run", "--home", self.home], stderr=subprocess.PIPE, text=True)
        self.addCleanup(running.stderr.close)
        self.addCleanup(running.wait)
        self.addCleanup(running.kill)
        tour.wait_until(lambda: self.is_held() or running.poll() is not None, "the agent holds its directory")
        self.assertIsNone(running.poll())
        return running

    def is_held(self):
        try:
            with open(f"{self.home}/lock", "rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def test_a_join_that_nobody_took_is_repeated_also_with_another_port(self):
        wrong = self.token("wrong-port.token", port=1)
        for _ in range(2):
            self.join(wrong, code="TS-5001", says="systemctl status twoseal-server")
        self.assertIn("code ", self.join(self.token("right-port.token")))

    def test_a_used_token_is_followed_by_a_new_one(self):
        used = self.token("used.token")
        self.join(used)
        first, self.home = self.home, f"{self.holder.name}/lib/other"
        for _ in range(2):
            self.join(used, code="TS-3103")
        self.join(self.token("unused.token"))
        self.home = first
        self.join(used, code="TS-6006", says="twoseal agent run goes on by itself")

    def test_with_json_the_token_goes_to_the_file_and_what_it_is_to_the_screen(self):
        said = TOWN.tour.twoseal.ask("token", "join", "-o", "json.token", "--profile", "dana")
        token = Path(f"{TOWN.tour.directory}/json.token")
        self.assertIn(said["id"], token.read_text(encoding="utf-8"))
        self.assertNotIn("token", said)
        self.assertEqual(token.stat().st_mode & 0o777, 0o600)

    def test_an_expired_token_says_so(self):
        token = self.token("expired.token")
        token.write_text(re.sub(r" \d+\n$", " 1000000000\n", token.read_text()))
        self.join(token, code="TS-3102", says="at 2001-09-09")

    def test_one_agent_runs_in_a_directory_until_it_is_killed(self):
        token = self.token("lock.token")
        self.agent("run", code="TS-6003")
        self.join(token)
        first = self.start()
        self.agent("run", code="TS-6005")
        self.join(token, code="TS-6005")
        first.kill()
        first.wait()
        second = self.start()
        second.terminate()
        self.assertEqual(second.wait(timeout=30), 0)


class Retired(Case):
    """Last, since it takes a host away: unittest goes through classes by name, so this one is called so."""

    def test_a_retired_host_takes_part_no_more(self):
        said = self.call("dana", "host", "retire", "web-02", "--reason", "replaced by web-03")
        digest = said.split("list ", 1)[1].split()[0]
        self.assertIn("ENDS", self.call("chen", "host", "sign", digest))
        name, _ = self.change(targets="web-02")
        tour.wait_until(lambda: len(self.listed()) == 1, "the host is gone")
        said = self.refused("TS-1007", 65, self.author, "plan", name, says="web-02")
        self.assertNotIn("not proven", said)
        self.assertRegex(self.call("bo", "host", "list"), r"note  web-02 ended 20\d\d-.*Z: retired, or not renewed\n")
        if os.geteuid() == 0:
            self.join_anew("web-02")

    def join_anew(self, name):
        """As a host with a damaged journal does: docs/guides/hosts.md."""
        agents = f"https://localhost:{TOWN.tour.ports[1]}"
        self.call("dana", "token", "join", "--agents", agents, "-o", "anew.token")
        with tempfile.TemporaryDirectory(prefix="twoseal-agent-") as home:
            token = f"{TOWN.tour.directory}/anew.token"
            subprocess.run(
                [BINARY, "agent", "join", "--token", token, "--name", name, "--home", f"{home}/agent"],
                check=True,
                capture_output=True,
                timeout=60,
            )
        self.assertIn(name, self.call("dana", "host", "assign", name, "--env", "prod", "--component", "ssh"))

    @staticmethod
    def listed():
        return TOWN.tour.twoseal.ask("host", "list", "--profile", "bo")["hosts"]


def load_tests(loader, _tests, _pattern):
    """The last ones change what the others rest on."""
    return in_order(loader, Sessions, Plans, Approvals, Rollouts, Hosts, Agents, Retired)


if __name__ == "__main__":
    unittest.main(verbosity=2)
