"""tools/check_vectors.sh: it agrees with honest vectors, and names each one that somebody touched."""

import base64
import json
import shutil
import subprocess
import unittest

from support import ROOT, CommandTest, canonical

CHECK = ROOT / "tools/check_vectors.sh"


def other(text, place):
    """The text with another letter of base64 or hexadecimal at this place."""
    return text[:place] + ("b" if text[place] != "b" else "c") + text[place + 1 :]


class ShellCheck(CommandTest):
    def check(self, *words):
        return subprocess.run(
            [CHECK, *words], cwd=self.dir, capture_output=True, text=True, check=False, timeout=200
        )

    def export(self, case, name):
        self.ok("vectors", "export", case, "v/" + name, "--quiet")

    def edit(self, path, change):
        """Rewrites a canonical JSON file after change(its value)."""
        value = json.loads(self.path(path).read_text())
        change(value)
        self.path(path).write_text(canonical(value))

    def test_honest_vectors_agree_and_touched_ones_are_named(self):
        self.path("v").mkdir()
        for case in ("permit-basic", "permit-passkey-p256", "permit-sk-p256", "s2-signed-by-another-key"):
            self.export(case, case)
        done = self.check("v")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.stdout.splitlines()[-1], "4 vectors, 4 agree, 0 not judged by shell")

        touched = {}

        def touch(name, code, file, change, case="permit-basic"):
            self.export(case, name)
            found = sorted(self.path("v/" + name).glob(file))[0]
            if isinstance(change, bytes):
                found.write_bytes(change)
            else:
                self.edit(f"v/{name}/{found.relative_to(self.path('v/' + name))}", change)
            touched[name] = code

        def armor(record):
            record["armor"] = other(record["armor"], 250)

        def statement(record):
            text = base64.b64decode(record["stmt"]).decode().replace('"role":"security-lead"', '"role":"executive"')
            record["stmt"] = base64.b64encode(text.encode()).decode()

        def path(proof):
            proof["path"][0] = other(proof["path"][0], 20)

        touch("signature-of-approval", "S3", "statements/security.json", armor)
        touch("words-of-approval", "S3", "statements/security.json", statement)
        touch("signature-of-author", "S1", "statements/author.json", armor)
        touch("signature-of-release", "S5", "statements/release.json", armor)
        touch("signature-of-root", "R1", "statements/root-1.json", armor)
        touch("signature-of-time", "F1", "statements/fresh.json", armor)
        touch("signature-of-policy", "P1", "statements/policy-amara.json", armor)
        touch("signature-of-restrictions", "P1", "statements/restrictions-dana.json", armor)
        touch("blob", "C1", "blobs/*", b"{}")
        touch("change", "S1", "change.json", lambda change: change.update(summary="Greet attackers"))
        touch("roster", "B2", "roster/1.json", lambda roster: roster["root"].update(threshold=1))
        touch("fresh", "F1", "fresh.json", lambda fresh: fresh.update(ttl=604800))
        touch("growth", "L3", "proofs/consistency-*", path)
        touch("unknown-file", "B1", "state.json", lambda _: self.write("v/unknown-file/hello.json", "{}"))
        for folder in self.path("v/permit-basic/assignments").iterdir():
            if folder.name in self.path("v/permit-basic/inputs.json").read_text():
                mine = "assignments/" + folder.name
        touch("batch", "H1", mine + "/batch-proof.json", path)
        touch("current", "H1", mine + "/root-proof.json", path)
        touch("assignment", "H1", mine + "/1.json", lambda one: one.update(data_class="public"))
        self.export("permit-basic", "entry")
        for proof in self.path("v/entry/proofs").glob("[0-9a-f]*"):
            entry = base64.b64decode(json.loads(proof.read_text()).get("entry", ""))
            if b'"ev":"released"' in entry:
                self.edit("v/entry/proofs/" + proof.name, path)
        touched["entry"] = "S5"
        self.export("permit-basic", "checkpoint")
        note = self.path("v/checkpoint/checkpoint.txt")
        lines = note.read_text().splitlines()
        lines[4] = other(lines[4], 60)
        note.write_text("\n".join(lines) + "\n")
        touched["checkpoint"] = "L1"
        case = "permit-passkey-p256"
        for name, field in (("passkey-signature", "sig"), ("passkey-data", "auth_data"), ("passkey-client", "client_data")):
            self.export(case, name)
            for record in self.path(f"v/{name}/statements").glob("*.json"):
                if '"webauthn"' in record.read_text():
                    change = lambda value: value.update({field: other(value[field], 40)})
                    self.edit(f"v/{name}/statements/{record.name}", change)
            touched[name] = "S3"
        shutil.rmtree(self.path("v/s2-signed-by-another-key"))

        done = self.check("v")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(done.stderr, "")
        named = {line.split(":")[0]: line for line in done.stdout.splitlines() if ": expects " in line}
        self.assertEqual(sorted(named), sorted(touched), done.stdout)
        for name, code in touched.items():
            self.assertIn(f" {code} (", named[name])

    def test_a_wrong_expectation_is_named(self):
        self.path("v").mkdir()
        self.export("s1-no-author", "v1")
        self.write("v/v1/expect.json", '{"code":"","decision":"permit","exit":0}')
        done = self.check("v")
        self.assertEqual(done.returncode, 1)
        self.assertIn("v1: expects permit, but the shell finds S1 (", done.stdout)

    def test_too_few_verdicts_and_no_vectors_fail(self):
        self.path("v").mkdir()
        self.assertEqual(self.check("v").returncode, 1)
        self.export("permit-basic", "one")
        self.assertEqual(self.check("--least", "1", "v").returncode, 0)
        done = self.check("--least", "2", "v")
        self.assertEqual(done.returncode, 1)
        self.assertIn("only 1 vectors got a verdict", done.stdout)


if __name__ == "__main__":
    unittest.main()
