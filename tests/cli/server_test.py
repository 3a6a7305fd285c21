"""twoseal server init, run, backup, restore and doctor: a server as its owner meets it."""

import json
import signal
import threading
import unittest

from org_test import PEOPLE
from server_support import Running, ServerTest


class Server(ServerTest):
    def test_a_server_is_made_in_two_runs_and_answers(self):
        first = self.ok(*self.init("--json")).json
        self.assertEqual({p.name for p in self.path("srv").iterdir()}, {"server.yaml", "keys", "org"})
        self.assertEqual(self.path("srv").stat().st_mode & 0o777, 0o700)
        pending = self.run_twoseal("server", "init", "--continue", "--dir", "srv")
        self.assertEqual(pending.code, 8, pending)
        self.assertIn("pending  R1", pending.out)
        self.assertIn("pending  P1", pending.out)
        self.assertFalse(self.path("srv/store.db").exists())
        for task in first["tasks"]:
            words = task["command"].split()
            words[words.index("KEY")] = self.key_of(task)
            self.ok(*words[1:], "--passphrase-file", "pw")
        done = self.ok("server", "init", "--continue", "--dir", "srv", "--json").json
        self.assertTrue(done["complete"])
        self.assertEqual(done["org"], first["org"])
        self.assertGreaterEqual(done["size"], 6)

        server = Running(self)
        status, body = server.call("GET", "/v1/checkpoint")
        self.assertEqual(status, 200)
        self.assertTrue(body.startswith(b"acme.example/twoseal/log1\n"), body)
        self.assertEqual(server.call("GET", "/v1/me")[0], 401)
        self.assertEqual(server.call("GET", "/readyz", port="local"), (200, b"ready\n"))
        token = self.log_in(server, "dana", "dana")
        me = json.loads(server.call("GET", "/v1/me", token)[1])
        self.assertEqual(me["by"], "p:dana")
        self.assertIn("devops-lead", me["roles"])
        second = self.run_twoseal("server", "run", "--dir", "srv", "--people-listen", "127.0.0.1:0")
        self.assertEqual(second.code, 75, second)  # one server at a time
        self.assertEqual(server.stop(), 0)
        log = [json.loads(line) for line in self.path("server.log").read_text().splitlines()]
        self.assertEqual(log[0]["event"], "started")
        self.assertEqual(log[-1]["event"], "stopped")
        self.assertNotIn(token, self.path("server.log").read_text())
        healthy = self.ok("doctor", "--dir", "srv", "--json").json
        self.assertTrue(healthy["healthy"], healthy)

    def test_a_killed_server_loses_nothing_that_it_acknowledged(self):
        self.make()
        server = Running(self)
        token = self.log_in(server, "dana", "dana")
        expires = json.loads(server.call("GET", "/v1/me", token)[1])["session"]["expires"]
        acknowledged = []
        lock = threading.Lock()

        def submit(number):
            for i in range(10_000):
                name = f"t{number}-{i}"
                try:
                    status, _ = server.call("POST", "/v1/join-tokens", token, f'{{"expires":{expires},"id":"{name}"}}')
                except OSError:
                    return
                if status != 201:
                    return
                with lock:
                    acknowledged.append(name)
                    if len(acknowledged) == 60:
                        server.process.send_signal(signal.SIGKILL)

        threads = [threading.Thread(target=submit, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertGreaterEqual(len(acknowledged), 60)
        again = Running(self)
        tokens = json.loads(again.call("GET", "/v1/join-tokens", token)[1])["tokens"]
        self.assertLessEqual(set(acknowledged), {one["id"] for one in tokens})
        self.assertEqual(again.stop(), 0)
        self.ok("ledger", "verify", "--store", "srv/store.db", "--vkey", self.vkey())

    def test_both_backups_make_the_server_again(self):
        self.make()
        server = Running(self)
        self.ok("server", "backup", "--dir", "srv", "-o", "store.copy")  # while it runs
        self.assertEqual(server.stop(), 0)
        self.assertEqual(self.path("store.copy").stat().st_mode & 0o777, 0o600)
        self.ok("server", "key-backup", "--dir", "srv", "-o", "keys.zip", "--passphrase-file", "pw")
        self.assertNotIn(self.path("srv/keys/log.key").read_bytes().splitlines()[1], self.path("keys.zip").read_bytes())
        restore = ["server", "restore", "--dir", "srv", "--store", "store.copy", "--keys", "keys.zip",
                   "--passphrase-file", "pw"]
        self.refused("TS-1105", 1, *restore)
        self.path("srv").rename(self.path("gone"))
        self.write("wrong", "not it\n")
        self.refused("TS-1205", 5, *restore[:-1], "wrong")
        self.ok(*restore)
        for name in ("log.key", "authority.key", "authority.pem", "tls-server.pem"):
            self.assertEqual(self.path("srv/keys/" + name).read_bytes(), self.path("gone/keys/" + name).read_bytes())
        again = Running(self)
        self.assertEqual(again.call("GET", "/v1/checkpoint")[0], 200)
        self.assertEqual(again.stop(), 0)
        self.ok("server", "migrate", "--dir", "srv")

    def test_what_is_damaged_is_named_with_the_way_back(self):
        self.make()
        self.ok("server", "backup", "--dir", "srv", "-o", "whole.copy")
        self.ok("server", "key-backup", "--dir", "srv", "-o", "keys.zip", "--passphrase-file", "pw")
        store = self.path("srv/store.db")
        whole = store.read_bytes()
        at = whole.index(b'"ev":"roster"')
        flipped = whole[: at + 6] + b"p" + whole[at + 7 :]
        for damaged, code, ends in ((flipped, "TS-3006", 6), (whole[: len(whole) // 2], "TS-3003", 69)):
            store.write_bytes(damaged)
            said = self.refused(code, ends, "server", "run", "--dir", "srv", says="srv/store.db").err
            self.assertIn("backup", said)
        store.write_bytes(flipped)
        self.write("damaged.copy", flipped)
        self.refused("TS-3006", 6, "server", "backup", "--dir", "srv", "-o", "new.copy", says="keep older backups")
        restore = ("server", "restore", "--dir", "new", "--keys", "keys.zip", "--passphrase-file", "pw", "--store")
        self.refused("TS-3006", 6, *restore, "damaged.copy", says="damaged.copy")
        self.assertFalse(self.path("new").exists())
        self.ok(*restore, "whole.copy")
        store.write_bytes(whole)
        key = self.path("srv/keys/log.key")
        key.write_bytes(key.read_bytes()[:40])
        said = self.refused("TS-1201", 65, "server", "run", "--dir", "srv", says="log.key").err
        self.assertIn("twoseal server restore", said)

    def test_what_does_not_fit_is_refused(self):
        self.refused("TS-1106", 64, "server", "init", "--dir", "srv", says="--domain")
        self.refused("TS-1106", 64, *self.init("--people-listen", "nowhere"), says="ADDRESS:PORT")
        self.refused("TS-1106", 64, *self.init("--make-host-keys"), says="demo only")
        self.refused("TS-5110", 78, "server", "run", "--dir", "none")
        self.refused("TS-5110", 78, "server", "init", "--continue", "--dir", "none")
        self.refused("TS-5110", 78, "doctor", "--dir", "none")
        self.make()
        self.refused("TS-1105", 1, *self.init())
        self.refused("TS-5008", 78, "server", "run", "--dir", "srv", "--local-listen", "0.0.0.0:0")
        text = self.path("srv/server.yaml").read_text()
        self.write("srv/server.yaml", text + "more: 1\n")
        self.refused("TS-1007", 65, "server", "run", "--dir", "srv", says="more")

    def test_what_is_refused_leaves_nothing_behind_so_that_a_repeat_works(self):
        self.refused("TS-1106", 64, *self.init("--name", "höst"), says="höst")
        self.refused("TS-1106", 64, *self.init("--name", "10.0.0.999"), says="10.0.0.999")
        long = ["a" * 59 if word == "acme.example" else word for word in self.init()]
        self.refused("TS-1106", 64, *long, says="58 characters")
        self.refused("TS-1101", 66, *self.init("--policy", "none.yaml"))
        self.write("people.yaml", "people: []\n")
        self.refused("TS-1007", 65, *self.init())
        self.write("people.yaml", PEOPLE)
        self.ok(*self.init())

    def test_a_server_does_not_start_with_keys_that_others_can_read(self):
        self.make()
        for name in ("log.key", "timekeeper.key", "authority.key", "tls-server.key"):
            self.path(f"srv/keys/{name}").chmod(0o640)
            self.refused("TS-1209", 78, "server", "run", "--dir", "srv", says=f"chmod 600 srv/keys/{name}")
            self.path(f"srv/keys/{name}").chmod(0o600)

    def test_doctor_names_what_is_wrong(self):
        self.make()
        self.path("srv/keys/log.key").chmod(0o644)
        ill = self.run_twoseal("doctor", "--dir", "srv")
        self.assertEqual(ill.code, 2, ill)
        self.assertRegex(ill.out.splitlines()[0], r"^BAD +permissions .*log\.key")

    def test_on_a_terminal_it_asks_for_what_is_missing(self):
        outcome, seen = self.run_on_terminal(
            ["server", "init", "--dir", "srv"],
            [("organisation: ", "acme.example"), ("team): ", "team"), ("yaml): ", "people.yaml")])
        self.assertEqual(outcome.code, 0, outcome)
        self.assertIn("Domain of the organisation", seen)
        self.assertTrue(self.path("srv/server.yaml").exists())


if __name__ == "__main__":
    unittest.main()
