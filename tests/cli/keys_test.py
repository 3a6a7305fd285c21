"""Keys that others hold: ssh-keygen, ssh-agent, security keys, and signatures made by hand."""

import base64
import json
import os
import struct
import subprocess
import unittest

from support import CLEAN, CommandTest

# Stands in for ssh-keygen with a security key: the format of PROTOCOL.u2f, signed by openssl.
SECURITY_KEY = r"""#!/usr/bin/env python3
import base64, hashlib, os, struct, subprocess, sys
here = os.path.dirname(os.path.abspath(__file__))
string = lambda octets: struct.pack(">I", len(octets)) + octets
assert sys.argv[1:3] == ["-Y", "sign"], sys.argv
open(os.path.join(here, "agent"), "w").write(os.environ.get("SSH_AUTH_SOCK", "none"))
space = string(sys.argv[sys.argv.index("-n") + 1].encode())
application = open(os.path.join(here, "application")).read().encode()
point = open(os.path.join(here, "point"), "rb").read()
kind = string(b"sk-ssh-ed25519@openssh.com")
public = kind + string(point) + string(application)
digest = string(hashlib.sha512(sys.stdin.buffer.read()).digest())
data = b"SSHSIG" + space + string(b"") + string(b"sha512") + digest
tail = b"\x05" + struct.pack(">I", 7)
signed = hashlib.sha256(application).digest() + tail + hashlib.sha256(data).digest()
open(os.path.join(here, "signed"), "wb").write(signed)
signature = subprocess.run(
    ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", "key.pem", "-in", "signed"],
    cwd=here, check=True, capture_output=True).stdout
inner = kind + string(signature) + tail
blob = b"SSHSIG" + struct.pack(">I", 1) + string(public) + space + string(b"") + string(b"sha512") + string(inner)
text = base64.b64encode(blob).decode()
print("-----BEGIN SSH SIGNATURE-----")
for start in range(0, len(text), 70):
    print(text[start:start + 70])
print("-----END SSH SIGNATURE-----")
"""


class Keys(CommandTest):
    def setUp(self):
        super().setUp()
        self.ok("vectors", "export", "permit-basic", "case", "--quiet")

    def keygen(self, *words):
        return subprocess.run(["ssh-keygen", *words], cwd=self.dir, check=True, capture_output=True, text=True)

    def sign(self, key, *words):
        what = ["--act", "approve", "--obj", "case/change.json", "--by", "p:ada", "--dir", "case"]
        return ["sign", "--key", key, *what, *words]

    def verified_by_keygen(self, record, pub):
        """The record of an approval, checked by ssh-keygen alone."""
        record = json.loads(record)
        self.write("allowed", "p:ada " + " ".join(self.path(pub).read_text().split()[:2]) + "\n")
        self.write("armor", record["armor"])
        subprocess.run(
            ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "p:ada", "-n", "approve.v1@twoseal", "-s", "armor"],
            cwd=self.dir, input=base64.b64decode(record["stmt"]), check=True, capture_output=True,
        )

    # --- no question without leave ---

    def test_a_new_key_without_input_asks_nothing_even_on_a_terminal(self):
        outcome, seen = self.run_on_terminal(["key", "new", "--no-input", "--output", "ada"], [])
        self.assertEqual((outcome.code, seen), (0, ""), outcome)
        self.keygen("-y", "-P", "", "-f", "ada")
        words = ["key", "new", "--local", "--no-input", "--output", "bo"]
        outcome, seen = self.run_on_terminal(words, [])
        self.assertEqual((outcome.code, outcome.error_code, seen), (64, "TS-1106", ""), outcome)
        self.assertFalse(self.path("bo").exists())

    def test_a_key_in_a_directory_that_is_missing_is_refused_before_anything_is_asked(self):
        self.write("file", "")
        for where in ("none/ada", "file/ada"):
            for words in (["key", "new"], ["key", "new", "--local"], ["key", "restore"]):
                with self.subTest(where=where, words=words):
                    self.refused("TS-1109", 1, *words, "--no-input", "--output", where, says=f"\n  {where}  making a file")

    def test_a_protected_key_is_opened_by_ssh_keygen_which_asks(self):
        self.keygen("-q", "-t", "ed25519", "-N", "secret", "-f", "ada")
        outcome, _ = self.run_on_terminal(self.sign("ada"), [(": ", "secret")])
        self.assertEqual(outcome.code, 0, outcome)
        self.verified_by_keygen(outcome.out, "ada.pub")
        outcome, seen = self.run_on_terminal(self.sign("ada", "--no-input"), [])
        self.assertEqual((outcome.code, outcome.error_code, seen), (1, "TS-1107", ""), outcome)
        self.assertIn("--no-input", outcome.err)

    def test_looking_at_a_protected_key_asks_nothing(self):
        self.keygen("-q", "-t", "ed25519", "-N", "secret", "-f", "ada")
        self.assertIn("ssh-ed25519", self.ok("key", "show", "ada").out)
        self.path("ada.pub").unlink()
        outcome, seen = self.run_on_terminal(["key", "show", "ada"], [])
        self.assertEqual((outcome.code, outcome.error_code, seen), (65, "TS-1201", ""), outcome)
        self.assertIn(".pub file beside it", outcome.err)

    # --- keys that others hold ---

    def test_a_key_in_an_agent_signs_by_its_public_half(self):
        self.keygen("-q", "-t", "ed25519", "-N", "", "-f", "ada")
        agent = subprocess.Popen(["ssh-agent", "-D", "-a", "agent.sock"], cwd=self.dir, stdout=subprocess.DEVNULL)
        self.addCleanup(agent.wait)
        self.addCleanup(agent.terminate)
        env = {"SSH_AUTH_SOCK": str(self.path("agent.sock"))}
        for _ in range(100):
            if self.path("agent.sock").exists():
                break
            try:
                agent.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
        subprocess.run(["ssh-add", "-q", "ada"], cwd=self.dir, env={**CLEAN, **env}, check=True, stderr=subprocess.DEVNULL)
        self.path("ada").unlink()
        outcome = self.ok(*self.sign("ada.pub", "--no-input"), env=env)
        self.verified_by_keygen(outcome.out, "ada.pub")
        self.refused("TS-1107", 1, *self.sign("ada.pub"), says="ssh-keygen -Y sign")

    def security_key(self, application):
        os.makedirs(self.path("fake"), exist_ok=True)
        self.write("fake/ssh-keygen", SECURITY_KEY)
        self.path("fake/ssh-keygen").chmod(0o755)
        self.write("fake/application", application)
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", "key.pem"], cwd=self.path("fake"), check=True)
        spki = subprocess.run(
            ["openssl", "pkey", "-in", "key.pem", "-pubout", "-outform", "DER"],
            cwd=self.path("fake"), check=True, capture_output=True,
        ).stdout
        self.write("fake/point", spki[-32:])
        string = lambda octets: struct.pack(">I", len(octets)) + octets
        blob = string(b"sk-ssh-ed25519@openssh.com") + string(spki[-32:]) + string(application.encode())
        self.write("sk.pub", "sk-ssh-ed25519@openssh.com " + base64.b64encode(blob).decode() + " ada\n")
        return {"PATH": f"{self.path('fake')}:{CLEAN['PATH']}", "SSH_AUTH_SOCK": "/nowhere"}

    def test_a_security_key_signs_through_ssh_keygen(self):
        env = self.security_key("ssh:team")
        outcome = self.ok(*self.sign("sk.pub"), env=env)
        self.verified_by_keygen(outcome.out, "sk.pub")
        self.assertEqual(self.ok("key", "show", "sk.pub", "--json").json["display"], "soft")
        self.path("fake/point").write_bytes(b"x" * 32)
        self.refused("TS-1203", 6, *self.sign("sk.pub"), env=env)

    def test_a_security_key_of_ours_never_signs_through_an_agent(self):
        env = self.security_key("ssh:twoseal")
        self.assertEqual(self.ok("key", "show", "sk.pub", "--json").json["display"], "local")
        self.refused("TS-1207", 5, *self.sign("sk.pub"), env=env, says="never through an agent")
        self.assertFalse(self.path("fake/agent").exists())

    # --- by hand ---

    def by_hand(self, space="approve.v1@twoseal"):
        self.keygen("-q", "-t", "ed25519", "-N", "", "-f", "ada")
        self.ok(*self.sign("ada", "--print-statement", "-o", "stmt.json"))
        self.keygen("-q", "-Y", "sign", "-n", space, "-f", "ada", "stmt.json")
        return ["sign", "--key", "ada", "--statement", "stmt.json", "--attach", "stmt.json.sig"]

    def test_a_signature_made_by_ssh_keygen_is_accepted(self):
        attach = self.by_hand()
        self.verified_by_keygen(self.ok(*attach).out, "ada.pub")

    def test_a_signature_for_another_purpose_or_by_another_key_is_not_attached(self):
        for space in ("git", "reject.v1@twoseal", "approve.v2@twoseal"):
            with self.subTest(space):
                attach = self.by_hand(space)
                self.refused("TS-1203", 6, *attach)
                for name in ("ada", "ada.pub", "stmt.json", "stmt.json.sig"):
                    self.path(name).unlink()
        attach = self.by_hand()
        self.keygen("-q", "-t", "ed25519", "-N", "", "-f", "bo")
        attach[2] = "bo"
        self.refused("TS-1203", 6, *attach)
        attach[2] = "ada"
        self.write("stmt.json", self.path("stmt.json").read_text().replace("p:ada", "p:bob"))
        self.refused("TS-1203", 6, *attach)
        self.write("stmt.json.sig", "nonsense\n")
        self.refused("TS-1204", 6, *attach)
        self.refused("TS-1106", 64, "sign", "--key", "ada", "--attach", "stmt.json.sig", says="--statement")

    # --- keys that are refused ---

    def test_other_kinds_of_keys_are_refused_with_their_file(self):
        self.keygen("-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", "rsa")
        self.keygen("-q", "-t", "ecdsa", "-b", "384", "-N", "", "-f", "p384")
        self.keygen("-q", "-t", "ed25519", "-N", "", "-f", "ca")
        self.keygen("-q", "-t", "ed25519", "-N", "", "-f", "ada")
        self.keygen("-q", "-s", "ca", "-I", "ada", "-n", "ada", "ada.pub")
        for name in ("rsa", "rsa.pub", "p384", "p384.pub", "ada-cert.pub"):
            with self.subTest(name):
                self.refused("TS-1201", 65, "key", "show", name, says=name)
                self.refused("TS-1201", 65, *self.sign(name, "-o", "out.json"), says=name)

    def test_a_wrong_passphrase_signs_nothing(self):
        self.write("right", "correct horse\n")
        self.write("wrong", "correct house\n")
        self.ok("key", "new", "--local", "--output", "ada", "--passphrase-file", "right")
        self.refused("TS-1205", 5, *self.sign("ada", "--passphrase-file", "wrong", "-o", "out.json"), says="ada")
        self.ok(*self.sign("ada", "--passphrase-file", "right", "-o", "out.json"))


if __name__ == "__main__":
    unittest.main()
