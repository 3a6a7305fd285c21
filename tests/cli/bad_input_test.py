"""Bad input from outside: a clear error with code and place, its exit, and nothing written."""

import os
import subprocess
import unittest

from support import BINARY, CommandTest

NOT_CANONICAL = {
    "space": b'{"a": 1}',
    "line end": b'{"a":1}\n',
    "order": b'{"b":1,"a":2}',
    "twice": b'{"a":1,"a":2}',
    "fraction": b'{"a":1.0}',
    "exponent": b'{"a":1e3}',
    "2^53": b'{"a":9007199254740992}',
    "minus zero": b'{"a":-0}',
    "leading zero": b'{"a":01}',
    "plus": b'{"a":+1}',
    "needless escape": b'{"a":"\\u0041"}',
    "slash escape": b'{"a":"\\/"}',
    "escape in capitals": b'{"a":"\\u001F"}',
    "forbidden control": b'{"a":"\\u0001"}',
    "raw control": b'{"a":"\x01"}',
    "delete": b'{"a":"\x7f"}',
    "lone surrogate": b'{"a":"\\ud800"}',
    "surrogate in UTF-8": b'{"a":"\xed\xa0\x80"}',
    "noncharacter": b'{"a":"\xef\xbf\xbf"}',
    "bad UTF-8": b'{"a":"\xff"}',
    "overlong": b'{"a":"\xc0\xaf"}',
    "byte order mark": b'\xef\xbb\xbf{"a":1}',
    "key in capitals": b'{"A":1}',
    "empty key": b'{"":1}',
    "trailing comma": b'{"a":1,}',
    "comment": b'{"a":1}//',
    "two values": b"{}{}",
    "truncated": b'{"a":[1,2',
    "word": b'{"a":nil}',
    "empty": b"",
    "depth 33": b'{"a":' * 32 + b"{}" + b"}" * 32,
    "binary": bytes(range(256)),
}


class BadInput(CommandTest):
    def test_json_that_is_not_canonical_is_refused_at_its_byte(self):
        for name, content in NOT_CANONICAL.items():
            with self.subTest(name):
                self.write("bad.json", content)
                self.refused("TS-1001", 65, "canon", "bad.json", says="byte ")

    def test_json_at_the_limits_is_accepted(self):
        for content in (b'{"a":' * 31 + b"{}" + b"}" * 31, b'{"a":9007199254740991}', b"{}"):
            self.write("good.json", content)
            self.ok("canon", "good.json")

    def test_sixteen_mebibytes_are_accepted_and_one_byte_more_is_not(self):
        limit = 16 * 1024 * 1024
        self.write("full.json", b'{"a":"' + b"x" * (limit - 8) + b'"}')
        self.ok("canon", "full.json")
        self.write("over.json", b'{"a":"' + b"x" * (limit - 7) + b'"}')
        self.refused("TS-1002", 65, "canon", "over.json", says=str(limit))

    def test_a_sparse_gigabyte_is_refused_by_every_reader(self):
        self.write("big", b"")
        os.truncate(self.path("big"), 1_000_000_000)
        for words in (["canon"], ["digest"], ["words"], ["key", "show"], ["verify"]):
            with self.subTest(words):
                self.refused("TS-1002", 65, *words, "big", says="big")

    def test_what_is_no_regular_file_is_refused_without_waiting(self):
        os.mkdir(self.path("dir"))
        os.mkfifo(self.path("fifo"))
        for name, kind in (("dir", "directory"), ("fifo", "named pipe"), ("/dev/zero", "device")):
            for words in (["canon"], ["digest"], ["key", "show"], ["verify"]):
                with self.subTest(name=name, words=words):
                    self.refused("TS-1102", 66, *words, name, says=kind)

    def test_a_missing_file_is_named(self):
        for words in (["canon"], ["digest"], ["words"], ["key", "show"], ["verify"], ["decide"]):
            outcome = self.refused("TS-1101", 66, *words, "none")
            self.assertIn("none", outcome.err)

    def test_an_unreadable_file_is_permission_denied(self):
        self.write("secret.json", "{}")
        self.path("secret.json").chmod(0)
        self.refused("TS-1108", 77, "canon", "secret.json", says="secret.json", **self.without_privileges())

    def test_file_names_from_outside_cannot_steer_the_terminal(self):
        name = "evil\x1b[2J\u202e\n.json"
        outcome = self.run_twoseal("canon", name)
        self.assertNotIn("\x1b", outcome.err)
        self.assertIn("evil\\u{1b}[2J\\u{202e}\\n.json", outcome.err)

    def test_a_closed_or_full_standard_output_is_told(self):
        self.write("a", "{}")
        self.refused("TS-1110", 1, "digest", "a", preexec_fn=lambda: os.close(1))
        with open("/dev/full", "wb") as full:
            self.refused("TS-1104", 75, "digest", "a", stdout=full)
        reader, writer = os.pipe()
        os.close(reader)
        self.refused("TS-1110", 1, "digest", "a", stdout=writer)
        os.close(writer)

    def test_every_standard_descriptor_may_be_closed(self):
        self.write("a", "{}")

        def close_all():
            for descriptor in (0, 1, 2):
                os.close(descriptor)

        outcome = self.run_twoseal("digest", "a", preexec_fn=close_all)
        self.assertEqual(outcome.code, 1)
        self.assertEqual(self.path("a").read_text(), "{}")

    def test_a_quota_that_is_reached_is_an_error_and_leaves_nothing_half_written(self):
        self.write("a", "{}")
        limited = 'ulimit -f 8; exec "$@"'
        done = subprocess.run(
            ["bash", "-c", limited, "-", BINARY, "man", "--markdown", "-o", "out"],
            cwd=self.dir,
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.returncode, 1, done)
        self.assertIn("error TS-1103", done.stderr)
        self.assertEqual(self.files(), ["a"])

    @unittest.skipUnless(os.geteuid() == 0, "only root can mount a small disk")
    def test_a_really_full_disk(self):
        os.mkdir(self.path("disk"))
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=4k", "twoseal-test", self.path("disk")],
            capture_output=True,
        )
        if mounted.returncode != 0:
            self.skipTest("mounting is not permitted here")
        self.addCleanup(lambda: subprocess.run(["umount", self.path("disk")], check=True))
        self.refused("TS-1104", 75, "man", "--markdown", "-o", "disk/out", says="disk/out")

    def test_output_is_never_a_device_or_link(self):
        self.write("a", "{}")
        os.symlink("a", self.path("link"))
        self.refused("TS-1105", 1, "digest", "a", "-o", "link")
        self.refused("TS-1105", 1, "digest", "a", "-o", "/dev/full")
        self.assertEqual(self.path("a").read_text(), "{}")


if __name__ == "__main__":
    unittest.main()
