"""twoseal apply: a state brought to a private directory without any signature, and nowhere else."""

import hashlib
import os
import unittest

from support import CommandTest, canonical

ORG = "sha256:" + "0" * 64


class Apply(CommandTest):
    def setUp(self):
        super().setUp()
        self.top = str(self.dir.resolve() / "private")
        os.makedirs(f"{self.top}/etc")
        os.chmod(self.top, 0o700)

    def state(self, *resources):
        state = {"enforce": "report", "org": ORG, "resources": list(resources), "scope": "try", "type": "state", "v": 1}
        return self.write("state.json", canonical(state))

    def refuses(self, outcome, error_code, code):
        self.assertEqual((outcome.error_code, outcome.code), (error_code, code), outcome)
        self.assertIn("\n  next  ", outcome.err)

    def file(self, path, **want):
        return {"key": path, "kind": "file", "want": want}

    def apply(self, *resources, top=None):
        self.state(*resources)
        return self.run_twoseal("apply", "--local-state", "state.json", "--unsigned-dir", top or self.top)

    def test_a_state_is_brought_about_once(self):
        wanted = self.file(f"{self.top}/etc/motd", content="hello\n", mode="0640")
        self.assertEqual(self.apply(wanted).out, "1 resources, 1 changed\n")
        self.assertEqual(self.apply(wanted).out, "1 resources, 0 changed\n")
        self.assertEqual(os.stat(f"{self.top}/etc/motd").st_mode & 0o777, 0o640)

    def test_content_beside_the_state_is_taken_by_its_digest_alone(self):
        digest = hashlib.sha256(b"hello\n").hexdigest()
        wanted = self.file(f"{self.top}/etc/motd", source=f"sha256:{digest}")
        self.refuses(self.apply(wanted), "TS-1101", 66)
        self.write(digest, "other\n")
        self.refuses(self.apply(wanted), "TS-2104", 6)
        self.path(digest).write_text("hello\n")
        self.assertEqual(self.apply(wanted).out, "1 resources, 1 changed\n")

    def test_nothing_outside_the_directory_is_touched(self):
        for path in ("/etc/motd", f"{self.top}/../motd", f"{self.top}x/motd", self.top):
            with self.subTest(path=path):
                outcome = self.apply(self.file(path, content="hello\n"))
                self.assertEqual(outcome.code, 65, outcome)

    def test_no_link_is_followed_out_of_it(self):
        os.makedirs(self.dir / "elsewhere")
        os.symlink(self.dir.resolve() / "elsewhere", f"{self.top}/way-out")
        self.refuses(self.apply(self.file(f"{self.top}/way-out/motd", content="x\n")), "TS-4001", 5)
        self.assertEqual(os.listdir(self.dir / "elsewhere"), [])

    def test_nothing_is_run(self):
        command = {"key": f"{self.top}/x", "kind": "command", "want": {"argv": ["/bin/true"]}}
        self.assertEqual(self.apply(command).code, 65)

    def test_a_directory_that_others_may_enter_is_refused(self):
        os.chmod(self.top, 0o755)
        self.refuses(self.apply(self.file(f"{self.top}/etc/motd", content="x\n")), "TS-4001", 5)
        self.refuses(self.apply(top=f"{self.top}/nothing"), "TS-1106", 64)


if __name__ == "__main__":
    unittest.main(verbosity=2)
