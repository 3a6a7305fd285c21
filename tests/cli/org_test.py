"""twoseal org new: a whole organisation from the command line, up to a permitted change."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import time
import unittest

from support import CommandTest, canonical

PEOPLE = """
people:
  - {id: amara, roles: [security-officer, security-lead, it-manager],
     keys: [{kind: local-file, pub: amara.pub}]}
  - {id: bo, roles: [engineering-lead, executor, security-lead], keys: [{kind: local-file, pub: bo.pub}]}
  - {id: dana, roles: [devops-lead, engineering-lead, executor], keys: [{kind: local-file, pub: dana.pub}]}
  - {id: leo, roles: [executor], keys: [{kind: ssh, pub: leo.pub}]}
root: {keys: [root-1.pub, root-2.pub, root-3.pub]}
components:
  - {id: web, type: app, owners: [dana], owns: [/srv/web/]}
"""
HOSTS = """
hosts:
  - {name: web-01, env: prod, data_class: internal, components: [web], keys: {id: host.pub,
     tls: "sha256:4b22e493af03ee7aa63ff1d36189be9f6a97533f5fc1354f250e44fa704843d6",
     age: "/fmeRluCA9XuO1nT5aEelK60WHgBb9igZYHChmQNLMg="}}
"""
LOCAL = ["amara", "bo", "dana", "root-1", "root-2", "root-3"]


def digest_of(text):
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


class Organisation(CommandTest):
    """Keys are made once for all tests: each costs half a second on purpose."""

    @classmethod
    def setUpClass(cls):
        maker = cls("make_keys")
        maker.setUp()
        cls.keys = maker.dir
        cls.addClassCleanup(maker.doCleanups)
        maker.make_keys()

    def make_keys(self):
        self.write("pw", "correct horse\n")
        for name in LOCAL:
            self.ok("key", "new", "--local", "--output", name, "--passphrase-file", "pw")
        for name in ("leo", "host"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name], cwd=self.dir, check=True)

    def setUp(self):
        super().setUp()
        if hasattr(self, "keys"):
            for path in self.keys.iterdir():
                shutil.copy(path, self.dir)
        self.write("people.yaml", PEOPLE)
        self.write("hosts.yaml", HOSTS)

    def new(self, *words, profile="team", people="people.yaml", hosts="hosts.yaml"):
        how = ["--domain", "acme.example", "--people", people, "--hosts", hosts, "--profile", profile]
        return ["org", "new", "--dir", "acme", *how, *words]

    def key_of(self, task):
        for name in [*LOCAL, "leo"]:
            blob = base64.b64decode(self.path(name + ".pub").read_text().split()[1])
            if hashlib.sha256(blob).hexdigest()[:32] == task["key"]:
                return name
        raise AssertionError(f"nobody has the key of {task}")

    def sign(self, key, *words):
        return self.ok("sign", "--key", key, "--dir", "acme", "--passphrase-file", "pw", *words)

    def do(self, task):
        """Runs the printed command with the signer's key for KEY."""
        words = task["command"].split()
        self.assertEqual(words[:2], ["twoseal", "sign"])
        words[words.index("KEY")] = self.key_of(task)
        self.ok(*words[1:], "--passphrase-file", "pw")

    def make(self):
        first = self.ok(*self.new("--json")).json
        for task in first["tasks"]:
            self.do(task)
        self.ok("org", "new", "--continue", "--dir", "acme")
        return first

    def text(self, name):
        return self.path("acme/" + name).read_text()

    # --- the first run ---

    def test_the_first_run_writes_documents_keys_and_the_list_of_signers(self):
        first = self.ok(*self.new("--json")).json
        self.assertEqual(first["org"], digest_of(self.text("roster/1.json")))
        roster = json.loads(self.text("roster/1.json"))
        self.assertEqual(roster["log"]["vkeys"], [first["vkey"]])
        self.assertEqual(sorted(first["tls_pins"]), roster["server_spki"])
        self.assertEqual(self.path("acme.private").stat().st_mode & 0o777, 0o700)
        for name in ("log.key", "timekeeper.key", "tls-server.key", "tls-spare.key"):
            self.assertEqual(self.path("acme.private/" + name).stat().st_mode & 0o777, 0o600)
        for pin, name in zip(first["tls_pins"], ("tls-server.key", "tls-spare.key")):
            spki = subprocess.run(
                ["openssl", "pkey", "-pubout", "-outform", "DER", "-in", "acme.private/" + name],
                cwd=self.dir,
                capture_output=True,
                check=True,
            ).stdout
            self.assertEqual(pin, "sha256:" + hashlib.sha256(spki).hexdigest())
        who = [(task["by"].split(":")[0], task["object"].split("/")[1]) for task in first["tasks"]]
        self.assertEqual(who.count(("root", "roster")), 2)
        for document in ("policy", "restrictions", "assignments"):
            self.assertEqual(who.count(("p", document)), 2)

    def test_the_spare_root_key_of_a_team_is_shown_once_on_the_terminal_only(self):
        self.write("people.yaml", PEOPLE.replace(", root-3.pub", ""))
        self.refused("TS-1111", 64, *self.new())
        outcome, seen = self.run_on_terminal(self.new(), [])
        self.assertEqual(outcome.code, 0, outcome)
        words = re.search(r"((?:[a-z]+ [a-z]+ [a-z]+ [a-z]+\n){6})", seen).group(1)
        self.assertNotIn(words.split("\n")[0], outcome.out + outcome.err)
        self.write("words", words)
        self.ok("key", "restore", "--words-file", "words", "--passphrase-file", "pw", "--output", "spare")
        pub = self.path("spare.pub").read_text().split()[1]
        roster = json.loads(self.text("roster/1.json"))
        self.assertEqual([key["pub"] for key in roster["root"]["keys"]][2], pub)
        for path in self.path("acme.private").rglob("*"):
            if path.is_file():
                self.assertNotIn(words.split()[0].encode() + b" ", path.read_bytes())
        self.write("wrong", words.replace(words.split()[0], words.split()[1], 1))
        restore = ["key", "restore", "--passphrase-file", "pw", "--output", "x", "--words-file"]
        outcome = self.run_twoseal(*restore, "wrong")
        if outcome.code == 0:  # one in 256
            self.assertNotEqual(self.path("x.pub").read_text().split()[1], pub)

    def test_a_demo_makes_the_keys_of_its_hosts_and_nobody_else_does(self):
        hosts = re.sub(r", keys: .*", "}", HOSTS.replace("\n     tls", " tls").replace("\n     age", " age"))
        self.write("hosts.yaml", hosts)
        self.refused("TS-1106", 64, *self.new("--make-host-keys"), says="demo only")
        self.refused("TS-1007", 65, *self.new(profile="demo"), says="keys")
        self.ok(*self.new("--make-host-keys", profile="demo"))
        made = {p.name for p in self.path("acme.private/host-web-01").iterdir()}
        self.assertEqual(made, {"identity", "tls.key", "age.key"})
        self.assertTrue(json.loads(self.text("roster/1.json"))["demo"])
        shown = subprocess.run(
            ["ssh-keygen", "-y", "-f", "acme.private/host-web-01/identity"],
            cwd=self.dir,
            capture_output=True,
            check=True,
            text=True,
        ).stdout.split()[1]
        host = hashlib.sha256(base64.b64decode(shown)).hexdigest()[:32]
        assignment = json.loads(self.text(f"assignments/{host}/1.json"))
        self.assertEqual(assignment["keys"]["id"], shown)

    def test_what_does_not_fit_is_refused_and_nothing_is_written(self):
        self.refused("TS-1106", 64, "org", "new", "--dir", "acme", says="--domain")
        self.refused("TS-1106", 64, *self.new(profile="company"), says="demo, solo, team")
        self.refused("TS-1106", 64, *[w.replace("acme.example", "Acme") for w in self.new()])
        self.refused("TS-1101", 66, *self.new(people="none.yaml"), says="none.yaml")
        self.write("people.yaml", PEOPLE.replace("roles:", "rolls:", 1))
        self.refused("TS-1007", 65, *self.new(), says="people.yaml:3:")
        self.write("people.yaml", PEOPLE.replace("root-1.pub", "amara.pub"))
        self.refused("TS-1007", 65, *self.new(), says="twice")
        self.write("people.yaml", PEOPLE.replace("engineering-lead", "auditor"))
        self.refused("TS-1003", 65, *self.new(), says="engineering-lead")
        self.write("people.yaml", PEOPLE)
        self.refused("TS-1003", 65, *self.new(profile="solo"), says="one person")
        os.mkdir(self.path("acme"))
        self.refused("TS-1105", 1, *self.new(), says="acme")
        self.path("acme").rmdir()
        self.refused("TS-1106", 64, *self.new("--continue"), says="first run")
        self.refused("TS-1101", 66, "org", "new", "--continue", "--dir", "acme")

    # --- the second run ---

    def test_until_enough_have_signed_the_missing_ones_are_listed_and_nothing_is_written(self):
        tasks = self.ok(*self.new("--json")).json["tasks"]
        before = self.files()
        outcome = self.run_twoseal("org", "new", "--continue", "--dir", "acme")
        self.assertEqual(outcome.code, 8, outcome)
        self.assertIn("pending  R1  roster 1: 0 of 2 signatures", outcome.out)
        for task in tasks:
            self.assertIn(task["command"], outcome.out)
        for task in tasks[:-1]:
            self.do(task)
        outcome = self.run_twoseal("org", "new", "--continue", "--dir", "acme", "--json")
        self.assertEqual(outcome.code, 8, outcome)
        self.assertEqual({one["code"] for one in outcome.json["pending"]}, {"H1"})
        self.assertEqual([task["command"] for task in outcome.json["tasks"]], [tasks[-1]["command"]])
        records = [f"acme/{t['record'].removeprefix('acme/')}" for t in tasks[:-1]]
        self.assertEqual(self.files(), sorted(before + records))

    def test_a_record_by_a_stranger_is_named(self):
        tasks = self.ok(*self.new("--json")).json["tasks"]
        words = ["--act", "sign", "--obj", "acme/policy/1.json", "--by", "p:amara"]
        self.sign("bo", *words, "-o", "acme/statements/forged.json")
        self.refused("TS-1203", 6, "org", "new", "--continue", "--dir", "acme", says="forged.json")
        self.path("acme/statements/forged.json").unlink()
        self.write("acme/statements/junk.json", "{}")
        self.refused("TS-1003", 65, "org", "new", "--continue", "--dir", "acme", says="junk.json")
        self.assertGreater(len(tasks), 6)

    def test_soft_keys_do_not_sign_documents(self):
        self.write("people.yaml", PEOPLE.replace("kind: local-file, pub: bo.pub", "kind: ssh, pub: leo2.pub"))
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "leo2"], cwd=self.dir, check=True)
        first = self.ok(*self.new("--json")).json
        self.assertNotIn("p:bo", {task["by"] for task in first["tasks"]})
        words = ["--act", "sign", "--obj", "acme/policy/1.json", "--by", "p:bo"]
        self.sign("leo2", *words, "-o", "acme/statements/soft.json")
        self.refused("TS-1203", 6, "org", "new", "--continue", "--dir", "acme", says="local")

    def test_the_finished_organisation_is_sound_and_clean(self):
        first = self.make()
        self.assertEqual(json.loads(self.text("fresh.json"))["log"]["size"], 8)
        self.assertTrue(self.path("acme.private/checkpoint-0.txt").read_text().startswith(
            "acme.example/twoseal/log1\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"))
        store = ["--store", "acme.private/ledger.db"]
        self.ok("ledger", "verify", *store, "--vkey", first["vkey"])
        self.assertIn("CLEAN  8 entries", self.ok("ledger", "audit", *store, "--org", first["org"]).out)
        decision = self.run_twoseal("decide", "acme", "--json", "--host", self.host()).json
        self.assertNotIn("refuse", {r["code"] for r in decision["reasons"] if r["step"] <= 7})
        self.assertEqual([r for r in decision["reasons"] if r["step"] <= 7], [])

    def host(self):
        blob = base64.b64decode(self.path("host.pub").read_text().split()[1])
        return "h:" + hashlib.sha256(blob).hexdigest()[:32]

    # --- a change, from its author to the permit ---

    def blob(self, value):
        text = canonical(value)
        self.write("acme/blobs/" + digest_of(text).removeprefix("sha256:"), text)
        return digest_of(text)

    def propose(self, org):
        now = int(time.time())
        token = base64.b64encode(b"t" * 32).decode()
        common = {"org": org, "v": 1}
        state = self.blob({
            **common, "type": "state", "enforce": "report", "scope": "motd",
            "resources": [{"key": "/srv/web/motd", "kind": "file", "want": {"content": "hello", "mode": "0644"}}],
        })
        klass = self.blob({
            **common, "type": "plan-class",
            "class": [{"action": "create", "diff": [{"new": "hello", "node": "content"}], "effects": [],
                       "kind": "file", "res": "file:/srv/web/motd", "risks": []}],
        })
        host = {"base": None, "id": self.host(), "token": token}
        plan = self.blob({**common, "type": "plan", "classes": [{"class": klass, "hosts": [host]}], "state": state})
        self.write("acme/change.json", canonical({
            **common, "type": "change", "apply": state, "author": "p:leo", "components": ["web"], "effects": [],
            "evidence": [], "executor": {"by": "agent"}, "health": [], "kind": "normal", "min_policy": 1,
            "nonce": base64.b64encode(os.urandom(16)).decode(),
            "phases": [{"gate": {"failed_max": 0, "kind": "auto"}, "hosts": [self.host()], "name": "all", "soak": 0}],
            "plan": plan, "requires": [], "risks": [],
            "rollback": {"auto_on": ["health"], "kind": "restore", "within": 86400},
            "scope": "motd", "secrets": [], "summary": "Greet", "title": "Greeting", "use": "once", "why": "asked for",
            "targets": {"hosts": [{"id": self.host(), "name": "web-01"}]},
            "window": {"not_after": now + 3600, "not_before": now - 60},
        }))
        self.write("acme/inputs.json", canonical({
            "clock": now, "floor": 0, "host": self.host(), "org": org, "own_plan": {"class": klass, "token": token}}))

    def approve(self, name, *words, act="approve", obj="acme/change.json"):
        record = f"acme/statements/{act}-{name}.json"
        self.sign(name, "--act", act, "--obj", obj, "--by", "p:" + name, *words, "-o", record)
        statement = base64.b64decode(json.loads(self.path(record).read_text())["stmt"]).decode()
        return digest_of(statement)

    def approved(self):
        """The statements of the author and of two others who approve, as digests."""
        return [
            self.approve("leo", act="author"),
            self.approve("amara", "--role", "security-lead"),
            self.approve("dana", "--role", "engineering-lead"),
        ]

    def release(self, org, statements):
        change = digest_of(self.text("change.json"))
        release = {
            "change": change, "nonce": base64.b64encode(os.urandom(16)).decode(), "org": org, "phase": "all",
            "stmts": sorted(statements), "type": "release", "v": 1,
        }
        name = "acme/blobs/" + self.blob(release).removeprefix("sha256:")
        self.approve("bo", act="release", obj=name)

    def go_on(self):
        self.ok("org", "new", "--continue", "--dir", "acme")

    def test_a_change_is_refused_until_two_others_approve_and_it_is_released(self):
        org = self.make()["org"]
        self.propose(org)
        statements = [self.approve("leo", act="author")]
        statements.append(self.approve("amara", "--role", "security-lead"))
        self.go_on()
        self.release(org, statements)
        self.go_on()
        outcome = self.run_twoseal("decide", "acme")
        self.assertEqual(outcome.code, 5, outcome)
        self.assertTrue(outcome.out.startswith("refuse S3\n"), outcome)
        self.assertIn("engineering-lead", outcome.out)

    def test_a_change_that_two_others_approved_is_permitted(self):
        first = self.make()
        self.propose(first["org"])
        statements = self.approved()
        self.go_on()
        self.release(first["org"], statements)
        self.go_on()
        outcome = self.ok("decide", "acme")
        self.assertTrue(outcome.out.startswith("permit\n"), outcome)
        for statement in statements[1:]:
            self.assertIn(statement, outcome.out)
        self.go_on()
        self.ok("decide", "acme")
        store = ["--store", "acme.private/ledger.db"]
        self.assertIn("CLEAN  12 entries", self.ok("ledger", "audit", *store, "--org", first["org"]).out)
        self.ok("evidence", "pack", "acme", "-o", "acme.evidence")
        self.assertIn("VALID", self.ok("verify", "acme.evidence", "--org", first["org"]).out)

    def test_what_a_host_says_is_recorded_and_audited_with_the_key_that_its_id_names(self):
        first = self.make()
        self.write("result.json", canonical({
            "at": int(time.time()), "change": digest_of("a change"), "host": self.host(),
            "nonce": base64.b64encode(os.urandom(16)).decode(), "org": first["org"], "outcome": "refused:S5", "phase": "all",
            "type": "result", "v": 1,
        }))
        sign = ["sign", "--act", "sign", "--obj", "result.json", "--by", self.host(), "--dir", "acme"]
        self.ok(*sign, "--key", "host", "-o", "record.json")
        store = ["--store", "acme.private/ledger.db"]
        append = ["ledger", "append", *store, "--key", "acme.private/log.key", "--with", "result.json", "record.json"]
        self.refused("TS-3007", 66, *append, says="the assignment of its host is not here")
        folder = "acme/assignments/" + self.host().removeprefix("h:")
        # Somebody else's key in an assignment that names this host does not make him this host.
        forged = json.loads(self.path(folder + "/1.json").read_text())
        forged["keys"]["id"] = self.path("leo.pub").read_text().split()[1]
        self.write("forged.json", canonical(forged))
        self.refused("TS-1203", 6, *append, "--with", "forged.json", says="not by the key of its host")
        self.ok(*append, "--with", folder + "/1.json")
        audit = self.ok("ledger", "audit", *store, "--org", first["org"], "--json").json
        self.assertEqual((audit["by_hosts"], audit["problem_count"]), (1, 0))

    def carried_out(self, org, outcome="ok"):
        self.write("result.json", canonical({
            "at": int(time.time()), "change": digest_of(self.text("change.json")), "host": self.host(),
            "nonce": base64.b64encode(os.urandom(16)).decode(), "org": org, "outcome": outcome, "phase": "all",
            "type": "result", "v": 1,
        }))
        sign = ["sign", "--act", "sign", "--obj", "result.json", "--by", self.host(), "--dir", "acme"]
        record = f"record-{os.urandom(4).hex()}.json"
        self.ok(*sign, "--key", "host", "-o", record)
        self.ok("ledger", "append", "--store", "acme.private/ledger.db", "--key", "acme.private/log.key",
                "--with", "acme", "--with", "result.json", record)
        return self.run_twoseal("ledger", "audit", "--store", "acme.private/ledger.db", "--org", org)

    def test_an_audit_decides_again_what_a_host_carried_out(self):
        org = self.make()["org"]
        self.propose(org)
        self.approved()
        self.go_on()
        early = self.carried_out(org)
        self.assertEqual(early.code, 6, early)
        self.assertIn("carried out what the rules did not allow: S5: no executor has released phase all", early.out)

    def test_an_audit_agrees_with_the_host_that_carried_out_what_was_permitted(self):
        org = self.make()["org"]
        self.propose(org)
        statements = self.approved()
        self.go_on()
        self.release(org, statements)
        self.go_on()
        done = self.carried_out(org)
        self.assertEqual(done.code, 0, done)
        self.assertIn("CLEAN  13 entries", done.out)
        again = self.carried_out(org)
        self.assertIn("W2: the change ran here before", again.out)

    def test_what_an_audit_will_ask_for_comes_with_the_record(self):
        org = self.make()["org"]
        self.propose(org)
        self.approve("leo", act="author")
        append = ["ledger", "append", "--store", "acme.private/ledger.db", "--key", "acme.private/log.key"]
        author = "acme/statements/author-leo.json"
        self.refused("TS-3007", 66, *append, "--with", "acme/change.json", author, says="add --with FILE")
        self.ok(*append, "--with", "acme", author)


if __name__ == "__main__":
    unittest.main()
