"""Exports for other programs have the shape that the specifications of their formats ask for: of a small guide, of a
large one with texts that are hard to write, and of the guides of others when they are on this machine."""

import copy
import json
import os
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import export_shapes as shapes
from support import BINARY

GUIDE = Path(__file__).resolve().parent / "compliance"
OTHERS = Path("/usr/share/xml/scap/ssg/content")
ENDINGS = (".ckl", ".cklb", ".sarif", ".oscal.json", ".arf.xml", ".xccdf.xml")
RULES = 300
HARD = "a &quot;b&quot; \\ &lt;c&gt; \t ü 𝄞 &#x9b; {{}}"


def large_guide():
    """Rules enough that lists are long, with texts that must be escaped, and in every state."""
    rules = []
    for number in range(RULES):
        check = f'<check-content-ref href="guide-oval.xml" name="oval:example:def:{number % 3 + 1}"/>'
        check = f'<check system="http://oval.mitre.org/XMLSchema/oval-definitions-5">{check}</check>'
        rules.append(
            f'<Rule id="xccdf_example_rule_n{number}" severity="{("high", "low", "unknown", "info")[number % 4]}"'
            f'{" role=" + chr(34) + "unscored" + chr(34) if number % 7 == 0 else ""}>'
            f"<title>{'' if number % 11 == 0 else HARD}</title><description>{HARD}</description>"
            f'{"<platform idref=" + chr(34) + "cpe:/o:none" + chr(34) + "/>" if number % 13 == 0 else ""}'
            f'<ident system="http://cyber.mil/cci">CCI-000{number:03}</ident>'
            f'<ident system="http://cyber.mil/legacy">V-{number}</ident>'
            f"<fixtext>{HARD}</fixtext>{'' if number % 5 == 0 else check}</Rule>"
        )
    return (
        '<Benchmark xmlns="http://checklists.nist.gov/xccdf/1.2" id="xccdf_example_benchmark_large"><status>draft</status>'
        f'<title>{HARD}</title><plain-text id="release-info">Release: 7</plain-text><version>1</version>'
        + "".join(rules) + "</Benchmark>"
    )


class Shapes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        place = tempfile.TemporaryDirectory(prefix="twoseal-shapes-")
        cls.addClassCleanup(place.cleanup)
        cls.place = Path(place.name)
        (cls.place / "root/etc/ssh").mkdir(parents=True)
        (cls.place / "root/etc/ssh/sshd_config").write_text("PermitRootLogin yes\n" * 50)
        (cls.place / "root/etc/hostname").write_text("web1\n")
        (cls.place / "root/etc/shadow").write_text("root:*:19000:0:99999:7:::\n")
        (cls.place / "large.xml").write_text(large_guide())

    def exports(self, name, source, *beside):
        """Paths of the exports of a check of everything, by their endings."""
        content = ["--content-dir", str(self.place / "content")]
        paths = {ending: self.place / f"{name}{ending}" for ending in ENDINGS}
        flags = [word for path in paths.values() for word in ("--export", str(path))]
        for words in (
            ["content", "add", str(source), "--name", name, *content, *beside],
            ["check", "--content", name, *content, "--history", str(self.place / "history"), "--profile", "(all)",
             "--root", str(self.place / "root"), *flags],
        ):
            done = subprocess.run([BINARY, *words], capture_output=True, text=True, timeout=120,
                                  env={**os.environ, "HOME": str(self.place)})
            self.assertIn(done.returncode, (0, 2), done.stderr)
        return paths

    def check(self, paths):
        found = shapes.ckl_problems(ElementTree.parse(paths[".ckl"]).getroot())
        for ending, problems in ((".cklb", shapes.cklb_problems), (".sarif", shapes.sarif_problems),
                                 (".oscal.json", shapes.oscal_problems)):
            found += [f"{ending}: {each}" for each in problems(json.loads(paths[ending].read_text(encoding="utf-8")))]
        self.assertEqual(found[:20], [])
        if shutil.which("oscap"):  # it has the schemas of these two
            for words in (["ds", "rds-validate", paths[".arf.xml"]],
                          ["xccdf", "validate", "--skip-schematron", paths[".xccdf.xml"]]):
                done = subprocess.run(["oscap", *map(str, words)], capture_output=True, text=True, timeout=200)
                self.assertEqual(done.returncode, 0, (done.stdout + done.stderr)[:2000])

    def test_a_small_guide(self):
        self.check(self.exports("small", GUIDE / "guide.xml", "--with", str(GUIDE / "guide-oval.xml")))

    def test_a_large_guide_with_texts_that_are_hard_to_write(self):
        paths = self.exports("large", self.place / "large.xml", "--with", str(GUIDE / "guide-oval.xml"))
        self.check(paths)
        stig = json.loads(paths[".cklb"].read_text(encoding="utf-8"))["stigs"][0]
        self.assertEqual((stig["size"], stig["release_info"]), (RULES, "Release: 7"))

    def test_the_guides_of_others(self):
        streams = [OTHERS / f"ssg-{name}-ds.xml" for name in ("debian11", "rhel9")]
        if not all(map(Path.exists, streams)):
            self.skipTest("they are not on this machine")
        for stream in streams:
            with self.subTest(stream.stem):
                self.check(self.exports(stream.stem, stream))

    def test_shapes_refuse_what_is_wrong(self):
        paths = self.exports("wrong", GUIDE / "guide.xml", "--with", str(GUIDE / "guide-oval.xml"))
        cklb, sarif, oscal = (json.loads(paths[ending].read_text()) for ending in (".cklb", ".sarif", ".oscal.json"))

        def broken(log, change):
            other = copy.deepcopy(log)
            change(other)
            return other

        self.assertIn("status", shapes.cklb_problems(
            broken(cklb, lambda log: log["stigs"][0]["rules"][0].update(status="Open")))[0])
        self.assertIn("unknown member", shapes.cklb_problems(broken(cklb, lambda log: log.update(more=1)))[0])
        self.assertIn("level", shapes.sarif_problems(
            broken(sarif, lambda log: log["runs"][0]["results"][0].update(kind="pass", level="error")))[0])
        self.assertIn("lacks message", shapes.sarif_problems(
            broken(sarif, lambda log: log["runs"][0]["results"][0].pop("message")))[0])
        self.assertIn("fewer", shapes.oscal_problems(
            broken(oscal, lambda log: log["assessment-results"].update(results=[])))[0])
        self.assertIn("nowhere", shapes.oscal_problems(
            broken(oscal, lambda log: log["assessment-results"]["import-ap"].update(href="#" + "0" * 36)))[0])


if __name__ == "__main__":
    unittest.main()
