"""twoseal canon --compile: what people write in YAML, compiled for an organisation that exists."""

import base64
import hashlib
import json
import shutil
import subprocess
import unittest

from support import CommandTest, canonical

PEOPLE = """
people:
  - {id: amara, roles: [security-officer, security-lead, it-manager], keys: [{kind: ssh, pub: amara.pub}]}
  - {id: bo, roles: [engineering-lead, executor], keys: [{kind: ssh, pub: bo.pub}]}
  - {id: dana, roles: [devops-lead, executor], keys: [{kind: ssh, pub: dana.pub}]}
root: {keys: [root.pub]}
components: [{id: web, type: app, owners: [dana], owns: [/srv/web/]}]
"""
HOSTS = """
hosts:
  - {name: web-01, env: prod, data_class: internal, components: [web], labels: {role: web}}
  - {name: web-02, env: prod, data_class: internal, components: [web], labels: {role: web}}
"""
CHANGE = """
change: {type: normal, summary: Greet, justification: asked for, components: [web], rollback: automatic}
targets: role=web
set: [{file: /srv/web/motd, content: hello, mode: "0644"}]
"""
STATE = 'set: [{setting: /etc/ssh/sshd_config, key: MaxAuthTries, value: "4", then: reload ssh}]\n'
ORG = "sha256:" + hashlib.sha256(b"org").hexdigest()


class Compile(CommandTest):
    @classmethod
    def setUpClass(cls):
        maker = cls("make_organisation")
        maker.setUp()
        cls.made = maker.dir
        cls.addClassCleanup(maker.doCleanups)
        maker.make_organisation()

    def make_organisation(self):
        for name in ("amara", "bo", "dana", "root"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name], cwd=self.dir, check=True)
        self.write("people.yaml", PEOPLE)
        self.write("hosts.yaml", HOSTS)
        how = ["--domain", "acme.example", "--people", "people.yaml", "--hosts", "hosts.yaml", "--profile", "demo"]
        first = self.ok("org", "new", "--dir", "acme", *how, "--make-host-keys", "--json").json
        for task in first["tasks"]:
            words = task["command"].split()
            words[words.index("KEY")] = "root" if task["by"].startswith("root:") else task["by"].removeprefix("p:")
            self.ok(*words[1:])
        self.ok("org", "new", "--continue", "--dir", "acme")

    def setUp(self):
        super().setUp()
        if hasattr(self, "made"):
            shutil.copytree(self.made, self.dir, dirs_exist_ok=True)

    def compile(self, *words):
        return ["canon", "--compile", *words]

    def change(self, *words):
        self.write("motd.yaml", CHANGE)
        return self.compile("motd.yaml", "--author", "p:leo", "--dir", "acme", *words)

    # --- a state ---

    def test_a_state_has_the_bytes_of_its_page(self):
        self.write("web-ssh.yaml", STATE)
        outcome = self.ok(*self.compile("web-ssh.yaml", "--org", ORG))
        digest = hashlib.sha256(outcome.out.encode()).hexdigest()
        self.assertEqual(digest, "7b388cbeccf77812e32d68f4fe382f44260e7a67c80d97e4766d869608ead772")
        self.ok(*self.compile("web-ssh.yaml", "--org", ORG, "-o", "state.json"))
        self.assertEqual(self.path("state.json").read_text(), outcome.out)
        self.ok("canon", "state.json")
        self.refused("TS-1105", 1, *self.compile("web-ssh.yaml", "--org", ORG, "-o", "state.json"))
        fields = self.ok(*self.compile("web-ssh.yaml", "--org", ORG, "--json")).json
        self.assertEqual(fields["digest"], "sha256:" + digest)

    def test_a_fault_is_told_with_line_and_column(self):
        for text, says in (
            (STATE.replace("value", "valeu"), "did you mean 'value'"),
            (STATE.replace("set:", "sets:"), "--kind"),
            (STATE.replace('"4"', "&a 4"), "web-ssh.yaml:1:"),
            ("set:\t[]\n", "web-ssh.yaml:1:5"),
            ("set: [\n", "web-ssh.yaml:"),
        ):
            with self.subTest(text):
                self.write("web-ssh.yaml", text)
                outcome = self.run_twoseal(*self.compile("web-ssh.yaml", "--org", ORG, "-o", "out"))
                self.assertIn(says, outcome.err)
                self.assertEqual(outcome.code, 64 if says == "--kind" else 65, outcome)
                self.assertFalse(self.path("out").exists())
        self.write("web-ssh.yaml", STATE)
        self.refused("TS-1106", 64, *self.compile("web-ssh.yaml"), says="--dir or --org")
        self.refused("TS-1106", 64, *self.compile("web-ssh.yaml", "--org", ORG, "--kind", "stat"), says="use one of")
        self.refused("TS-1006", 65, *self.compile("web-ssh.yaml", "--org", "57b5"))
        self.refused("TS-1106", 64, *self.compile("web-ssh.yaml", "--org", ORG, "--at", "now"), says="--at")
        self.refused("TS-1101", 66, *self.compile("none.yaml", "--org", ORG))
        self.refused("TS-1106", 64, "canon", "web-ssh.yaml", "--org", ORG, says="--org goes with --compile")

    # --- a change ---

    def test_a_change_comes_with_all_that_it_names(self):
        outcome = self.ok(*self.change("--simulate", "--into", "acme", "--json"))
        change = json.loads(self.path("acme/change.json").read_text())
        self.assertEqual(sorted(host["name"] for host in change["targets"]["hosts"]), ["web-01", "web-02"])
        self.assertEqual((change["author"], change["min_policy"], change["use"]), ("p:leo", 1, "once"))
        for name in (change["apply"], change["plan"]):
            blob = self.path("acme/blobs/" + name.removeprefix("sha256:")).read_bytes()
            self.assertEqual("sha256:" + hashlib.sha256(blob).hexdigest(), name)
        plan = json.loads(self.path("acme/blobs/" + change["plan"].removeprefix("sha256:")).read_text())
        self.assertEqual(plan["state"], change["apply"])
        self.assertIn("change.json", [one["path"] for one in outcome.json["files"]])
        self.refused("TS-1105", 1, *self.change("--simulate", "--into", "acme"), says="change.json")

    def test_a_change_alone_goes_to_standard_output(self):
        self.ok(*self.change("--simulate", "--into", "other"))
        plan = json.loads(self.path("other/change.json").read_text())["plan"].removeprefix("sha256:")
        outcome = self.ok(*self.change("--plan", "other/blobs/" + plan, "--at", "1795420800"))
        self.assertEqual(json.loads(outcome.out)["window"]["not_before"], 1795420800)
        self.assertEqual(canonical(json.loads(outcome.out)), outcome.out)
        self.assertIn("--into DIR", outcome.err)

    def test_what_a_change_needs_is_asked_for(self):
        self.refused("TS-1106", 64, *self.change(), says="--plan FILE")
        self.refused("TS-1106", 64, *self.compile("motd.yaml", "--dir", "acme", "--simulate"), says="--author")
        self.refused("TS-1106", 64, *self.compile("motd.yaml", "--author", "p:leo"), says="--dir is required")
        self.write("plan.json", "{}")
        self.refused("TS-1003", 65, *self.change("--plan", "plan.json"), says="plan.json")
        self.refused("TS-1101", 66, *self.compile("motd.yaml", "--author", "p:leo", "--dir", "none"))
        self.write("motd.yaml", CHANGE.replace("role=web", "role=db"))
        words = self.compile("motd.yaml", "--author", "p:leo", "--dir", "acme", "--simulate")
        self.refused("TS-1007", 65, *words, says="motd.yaml:3:")

    # --- the next version of a document ---

    def test_the_next_roster_follows_the_one_that_is_held(self):
        first = self.path("acme/roster/1.json").read_bytes()
        self.write("people.yaml", PEOPLE.replace("roles: [devops-lead,", "roles: [devops-lead, auditor,"))
        self.ok(*self.compile("people.yaml", "--dir", "acme", "--into", "acme"))
        roster = json.loads(self.path("acme/roster/2.json").read_text())
        digest = "sha256:" + hashlib.sha256(first).hexdigest()
        self.assertEqual((roster["version"], roster["prev"], roster["org"]), (2, digest, digest))
        self.assertEqual(roster["log"], json.loads(first)["log"])
        self.write("people.yaml", PEOPLE.replace("roles:", "rolls:", 1))
        self.refused("TS-1007", 65, *self.compile("people.yaml", "--dir", "acme"), says="people.yaml:3:")
        self.refused("TS-1106", 64, *self.compile("people.yaml"), says="org new")

    def test_policy_and_restrictions_come_together(self):
        self.write("policy.yaml", "freezes:\n  - {id: year-end, envs: [prod], from: 2026-12-20T00:00:00Z, to: 2027-01-06T00:00:00Z}\n")
        self.refused("TS-1106", 64, *self.compile("policy.yaml", "--dir", "acme"), says="--into DIR")
        self.ok(*self.compile("policy.yaml", "--dir", "acme", "--into", "acme"))
        for name in ("policy", "restrictions"):
            prev = "sha256:" + hashlib.sha256(self.path(f"acme/{name}/1.json").read_bytes()).hexdigest()
            self.assertEqual(json.loads(self.path(f"acme/{name}/2.json").read_text())["prev"], prev)

    def test_a_host_that_changes_gets_the_next_assignment(self):
        self.write("hosts.yaml", HOSTS.replace("role: web}", "role: web, site: graz}", 1))
        self.ok(*self.compile("hosts.yaml", "--dir", "acme", "--into", "acme"))
        versions = sorted(path.name for path in self.path("acme/assignments").glob("*/[0-9]*.json"))
        self.assertEqual(versions, ["1.json", "1.json", "2.json"])

    # --- the release ---

    def test_a_release_names_what_was_signed(self):
        self.refused("TS-1101", 66, "change", "release", "--dir", "acme", says="change.json")
        self.ok(*self.change("--simulate", "--into", "acme"))
        words = ["--obj", "acme/change.json", "--dir", "acme"]
        self.ok("sign", "--act", "approve", "--by", "p:bo", "--key", "bo", *words, "-o", "acme/statements/bo.json")
        made = self.ok("change", "release", "--dir", "acme", "--json").json
        release = json.loads(self.path(made["file"]).read_text())
        record = json.loads(self.path("acme/statements/bo.json").read_text())
        statement = "sha256:" + hashlib.sha256(base64.b64decode(record["stmt"])).hexdigest()
        self.assertEqual((release["phase"], release["stmts"]), ("all", [statement]))
        self.refused("TS-1106", 64, "change", "release", "--dir", "acme", "--phase", "canary", says="phases are: all")

    # --- the host that a directory decides for ---

    def test_a_directory_is_told_its_host_by_name_or_id(self):
        self.ok("org", "new", "--continue", "--dir", "acme", "--host", "web-02")
        host = json.loads(self.path("acme/inputs.json").read_text())["host"]
        assignment = json.loads(self.path(f"acme/assignments/{host.removeprefix('h:')}/1.json").read_text())
        self.assertEqual(assignment["name"], "web-02")
        self.ok("org", "new", "--continue", "--dir", "acme")
        self.assertEqual(json.loads(self.path("acme/inputs.json").read_text())["host"], host)
        self.refused("TS-1106", 64, "org", "new", "--continue", "--dir", "acme", "--host", "db-01", says="db-01")
        self.refused("TS-1106", 64, "org", "new", "--dir", "new", "--host", "web-01", says="--continue")


if __name__ == "__main__":
    unittest.main()
