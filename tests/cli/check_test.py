"""Content is compiled, a root directory is checked, and everything that can be wrong with either is told."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from support import BINARY

GUIDE = Path(__file__).resolve().parent / "compliance"
GOOD_SSHD = "# sshd\nPermitRootLogin no\n"


class Checks(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix="twoseal-check-")
        self.addCleanup(place.cleanup)
        self.place = Path(place.name)
        self.root = self.place / "root"
        (self.root / "etc/ssh").mkdir(parents=True)
        self.sshd = self.root / "etc/ssh/sshd_config"
        self.sshd.write_text(GOOD_SSHD)
        self.shadow = self.root / "etc/shadow"
        self.shadow.write_text("root:*:19000:0:99999:7:::\n")
        self.shadow.chmod(0o640)

    def call(self, *words, exit=0):
        done = subprocess.run(
            [BINARY, *words], text=True, capture_output=True, timeout=60, env={**os.environ, "HOME": str(self.place)}
        )
        self.assertEqual(done.returncode, exit, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def content(self, verb, *words, exit=0):
        return self.call("content", verb, *words, "--content-dir", str(self.place / "content"), exit=exit)

    def add_guide(self):
        return self.content("add", str(GUIDE / "guide.xml"), "--with", str(GUIDE / "guide-oval.xml"))

    def check(self, *words, exit=0):
        return self.call("check", *self.options(), *words, exit=exit)

    def options(self):
        return [
            "--content-dir", str(self.place / "content"), "--history", str(self.place / "history"),
            "--root", str(self.root),
        ]

    def results(self, *words, exit=2):
        done = subprocess.run(
            [BINARY, "check", *self.options(), *words, "--json"], text=True, capture_output=True, timeout=60
        )
        self.assertEqual(done.returncode, exit, done.stderr)
        return {rule["id"].split("_rule_")[1]: rule for rule in json.loads(done.stdout)["rules"]}


class Content(Checks):
    def test_a_guide_is_compiled_once_and_shown(self):
        said = self.add_guide()
        self.assertIn("4 rules, 2 profiles", said)
        self.assertIn("guide  ", self.content("list"))
        self.assertIn("xccdf_example_profile_strict", self.content("profiles", "guide"))
        shown = self.content("show", "guide")
        self.assertIn("CCI-000770", shown)
        self.assertIn("Nobody logs in as root", shown)

    def test_the_same_source_gives_the_same_bytes(self):
        self.add_guide()
        first = (self.place / "content/guide.content").read_bytes()
        self.add_guide()
        self.assertEqual((self.place / "content/guide.content").read_bytes(), first)

    def test_what_a_guide_refers_to_and_lacks_is_named(self):
        said = self.content("add", str(GUIDE / "guide.xml"))
        self.assertIn("guide-oval.xml", said)
        self.assertIn("not checked", said)

    def test_two_guides_differ_by_their_rules(self):
        self.add_guide()
        text = (GUIDE / "guide.xml").read_text()
        other = self.place / "newer.xml"
        other.write_text(text.replace("_rule_by_hand", "_rule_by_eye").replace("Passwords are not open", "Secrets"))
        self.content("add", str(other), "--with", str(GUIDE / "guide-oval.xml"))
        said = self.content("diff", "guide", "newer", exit=2)
        self.assertRegex(said, r"-\s+xccdf_example_rule_by_hand")
        self.assertRegex(said, r"\+\s+xccdf_example_rule_by_eye")
        self.assertRegex(said, r"~\s+xccdf_example_rule_shadow_mode\s+title")
        self.content("diff", "guide", "guide")

    def test_a_file_that_is_no_content_is_refused(self):
        for name, text, code in (
            ("cut.xml", "<Benchmark id='b'><status>", "TS-4201"),
            ("doctype.xml", "<!DOCTYPE a [<!ENTITY b SYSTEM '/etc/passwd'>]><Benchmark id='b'>&b;</Benchmark>", "TS-4201"),
            ("other.xml", "<html/>", "TS-4202"),
            ("empty.xml", "", "TS-4201"),
        ):
            path = self.place / name
            path.write_text(text)
            self.assertIn(code, self.content("add", str(path), exit=65))
        self.assertIn("TS-1101", self.content("add", str(self.place / "absent.xml"), exit=66))
        self.assertIn("TS-", self.content("add", str(GUIDE / "guide.xml"), "--name", "../evil", exit=64))

    def test_compiled_content_that_was_altered_is_refused(self):
        self.add_guide()
        path = self.place / "content/guide.content"
        bytes_ = bytearray(path.read_bytes())
        bytes_[len(bytes_) // 2] ^= 1
        path.write_bytes(bytes_)
        self.assertIn("TS-4202", self.check("--profile", "strict", exit=65))
        self.assertIn("cannot be read", self.content("list"))
        path.write_bytes(b"")
        self.assertIn("TS-4202", self.check("--profile", "strict", exit=65))


class Judging(Checks):
    def setUp(self):
        super().setUp()
        self.add_guide()

    def test_a_host_that_is_as_it_should_be_passes(self):
        said = self.check("--profile", "strict")
        self.assertIn("2 pass", said)

    def test_a_failing_rule_says_what_was_expected_found_and_where(self):
        self.sshd.write_text("# sshd\n\nPermitRootLogin yes\n")
        said = self.check("--profile", "strict", exit=2)
        self.assertIn("CAT I (high)", said)
        self.assertIn("/etc/ssh/sshd_config:3", said)
        self.assertIn("yes", said)
        self.assertIn("^no$", said)
        rule = self.results("--profile", "strict")["root_login"]
        self.assertEqual(rule["result"], "fail")
        self.assertEqual(rule["findings"][0]["line"], 3)

    def test_what_is_not_there_does_not_pass(self):
        self.sshd.unlink()
        self.shadow.unlink()
        results = self.results("--profile", "strict")
        self.assertEqual({rule["result"] for rule in results.values()}, {"fail"})

    def test_an_expression_that_would_try_for_ever_is_an_error_and_no_pass(self):
        (self.root / "etc/endless").write_text("a" * 60 + "!\n")
        begun = time.monotonic()
        results = self.results("--profile", "everything")
        self.assertLess(time.monotonic() - begun, 30)
        self.assertEqual(results["endless"]["result"], "error")
        self.assertEqual(results["by_hand"]["result"], "notchecked")

    def test_one_rule_alone_is_judged_also_outside_the_profile(self):
        self.assertEqual(list(self.results("--rule", "shadow_mode", exit=0)), ["shadow_mode"])

    def test_links_never_lead_out_of_the_root(self):
        outside = self.place / "outside"
        outside.write_text("PermitRootLogin no\n")
        self.sshd.unlink()
        self.sshd.symlink_to(outside)
        self.assertEqual(self.results("--profile", "strict")["root_login"]["result"], "fail")

    def test_pipes_and_devices_hold_nobody_up(self):
        self.sshd.unlink()
        os.mkfifo(self.sshd)
        self.assertEqual(self.results("--profile", "strict")["root_login"]["result"], "fail")

    def test_since_when_a_rule_fails_is_kept(self):
        self.check("--profile", "strict")
        self.assertIn("no rule has turned", self.check("--profile", "strict", "--since-last"))
        self.shadow.chmod(0o644)
        said = self.check("--profile", "strict", "--since-last", exit=2)
        self.assertIn("shadow_mode", said)
        self.assertNotIn("root_login", said)
        since = self.results("--profile", "strict")["shadow_mode"]["since"]
        time.sleep(1.1)
        self.assertEqual(self.results("--profile", "strict")["shadow_mode"]["since"], since)

    def test_wrong_names_are_told(self):
        self.assertIn("TS-4205", self.check("--profile", "lax", exit=64))
        self.assertIn("TS-4206", self.check("--rule", "absent", exit=64))
        self.assertIn("TS-4204", self.check("--content", "absent", exit=66))
        self.assertIn("TS-", self.call("check", "--content-dir", str(self.place / "content"), "--root",
                                       str(self.place / "absent"), exit=66))
        shutil.rmtree(self.place / "content")
        self.assertIn("content add", self.check("--profile", "strict", exit=66))

    def test_a_tailoring_adds_profiles(self):
        tailoring = self.place / "tailoring.xml"
        tailoring.write_text(
            '<Tailoring xmlns="http://checklists.nist.gov/xccdf/1.2" id="xccdf_example_tailoring_ours">'
            '<version time="2026-11-26T00:00:00">1</version>'
            '<Profile id="xccdf_example_profile_ours" extends="xccdf_example_profile_strict"><title>Ours</title>'
            '<select idref="xccdf_example_rule_root_login" selected="false"/></Profile></Tailoring>'
        )
        results = self.results("--profile", "ours", "--tailoring", str(tailoring), exit=0)
        self.assertEqual(list(results), ["shadow_mode"])
        tailoring.write_text("<Tailoring")
        self.assertIn("TS-4201", self.check("--profile", "ours", "--tailoring", str(tailoring), exit=65))


class Exports(Checks):
    ENDINGS = (".xccdf.xml", ".arf.xml", ".ckl", ".cklb", ".html", ".csv", ".json", ".sarif", ".oscal.json")

    def setUp(self):
        super().setUp()
        self.add_guide()
        self.sshd.write_text("PermitRootLogin yes\n")

    def test_results_are_written_in_every_format(self):
        flags = [word for ending in self.ENDINGS for word in ("--export", str(self.place / f"r{ending}"))]
        self.check("--profile", "strict", *flags, exit=2)
        for ending in self.ENDINGS:
            path = self.place / f"r{ending}"
            self.assertIn("root_login", path.read_text(encoding="utf-8"), ending)
            self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        for ending in (".cklb", ".json", ".sarif", ".oscal.json"):
            json.loads((self.place / f"r{ending}").read_text())
        self.assertEqual(list(self.place.glob("*.part-*")), [])

    def test_a_scanner_of_others_reads_the_results(self):
        if shutil.which("oscap") is None:
            self.skipTest("oscap is not installed")
        arf, xccdf = self.place / "r.arf.xml", self.place / "r.xccdf.xml"
        self.check("--profile", "strict", "--export", str(arf), "--export", str(xccdf), exit=2)
        for words in (["ds", "rds-validate"], ["info"]):
            done = subprocess.run(["oscap", *words, str(arf)], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = subprocess.run(["oscap", "xccdf", "validate", "--skip-schematron", str(xccdf)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_file_that_is_there_is_never_replaced(self):
        path = self.place / "r.html"
        path.write_text("mine")
        self.assertIn("TS-1105", self.check("--profile", "strict", "--export", str(path), exit=1))
        self.assertEqual(path.read_text(), "mine")

    def test_a_name_that_tells_no_format_is_refused_before_anything_is_checked(self):
        said = self.check("--profile", "strict", "--export", str(self.place / "r.pdf"), exit=64)
        self.assertIn(".arf.xml", said)
        self.assertFalse((self.place / "history").exists())


class Watching(Checks):
    def setUp(self):
        super().setUp()
        self.add_guide()

    def test_a_hand_edit_turns_its_rule_and_the_line_is_named(self):
        process = subprocess.Popen(
            [BINARY, "check", *self.options(), "--profile", "strict", "--watch", "--timeout", "60"],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        try:
            while "watching" not in process.stderr.readline():
                pass
            self.sshd.write_text("# sshd\nPort 22\nPermitRootLogin yes\n")
            self.assertRegex(process.stdout.readline(), r"pass to fail  root_login  .*/etc/ssh/sshd_config:3")
            self.sshd.write_text(GOOD_SSHD)
            self.assertRegex(process.stdout.readline(), r"fail to pass  root_login")
            self.sshd.rename(self.sshd.with_suffix(".old"))
            self.assertRegex(process.stdout.readline(), r"pass to fail  root_login")
        finally:
            process.kill()
            process.communicate()

    def test_watching_ends_when_its_time_is_over(self):
        said = self.check("--profile", "strict", "--watch", "--timeout", "1")
        self.assertTrue(re.search("2 pass", said))


class Fixing(Checks):
    """The guide with rules whose fixes are known: one sets sshd, one a mode, one is for people."""

    NAMES = {"root_login": "sshd_disable_root_login", "shadow_mode": "file_permissions_etc_shadow",
             "by_hand": "grub2_password"}

    def setUp(self):
        super().setUp()
        text = (GUIDE / "guide.xml").read_text()
        for old, new in self.NAMES.items():
            text = text.replace(f"_rule_{old}\"", f"_rule_{new}\"")
        path = self.place / "guide.xml"
        path.write_text(text)
        self.content("add", str(path), "--with", str(GUIDE / "guide-oval.xml"))
        self.system("ID=debian\n")
        self.sshd.write_text("PermitRootLogin yes\n")
        self.shadow.chmod(0o666)
        self.file, self.directory = self.place / "fix.yaml", self.place / "fixes"
        self.directory.mkdir()

    def system(self, text):
        (self.root / "etc/os-release").write_text(text)

    def fix(self, *words, exit=2):
        return self.check("--profile", "strict", *words, exit=exit)

    def compiled(self, path):
        """The `set:` of a change, compiled as a state."""
        lines = path.read_text().splitlines()
        begin = lines.index("set:")
        end = next((i for i in range(begin + 1, len(lines)) if re.match("[a-z]", lines[i])), len(lines))
        state = self.place / "state.yaml"
        state.write_text("\n".join(["scope: x", *lines[begin:end]]) + "\n")
        out = self.place / "state.json"
        self.call("canon", "--compile", str(state), "--org", "sha256:" + "0" * 64, "-o", str(out))
        return json.loads(out.read_text())["resources"]

    def test_one_change_mends_what_failed_and_nothing_is_changed(self):
        said = self.fix("--fix", str(self.file))
        self.assertIn(f"wrote  {self.file}  for 2 of 2 failing rules", said)
        self.assertIn(f"twoseal propose {self.file}", said)
        resources = self.compiled(self.file)
        self.assertEqual([one["key"] for one in resources], ["/etc/ssh/sshd_config", "/etc/shadow"])
        self.assertEqual(resources[0]["want"]["value"], "no")
        self.assertIn("lose-ssh", self.file.read_text())
        self.assertEqual(self.sshd.read_text(), "PermitRootLogin yes\n")

    def test_a_change_for_each_rule_and_every_other_rule_is_named(self):
        self.sshd.rename(self.sshd.with_suffix(".old"))
        said = self.fix("--fix-dir", str(self.directory))
        self.assertEqual([path.name for path in self.directory.iterdir()], ["file_permissions_etc_shadow.yaml"])
        self.assertIn("for 1 of 2 failing rules", said)
        self.assertRegex(said, r"not here +sshd_disable_root_login: sshd is not installed")

    def test_a_directory_with_something_in_it_is_refused_before_anything_is_checked(self):
        (self.directory / "mine.yaml").write_text("mine")
        self.assertIn("TS-1105", self.fix("--fix-dir", str(self.directory), exit=1))
        self.assertFalse((self.place / "history").exists())
        self.assertEqual([path.name for path in self.directory.iterdir()], ["mine.yaml"])
        self.assertIn("mkdir", self.fix("--fix-dir", str(self.place / "absent"), exit=66))

    def test_a_file_that_is_there_is_never_replaced(self):
        self.file.write_text("mine")
        self.assertIn("TS-1105", self.fix("--fix", str(self.file), exit=1))
        self.assertEqual(self.file.read_text(), "mine")

    def test_where_no_change_mends_anything_no_file_is_written(self):
        self.system("ID=alpine\n")
        said = self.fix("--fix", str(self.file), "--fix-dir", str(self.directory))
        self.assertFalse(self.file.exists())
        self.assertEqual(list(self.directory.iterdir()), [])
        self.assertNotIn("propose", said)
        self.assertIn("no change mends what fails", said)
        self.assertRegex(said, r"no fix known +sshd_disable_root_login: what mends it is known on debian, rhel, ubuntu")

    def test_where_everything_passes_there_is_nothing_to_write(self):
        self.sshd.write_text(GOOD_SSHD)
        self.shadow.chmod(0o640)
        self.assertIn("no rule failed", self.fix("--fix", str(self.file), exit=0))
        self.assertFalse(self.file.exists())

    def test_a_derived_system_is_mended_as_what_it_is_made_from(self):
        self.system('ID=rocky\nID_LIKE="rhel centos fedora"\n')
        self.fix("--fix", str(self.file))
        self.assertRegex(self.file.read_text(), r"on rocky,\s+(#\s+)?taken for rhel\.")
        self.assertEqual(self.compiled(self.file)[0]["then"], [{"do": "reload", "unit": "sshd.service"}])


class JsonOfChecks(Checks):
    def setUp(self):
        super().setUp()
        self.add_guide()

    def test_what_is_wrong_and_what_could_not_be_judged_are_told_apart(self):
        self.shadow.chmod(0o644)
        (self.root / "etc/endless").write_text("a" * 60 + "!\n")
        results = self.results("--profile", "everything")
        self.assertEqual({line["verdict"] for line in results["shadow_mode"]["findings"]}, {"false"})
        self.assertEqual({line["verdict"] for line in results["endless"]["findings"]}, {"error"})
        self.assertNotIn("more_findings", results["shadow_mode"])

    def test_since_last_shows_what_has_turned_and_what_it_was_before(self):
        self.check("--profile", "strict")
        self.assertEqual(self.results("--profile", "strict", "--since-last", exit=0), {})
        self.shadow.chmod(0o644)
        results = self.results("--profile", "strict", "--since-last")
        self.assertEqual(list(results), ["shadow_mode"])
        self.assertEqual(results["shadow_mode"]["before"], "pass")
        self.assertNotIn("before", self.results("--profile", "strict")["shadow_mode"])


if __name__ == "__main__":
    unittest.main()
