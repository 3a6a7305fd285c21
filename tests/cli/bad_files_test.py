"""Bad YAML, archives and objects against the verbs that read them: code, place, exit, nothing written."""

import io
import json
import os
import shutil
import subprocess
import unittest
import zipfile

from support import BINARY, CLEAN, CommandTest

ORG = "sha256:" + "0" * 64
STATE = "set: [{file: /srv/motd, content: hello}]\n"

BAD_YAML = {
    "tab": ("set:\t[]\n", ":1:5"),
    "carriage return": ("set: []\r\n", ":1:8"),
    "byte order mark": ("\ufeff" + STATE, ":1:1"),
    "anchor": ("set: &a []\n", ":1:6"),
    "alias that expands without bound": (
        "a: &a [x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\nset: [*c, *c]\n", ":1:4"),
    "merge key": ("set: [{<<: {}, file: /a}]\n", ":1:"),
    "tag": ("set: !!python/object []\n", ":1:6"),
    "directive": ("%YAML 1.2\n---\nset: []\n", ":1:1"),
    "two documents": ("set: []\n---\nset: []\n", ":2:"),
    "key twice": ("set: []\nset: []\n", ":2:1"),
    "unknown key": (STATE.replace("content", "contnet"), "did you mean 'content'"),
    "unknown kind": (STATE.replace("file:", "fiel:"), "did you mean 'file'"),
    "open quote": ('set: "abc\n', ":1:"),
    "open list": ("set: [\n", "state.yaml:"),
    "too deep": ("set: " + "[" * 40 + "]" * 40 + "\n", ":1:"),
    "control character": ("set: [\x01]\n", ":1:7"),
    "bad UTF-8": (b"set: [\xff]\n", ":1:7"),
    "binary": (bytes(range(256)), ":1:1"),
    "empty": ("", "state.yaml"),
    "no map": ("hello\n", ":1:1"),
}


class BadYaml(CommandTest):
    compile = ["canon", "--compile", "state.yaml", "--kind", "state", "--org", ORG, "-o", "out.json"]

    def test_each_fault_is_told_with_its_place_and_nothing_is_written(self):
        for name, (text, says) in BAD_YAML.items():
            with self.subTest(name):
                self.write("state.yaml", text)
                self.refused("TS-1007", 65, *self.compile, says=says)

    def test_the_limit_of_four_mebibytes_holds(self):
        self.write("state.yaml", STATE + "#" * (4 * 1024 * 1024))
        self.refused("TS-1002", 65, *self.compile, says="state.yaml")
        self.write("state.yaml", "")
        os.truncate(self.path("state.yaml"), 1_000_000_000)
        self.refused("TS-1002", 65, *self.compile, says="state.yaml")

    def test_what_is_no_regular_file_is_refused_without_waiting(self):
        os.mkdir(self.path("state.yaml"))
        self.refused("TS-1102", 66, *self.compile, says="directory")
        self.path("state.yaml").rmdir()
        os.mkfifo(self.path("state.yaml"))
        self.refused("TS-1102", 66, *self.compile, says="named pipe")
        # What a YAML file names is held to the same.
        self.path("state.yaml").rename(self.path("pipe"))
        self.write("state.yaml", "set: [{file: /srv/motd, source: pipe}]\n")
        self.refused("TS-1007", 65, *self.compile, says="named pipe")

    def test_a_result_that_nobody_can_take_is_told(self):
        self.write("state.yaml", STATE)
        words = self.compile[:-2]
        done = subprocess.run(
            ["sh", "-c", '"$@" >&-', "-", BINARY, *words], cwd=self.dir, env=CLEAN, capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("error TS-1110", done.stderr)
        with open("/dev/full", "wb") as full:
            self.refused("TS-1104", 75, *words, stdout=full)


class BadArchives(CommandTest):
    def setUp(self):
        super().setUp()
        self.ok("vectors", "export", "permit-basic", "case", "--quiet")
        self.ok("evidence", "pack", "case", "-o", "good.zip")

    def invalid(self, data, *says):
        """`verify` ends with 6 or 65, tells why, and leaves nothing behind."""
        self.write("bad.zip", data)
        before = self.files()
        outcome = self.run_twoseal("verify", "bad.zip", "--org", ORG)
        self.assertIn(outcome.code, (6, 65), outcome)
        self.assertTrue("INVALID" in outcome.out or outcome.error_code, outcome)
        for one in says:
            self.assertIn(one, outcome.out + outcome.err)
        self.assertEqual(self.files(), before)

    def repacked(self, how=zipfile.ZIP_STORED, **more):
        """The same members, written by another program, and more of them."""
        out = io.BytesIO()
        with zipfile.ZipFile(self.path("good.zip")) as good, zipfile.ZipFile(out, "w", how) as made:
            for info in good.infolist():
                made.writestr(info.filename, good.read(info))
            for name, content in more.get("add", {}).items():
                made.writestr(name, content)
        return out.getvalue()

    def test_a_truncated_archive(self):
        good = self.path("good.zip").read_bytes()
        for size in (0, 1, 22, 100, len(good) // 2, len(good) - 1):
            with self.subTest(size):
                self.invalid(good[:size])
        self.invalid(good + b"x")

    def test_an_archive_that_unfolds(self):
        self.invalid(self.repacked(zipfile.ZIP_DEFLATED, add={"bomb": b"\0" * 200_000_000}))

    def test_an_archive_that_leaves_its_directory(self):
        for name in ("../evil", "/etc/evil", "case/../../evil", "case\\..\\evil"):
            with self.subTest(name):
                self.invalid(self.repacked(add={name: "x"}))
        self.assertFalse((self.dir.parent / "evil").exists())

    def test_an_archive_by_another_program_or_none_at_all(self):
        self.invalid(self.repacked())
        self.invalid(b"PK\x05\x06" + b"\0" * 18)
        for data in (b"", b"hello", bytes(range(256)) * 100):
            self.write("bad.zip", data)
            outcome = self.refused("TS-1008", 6, "verify", "bad.zip", "--org", ORG, says="\n  bad.zip, byte ")
            self.assertEqual(outcome.out, "")


class BadObjects(CommandTest):
    def setUp(self):
        super().setUp()
        self.ok("vectors", "export", "permit-basic", "case", "--quiet")

    def decided(self, code, exit_code, says):
        outcome = self.run_twoseal("decide", "case")
        self.assertEqual(outcome.code, exit_code, outcome)
        self.assertTrue(outcome.out.startswith(f"refuse {code}\n"), outcome)
        self.assertIn(says, outcome.out)

    def test_an_object_of_any_kind_with_another_spelling_is_refused_by_name(self):
        for name in sorted(str(path.relative_to(self.path("case"))) for path in self.path("case").rglob("*.json")):
            if name in ("expect.json", "inputs.json"):
                continue
            good = self.path("case/" + name).read_bytes()
            for bad in (good + b"\n", good.replace(b":", b": ", 1), b"\xef\xbb\xbf" + good, good[:-1]):
                self.write("case/" + name, bad)
                with self.subTest(name=name, bad=bad[:20]):
                    outcome = self.run_twoseal("decide", "case")
                    self.assertEqual(outcome.code, 6, outcome)
                    self.assertTrue(outcome.out.startswith(("refuse B1\n", "refuse B2\n")), outcome)
                    self.assertIn(name, outcome.out)
            self.write("case/" + name, good)
        self.ok("decide", "case")

    def spoil(self, name, how):
        """Puts something in the place of a file of the case that cannot be read as one."""
        path = self.path("case/" + name)
        content = path.read_bytes()
        path.unlink()
        if how == "pipe":
            os.mkfifo(path)
        elif how == "link":
            path.symlink_to(self.path(self.write("elsewhere", content)))
        else:
            path.write_bytes(content)
            os.truncate(path, 100_000_000)

    def test_what_cannot_be_read_as_a_file_is_told_as_what_it_is(self):
        says = {
            "pipe": "is a named pipe, not a regular file",
            "link": "is a symbolic link, not a regular file",
            "long": "is larger than 16777216 bytes",
        }
        blob = next(self.path("case/blobs").iterdir()).name
        for name in ("roster/1.json", "change.json", "checkpoint.txt", "statements/author.json", "blobs/" + blob):
            for how, text in says.items():
                if name.startswith("blobs/") and how == "long":
                    text = "is larger than 67108864 bytes"
                self.spoil(name, how)
                with self.subTest(name=name, how=how):
                    self.decided("B1", 6, f"  step 2  B1  {name}: {text}\n")
                    outcome = self.run_twoseal("vectors", "run", ".")
                    self.assertEqual(outcome.code, 6, outcome)
                    self.assertIn(f"step 2 B1: {name}: {text}\n", outcome.out)
                    self.assertIn(f"{name}  {text}", self.run_twoseal("evidence", "pack", "case", "-o", "e.zip").err)
                shutil.rmtree(self.path("case"))
                self.ok("vectors", "export", "permit-basic", "case", "--quiet")
        self.assertFalse(self.path("e.zip").exists())

    def test_what_is_asked_or_expected_must_be_a_file_too(self):
        self.spoil("inputs.json", "pipe")
        self.refused("TS-1102", 66, "decide", "case", says="case/inputs.json  is a named pipe")
        self.spoil("expect.json", "link")
        self.assertIn("expect.json is a symbolic link", self.run_twoseal("vectors", "run", ".").out)

    def test_a_signer_needs_only_roster_and_checkpoint_to_be_files(self):
        self.ok("key", "new", "--no-input", "--output", "ada", "--quiet")
        words = ["sign", "--key", "ada", "--act", "approve", "--by", "p:ada", "--dir", "case", "--obj"]
        self.write("change.json", self.path("case/change.json").read_bytes())
        self.spoil("statements/author.json", "pipe")
        self.ok(*words, "change.json")
        self.spoil("checkpoint.txt", "pipe")
        self.refused("TS-1102", 66, *words, "change.json", says="case/checkpoint.txt  is a named pipe")

    def test_a_file_that_may_not_be_read_is_told_so(self):
        self.path("case/change.json").chmod(0)
        outcome = self.run_twoseal("decide", "case", **self.without_privileges())
        self.assertEqual(outcome.code, 6, outcome)
        self.assertIn("B1  change.json: cannot be read: opening: Permission denied\n", outcome.out)

    def test_inputs_that_are_malformed_are_no_decision(self):
        good = self.path("case/inputs.json").read_bytes()
        self.write("case/inputs.json", good + b"\n")
        self.refused("TS-1001", 65, "decide", "case", says="inputs.json")
        self.write("case/inputs.json", good.replace(b'"clock"', b'"clack"'))
        self.refused("TS-1003", 65, "decide", "case", says="inputs.json")

        self.path("case/inputs.json").unlink()
        self.refused("TS-1101", 66, "decide", "case", says="inputs.json")
        self.write("case/inputs.json", good)

    def test_a_flag_of_decide_with_a_bad_value_is_named_before_anything_is_read(self):
        self.write("case/inputs.json", "no inputs")
        for host in ("web-01", "h:12", "", "p:ada"):
            says = f"--host  takes h: and 32 hexadecimal digits, not '{host}'"
            self.refused("TS-1005", 65, "decide", "case", "--host", host, says=says)
        for clock in ("x", "-1", "1e9", ""):
            says = f"--clock takes seconds since 1970, not '{clock}'"
            self.refused("TS-1106", 64, "decide", "case", "--clock", clock, says=says)

    def test_nothing_is_signed_that_is_not_canonical(self):
        self.ok("key", "new", "--no-input", "--output", "ada", "--quiet")
        self.write("change.json", self.path("case/change.json").read_bytes() + b"\n")
        words = ["sign", "--key", "ada", "--act", "approve", "--by", "p:ada", "--dir", "case", "-o", "out.json", "--obj"]
        self.refused("TS-1001", 65, *words, "change.json", says="change.json, byte")
        self.write("change.json", '{"type":"hello"}')
        self.refused("TS-1003", 65, *words, "change.json", says="hello")
        for untyped in ("{}", '{"type":7}'):
            self.write("change.json", untyped)
            self.refused("TS-1003", 65, *words, "change.json", says="the object has no type")

    def test_a_signature_by_a_key_that_nobody_holds_does_not_count(self):
        self.ok("key", "new", "--no-input", "--output", "stranger", "--quiet")
        words = ["--act", "approve", "--obj", "case/change.json", "--by", "p:bo", "--dir", "case"]
        record = self.ok("sign", "--key", "stranger", *words, "--at", "1795420920").out
        self.write("case/statements/engineering.json", record)
        self.decided("S5", 6, "which is not here")

    def test_two_keys_of_one_person_count_once(self):
        shutil.rmtree(self.path("case"))
        self.ok("vectors", "export", "s3-two-keys-of-one-person", "case", "--quiet")
        self.decided("S3", 5, "")
        reasons = self.run_twoseal("decide", "case", "--json").json["reasons"]
        self.assertEqual({reason["code"] for reason in reasons}, {"S3"}, json.dumps(reasons))


if __name__ == "__main__":
    unittest.main()
