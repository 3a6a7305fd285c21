"""Content is compiled, a root directory is checked, and everything that can be wrong with either is told."""

import json
import os
import queue
import re
import shutil
import signal
import subprocess
import tempfile
import threading
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

    def test_faults_of_a_file_beside_a_guide_are_those_of_that_file(self):
        oval = self.place / "guide-oval.xml"
        text = (GUIDE / "guide-oval.xml").read_text()
        oval.write_text(text.replace('check="', 'check="some ', 1))
        said = self.content("add", str(GUIDE / "guide.xml"), "--with", str(oval), exit=65)
        self.assertIn(str(oval) + ", line", said)
        self.assertNotIn("guide.xml,", said)

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

    def test_compiled_content_that_others_may_write_is_refused(self):
        self.add_guide()
        (self.place / "content/guide.content").chmod(0o666)
        self.assertIn("others than root and you", self.check("--profile", "strict", exit=5))

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
        self.assertIn("did you mean 'strict'?", self.check("--profile", "strct", exit=64))
        self.assertIn("did you mean 'shadow_mode'?", self.check("--rule", "shadow_mod", exit=64))
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
        tailoring.write_text(tailoring.read_text().replace("_rule_root_login", "_rule_root_logn"))
        said = self.check("--profile", "ours", "--tailoring", str(tailoring))
        self.assertIn("'xccdf_example_rule_root_logn' that the benchmark does not have", said)
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


class Watch:
    """A watch that runs until the end of the block. What it says is waited for, and missed with what it said on stderr."""

    def __init__(self, words):
        self.process = subprocess.Popen(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.turns, self.said = self.lines_of(self.process.stdout), self.lines_of(self.process.stderr)
        self.heard = []

    @staticmethod
    def lines_of(stream):
        lines = queue.Queue()

        def read():
            for line in stream:
                lines.put(line)
            lines.put(None)

        threading.Thread(target=read, daemon=True).start()
        return lines

    def __enter__(self):
        try:
            while "watching" not in self.line(self.said):
                pass
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def line(self, lines, seconds=30):
        """The next line; an error when the program has ended, or says nothing for so long."""
        try:
            line = lines.get(timeout=seconds)
        except queue.Empty:
            line = None
        if line is None:
            while not self.said.empty():
                self.heard.append(self.said.get() or "")
            raise AssertionError(f"nothing is said any more, exit {self.process.poll()}: {''.join(self.heard)}")
        self.heard.append(line)
        return line

    def turn(self, seconds=30):
        return self.line(self.turns, seconds)


class Watching(Checks):
    def setUp(self):
        super().setUp()
        self.add_guide()

    def add_guide_that_reads(self, where, more=""):
        """The guide, whose first rule looks for its line elsewhere."""
        shutil.rmtree(self.place / "content")
        text = (GUIDE / "guide-oval.xml").read_text()
        text = text.replace("<ind:filepath>/etc/ssh/sshd_config</ind:filepath>", where)
        text = text.replace("</oval_definitions>", more + "</oval_definitions>")
        oval = self.place / "guide-oval.xml"
        oval.write_text(text)
        self.content("add", str(GUIDE / "guide.xml"), "--with", str(oval))

    def watch(self, root=None, user=None):
        words = [BINARY, "check", *self.options(), "--profile", "strict", "--watch", "--timeout", "60"]
        if root is not None:
            words[words.index("--root") + 1] = str(root)
        if user is not None:
            for path in (self.place, *self.place.rglob("*")):
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o644))
            words = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *words]
        return Watch(words)

    def by_each_source(self):
        """As who is asked to watch: whoever runs this, and as root somebody who may listen to single directories alone."""
        yield None
        if os.geteuid() == 0 and shutil.which("setpriv"):
            yield 65534

    def test_a_hand_edit_turns_its_rule_and_the_line_is_named(self):
        with self.watch() as watch:
            self.sshd.write_text("# sshd\nPort 22\nPermitRootLogin yes\n")
            self.assertRegex(watch.turn(), r"pass to fail  root_login  .*/etc/ssh/sshd_config:3")
            self.sshd.write_text(GOOD_SSHD)
            self.assertRegex(watch.turn(), r"fail to pass  root_login")
            self.sshd.rename(self.sshd.with_suffix(".old"))
            self.assertRegex(watch.turn(), r"pass to fail  root_login")

    def test_a_root_may_be_written_in_any_way(self):
        link = self.place / "link"
        link.symlink_to("root")
        for root in (f"{self.root}/", os.path.relpath(self.root), link):
            with self.subTest(root=root), self.watch(root) as watch:
                self.sshd.write_text("PermitRootLogin yes\n")
                self.assertIn("pass to fail  root_login", watch.turn())
                self.sshd.write_text(GOOD_SSHD)
                self.assertIn("fail to pass  root_login", watch.turn())

    def test_noise_holds_nothing_up(self):
        for name in "abcd":
            noise = subprocess.Popen(["sh", "-c", f"while :; do : > {name}; done"], cwd=self.place)
            self.addCleanup(noise.wait)
            self.addCleanup(noise.kill)
        with self.watch() as watch:
            self.sshd.write_text("PermitRootLogin yes\n")
            self.assertIn("pass to fail  root_login", watch.turn(5))

    def test_who_keeps_the_file_open_is_heard(self):
        with self.watch() as watch, self.sshd.open("a") as file:
            file.write("PermitRootLogin yes\n")
            file.flush()
            self.assertIn("pass to fail  root_login", watch.turn(5))

    def test_a_directory_that_goes_and_comes_again_is_heard_of(self):
        for user in self.by_each_source():
            with self.subTest(user=user), self.watch(user=user) as watch:
                self.sshd.parent.rename(self.root / "moved")
                self.assertIn("pass to fail  root_login", watch.turn())
                self.sshd.parent.mkdir()
                time.sleep(0.2)
                self.sshd.write_text(GOOD_SSHD)
                self.assertIn("fail to pass  root_login", watch.turn())
                shutil.rmtree(self.root / "moved")

    def test_what_lies_behind_links_is_heard_of(self):
        self.add_guide_that_reads(r'<ind:filepath operation="pattern match">^/etc/lnk\.d/.*$</ind:filepath>')
        data = self.root / "data"
        data.mkdir()
        (data / "conf").write_text(GOOD_SSHD)
        (self.root / "etc/lnk.d").mkdir()
        for user in self.by_each_source():
            (self.root / "etc/lnk.d/t").symlink_to("/data")
            with self.subTest(user=user), self.watch(user=user) as watch:
                (data / "conf").write_text("PermitRootLogin yes\n")
                self.assertRegex(watch.turn(), r"pass to fail  root_login  .*/etc/lnk.d/t/conf:1")
                (data / "conf").write_text(GOOD_SSHD)
                self.assertIn("fail to pass  root_login", watch.turn())
                (self.root / "etc/lnk.d/t").unlink()
                self.assertIn("pass to fail  root_login", watch.turn())

    def test_a_link_that_is_linked_anew_is_followed(self):
        run = self.root / "run"
        run.mkdir()
        (run / "one").write_text(GOOD_SSHD)
        (run / "two").write_text(GOOD_SSHD)
        self.sshd.unlink()
        self.sshd.symlink_to("/run/now")
        (run / "now").symlink_to("one")
        for user in self.by_each_source():
            with self.subTest(user=user), self.watch(user=user) as watch:
                (run / "new").symlink_to("absent")
                (run / "new").rename(run / "now")
                self.assertIn("pass to fail  root_login", watch.turn())
                (run / "absent").write_text(GOOD_SSHD)
                self.assertIn("fail to pass  root_login", watch.turn())
                (run / "new").symlink_to("two")
                (run / "new").rename(run / "now")
                time.sleep(0.5)
                (run / "two").write_text("PermitRootLogin yes\n")
                self.assertIn("pass to fail  root_login", watch.turn())
                (run / "two").write_text(GOOD_SSHD)
                self.assertIn("fail to pass  root_login", watch.turn())
                (run / "absent").unlink()

    def test_a_link_that_was_turned_while_events_were_lost_is_followed(self):
        run = self.root / "run"
        run.mkdir()
        (self.root / "mnt").mkdir()
        (run / "one").write_text(GOOD_SSHD)
        (self.root / "mnt/two").write_text(GOOD_SSHD)
        self.sshd.unlink()
        self.sshd.symlink_to("/run/now")
        (run / "now").symlink_to("one")
        limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
        if limit > 100_000:
            self.skipTest("the kernel keeps too many events")
        # Who may listen to single directories alone: its queue in the kernel has a bound.
        user = 65534 if os.geteuid() == 0 else None
        with self.watch(user=user) as watch:
            watch.process.send_signal(signal.SIGSTOP)
            for _ in range(limit // 2 + 1):
                (run / "other").touch()
                (run / "other").unlink()
            (run / "new").symlink_to("/mnt/two")
            (run / "new").rename(run / "now")
            watch.process.send_signal(signal.SIGCONT)
            time.sleep(1)
            (self.root / "mnt/two").write_text("PermitRootLogin yes\n")
            # Sooner than named files are looked at again.
            self.assertIn("pass to fail  root_login", watch.turn(10))

    def test_a_place_that_a_file_names_later_is_heard_of(self):
        self.add_guide_that_reads(
            '<ind:filepath var_ref="oval:example:var:1"/>',
            """<variables><local_variable id="oval:example:var:1" version="1" datatype="string" comment="c">
            <concat><object_component object_ref="oval:example:obj:9" item_field="subexpression"/>
            <literal_component>/rc</literal_component></concat></local_variable></variables>""",
        )
        oval = self.place / "guide-oval.xml"
        named = """<ind:textfilecontent54_object id="oval:example:obj:9" version="1">
            <ind:filepath>/etc/home</ind:filepath><ind:pattern operation="pattern match">^home=(.*)$</ind:pattern>
            <ind:instance datatype="int">1</ind:instance></ind:textfilecontent54_object></objects>"""
        oval.write_text(oval.read_text().replace("</objects>", named))
        self.content("add", str(GUIDE / "guide.xml"), "--with", str(oval))
        for name in ("a", "b"):
            (self.root / "srv" / name).mkdir(parents=True)
            (self.root / "srv" / name / "rc").write_text(GOOD_SSHD)
        for user in self.by_each_source():
            (self.root / "etc/home").write_text("home=/srv/a\n")
            with self.subTest(user=user), self.watch(user=user) as watch:
                (self.root / "etc/home").write_text("home=/srv/b\n")
                time.sleep(0.5)
                (self.root / "srv/b/rc").write_text("PermitRootLogin yes\n")
                self.assertIn("pass to fail  root_login", watch.turn())
                (self.root / "srv/b/rc").write_text(GOOD_SSHD)
                self.assertIn("fail to pass  root_login", watch.turn())

    def test_mounts_hide_and_rename_nothing(self):
        other = self.place / "other"
        other.mkdir()
        (other / "sshd_config").write_text(GOOD_SSHD)
        inner = " ".join(
            ["mount", "--bind", str(other), str(self.sshd.parent), "&&", "exec", BINARY, "check", *self.options(),
             "--profile", "strict", "--watch", "--timeout", "60"]
        )
        if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
            self.skipTest("mounts cannot be made here")
        with Watch(["unshare", "-m", "sh", "-c", inner]) as watch:
            (other / "sshd_config").write_text("PermitRootLogin yes\n")
            self.assertIn("pass to fail  root_login", watch.turn())
            (other / "sshd_config").write_text(GOOD_SSHD)
            self.assertIn("fail to pass  root_login", watch.turn())
            pid = str(watch.process.pid)
            within = ["nsenter", "-t", pid, "-m"]
            subprocess.run([*within, "mount", "-t", "tmpfs", "none", str(self.sshd.parent)], check=True)
            self.assertIn("pass to fail  root_login", watch.turn())
            subprocess.run([*within, "cp", str(other / "sshd_config"), str(self.sshd)], check=True)
            self.assertIn("fail to pass  root_login", watch.turn())
            subprocess.run([*within, "sh", "-c", f"echo PermitRootLogin yes > {self.sshd}"], check=True)
            self.assertIn("pass to fail  root_login", watch.turn())

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

    def test_without_an_earlier_check_everything_is_shown(self):
        self.shadow.chmod(0o644)
        said = self.check("--profile", "strict", "--since-last", exit=2)
        self.assertIn("no earlier check is known", said)
        self.assertIn("shadow_mode", said)

    def test_since_last_shows_what_has_turned_and_what_it_was_before(self):
        self.check("--profile", "strict")
        self.assertEqual(self.results("--profile", "strict", "--since-last", exit=0), {})
        self.shadow.chmod(0o644)
        results = self.results("--profile", "strict", "--since-last")
        self.assertEqual(list(results), ["shadow_mode"])
        self.assertEqual(results["shadow_mode"]["before"], "pass")
        self.assertNotIn("before", self.results("--profile", "strict")["shadow_mode"])


class OwnChecks(Checks):
    def setUp(self):
        super().setUp()
        (self.root / "etc/os-release").write_text("ID=debian\n")
        (self.root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
        (self.root / "etc/shadow").write_text("root:!:19000::::::\n")

    def test_checks_of_our_own_need_no_content(self):
        self.assertIn("twoseal  ", self.content("list"))
        results = self.results("--content", "twoseal")
        self.assertEqual(results["time_daemon_enabled"]["result"], "fail")
        self.assertEqual(results["only_root_is_root"]["result"], "pass")
        self.assertEqual(results["virus_scanner_running"]["result"], "notchecked")
        self.assertEqual(results["virus_scanner_installed"]["result"], "error")

    def test_a_value_is_given_by_whoever_checks(self):
        rule = ["--content", "twoseal", "--rule", "our_resolvers"]
        self.assertIn("--value resolvers=", self.results(*rule)["our_resolvers"]["why"])
        (self.root / "etc/resolv.conf").write_text("nameserver 192.0.2.1\nnameserver 192.0.2.2\n")
        said = self.check(*rule, "--value", "resolvers=192.0.2.1", exit=2)
        self.assertIn("/etc/resolv.conf:2: expected one of 192.0.2.1, found 192.0.2.2", said)
        self.check(*rule, "--value", "resolvers=192.0.2.1", "--value", "resolvers=192.0.2.2")
        self.assertIn("its values are:", self.check(*rule, "--value", "resolver=x", exit=64))

    def test_the_name_is_not_given_to_other_content(self):
        self.content("add", str(GUIDE / "guide.xml"), "--name", "twoseal", exit=64)

    def test_a_hand_edit_turns_a_check_of_our_own(self):
        words = [BINARY, "check", *self.options(), "--content", "twoseal", "--rule", "only_root_is_root"]
        with Watch([*words, "--watch", "--timeout", "60"]) as watch:
            (self.root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\nmal:x:0:0::/:\n")
            self.assertIn("pass to fail  only_root_is_root  /etc/passwd: expected root alone, found mal", watch.turn())

    def test_findings_stand_in_every_export(self):
        (self.root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\nmal:x:0:0::/:\n")
        names = ["r.xccdf.xml", "r.arf.xml", "r.ckl", "r.cklb", "r.html", "r.csv", "r.json", "r.sarif", "r.oscal.json"]
        words = [word for name in names for word in ("--export", str(self.place / name))]
        self.check("--content", "twoseal", *words, exit=2)
        for name in names:
            self.assertIn("only_root_is_root", (self.place / name).read_text(), name)


class Endings(Checks):
    def setUp(self):
        super().setUp()
        self.add_guide()

    def test_what_nobody_judged_is_no_success(self):
        said = self.check("--profile", "strict", "--rule", "by_hand", exit=2)
        self.assertIn("nothing was judged: only a person can", said)

    def test_what_could_not_be_judged_is_not_of_another_system(self):
        (self.root / "etc/os-release").write_text("ID=debian\n")
        rules = ["virus_scanner_running", "virus_scanner_installed"]
        words = [word for rule in rules for word in ("--rule", rule)]
        said = self.check("--content", "twoseal", *words, exit=2)
        self.assertIn("nothing was judged: what rules ask about could not be read", said)

    @unittest.skipIf(os.geteuid() != 0, "only root reads what an agent holds")
    def test_a_damaged_home_of_the_agent_stops_no_check(self):
        home = self.place / "agent"
        home.mkdir(mode=0o700)
        held = home / "held"
        held.mkdir(mode=0o700)
        for name in ("identity.pem", "tls.pem", "token-key", "server", "join"):
            (held / name).write_text("damaged")
            (held / name).chmod(0o600)
        words = ["--content-dir", str(self.place / "content"), "--history", str(self.place / "history")]
        said = self.call("check", *words, "--profile", "strict", "--rule", "by_hand", "--home", str(home), exit=2)
        self.assertIn("signed exceptions are not shown: ", said)
        self.assertIn("1 notchecked", said)

    def test_a_file_that_cannot_be_written_loses_no_result(self):
        directory = self.place / "exports"
        directory.mkdir()
        other = self.place / "other.csv"
        with self.watched("--export", str(directory / "r.json"), "--export", str(other)) as watch:
            self.shadow.chmod(0o644)
            watch.turn()
            directory.rmdir()
            watch.process.send_signal(signal.SIGINT)
            said = "".join(iter(watch.turns.get, None))
            self.assertNotIn(watch.process.wait(30), (0, 2))
        self.assertIn("shadow_mode", other.read_text())
        self.assertIn("shadow_mode", said)
        self.assertEqual(self.results("--profile", "strict", "--since-last"), {})

    def test_a_file_is_exported_once(self):
        export = str(self.place / "r.json")
        twice = self.check("--profile", "strict", "--export", export, "--export", export, exit=64)
        self.assertIn("the same file twice", twice)

    def test_a_time_is_for_a_watch(self):
        self.assertIn("--timeout is for --watch", self.check("--profile", "strict", "--timeout", "5", exit=64))

    def test_a_watch_lasts_a_second_or_more(self):
        for time in ("0", "0s"):
            said = self.check("--profile", "strict", "--watch", "--timeout", time, exit=64)
            self.assertIn("--timeout takes a second or more", said)

    def test_a_home_that_somebody_names_is_an_agents(self):
        words = ["--content-dir", str(self.place / "content"), "--history", str(self.place / "history")]
        for home in ("agent-of-nobody", "empty"):
            if home == "empty":
                (self.place / home).mkdir(mode=0o700)
            said = self.call("check", *words, "--profile", "strict", "--home", str(self.place / home), exit=78)
            self.assertIn("TS-6003", said)
        for home in ("empty", f"{self.place}/empty/"):
            said = self.call("check", *words, "--profile", "strict", "--home", home, exit=5)
            self.assertIn("is not an absolute path in its plain form", said)
        self.assertIn("--home is for this machine", self.check("--profile", "strict", "--home", "/", exit=64))

    def watched(self, *words):
        return Watch([BINARY, "check", *self.options(), "--profile", "strict", "--watch", *words])

    def test_what_a_watch_saw_is_written_when_it_is_ended(self):
        export = self.place / "r.json"
        with self.watched("--export", str(export)) as watch:
            self.shadow.chmod(0o644)
            watch.turn()
            watch.process.send_signal(signal.SIGINT)
            self.assertEqual(watch.process.wait(30), 2)
        results = {rule["id"]: rule["result"] for rule in json.loads(export.read_text())["rules"]}
        self.assertEqual(results["xccdf_example_rule_shadow_mode"], "fail")
        self.assertEqual(self.results("--profile", "strict", "--since-last"), {})

    def test_a_root_that_is_made_anew_ends_the_watch_and_passes_nothing(self):
        with self.watched() as watch:
            self.root.rename(self.place / "old")
            shutil.copytree(self.place / "old", self.root)
            self.shadow.chmod(0o644)
            self.assertNotIn(watch.process.wait(60), (0, 2))

    def test_turns_are_lines_of_json(self):
        with self.watched("--json") as watch:
            self.shadow.chmod(0o644)
            turn = json.loads(watch.turn())
            self.assertEqual((turn["before"], turn["result"]), ("pass", "fail"))
            self.assertIn("/etc/shadow", turn["findings"][0]["where"])
            watch.process.send_signal(signal.SIGTERM)
            self.assertIn("rules", json.loads(watch.turn()))

    def test_a_history_that_cannot_be_read_is_told_and_stays(self):
        self.check("--profile", "strict")
        [kept] = (self.place / "history").iterdir()
        kept.unlink()
        kept.mkdir()
        said = self.check("--profile", "strict")
        self.assertIn("what earlier checks came to is not known", said)
        self.assertTrue(kept.is_dir())


if __name__ == "__main__":
    unittest.main()
