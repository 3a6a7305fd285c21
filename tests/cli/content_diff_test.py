"""Two releases of a guide are compared: what a rule tests counts, and how its publisher numbers it does not."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import BINARY

GUIDE = Path(__file__).resolve().parent / "compliance"
VALUE = """<Value id="xccdf_example_value_answer" type="string"><title>Answer</title><value>no</value>
  <value selector="yes">yes</value></Value>"""
EXPORT = '<check-export value-id="xccdf_example_value_answer" export-name="oval:example:var:1"/>'


class Diff(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix="twoseal-diff-")
        self.addCleanup(place.cleanup)
        self.place = Path(place.name)

    def call(self, *words, exit=0):
        done = subprocess.run([BINARY, "content", *words, "--content-dir", str(self.place / "content")], text=True,
                              capture_output=True, timeout=60, env={**os.environ, "HOME": str(self.place)})
        self.assertEqual(done.returncode, exit, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def add(self, name, rules=(), tests=()):
        """A guide with texts replaced in its rules and in its tests."""
        directory = self.place / name
        directory.mkdir()
        for file, pairs in (("guide.xml", rules), ("guide-oval.xml", tests)):
            text = (GUIDE / file).read_text()
            for old, new in pairs:
                self.assertIn(old, text)
                text = text.replace(old, new)
            (directory / file).write_text(text)
        self.call("add", str(directory / "guide.xml"), "--with", str(directory / "guide-oval.xml"), "--name", name)

    def differences(self, rules=(), tests=(), before=()):
        """What differs between the guide and one with these texts replaced, as (sign, kind, id, what)."""
        self.add("old", before)
        self.add("new", (*before, *rules), tests)
        # A change back to the same has no differences either way.
        self.call("diff", "new", "new")
        done = json.loads(self.call("diff", "old", "new", "--json", exit=2 if rules or tests else 0))
        rows = []
        for row in done["differences"]:
            kind = next(key for key in row if key not in ("change", "what"))
            rows.append((row["change"], kind, row[kind].split("_", 3)[-1], row["what"]))
        return rows

    def test_another_pattern_is_another_check(self):
        self.assertEqual(self.differences(tests=[("^no$", "^never$")]), [("~", "rule", "root_login", "check")])

    def test_other_ids_and_comments_are_the_same_check(self):
        self.add("old")
        self.add("new", [("oval:example:def", "oval:other:def")], [("oval:example:", "oval:other:"), ('comment="c"', 'comment="d"')])
        self.assertIn("both test the same", self.call("diff", "old", "new"))

    def test_a_test_that_asks_for_another_existence_is_another_check(self):
        said = self.differences(tests=[('check_existence="none_exist"', 'check_existence="any_exist"')])
        self.assertEqual(said, [("~", "rule", "endless", "check")])

    def test_platforms_identifiers_and_weights_count(self):
        said = self.differences([
            ('<ident system="https://public.cyber.mil/stigs/cci/">CCI-000770</ident>',
             '<platform idref="cpe:/o:x:y"/><ident system="https://public.cyber.mil/stigs/cci/">CCI-000771</ident>'),
            ('selected="false" severity="medium"', 'selected="false" severity="medium" weight="2.0"'),
        ])
        self.assertEqual(said, [("~", "rule", "root_login", "platforms, identifiers"),
                                ("~", "rule", "shadow_mode", "weight")])

    def test_profiles_are_compared(self):
        said = self.differences([
            ('<select idref="xccdf_example_rule_endless" selected="true"/>', ""), ("profile_strict", "profile_stricter"),
        ])
        self.assertEqual(said, [("-", "profile", "strict", "Strict"), ("~", "profile", "everything", "rules"),
                                ("+", "profile", "stricter", "Strict")])

    def test_a_value_that_a_rule_uses_is_a_difference_of_both(self):
        before = [('<Rule id="xccdf_example_rule_root_login"', VALUE + '<Rule id="xccdf_example_rule_root_login"'),
                  ('<check-content-ref href="guide-oval.xml" name="oval:example:def:1"/>',
                   EXPORT + '<check-content-ref href="guide-oval.xml" name="oval:example:def:1"/>')]
        said = self.differences([("<value>no</value>", "<value>never</value>")], before=before)
        self.assertEqual(said, [("~", "rule", "root_login", "values"), ("~", "value", "answer", "choices")])

    def test_platforms_of_the_benchmark_are_compared(self):
        said = self.differences([("<version>1</version>", '<platform idref="cpe:/o:x:y"/><version>1</version>')])
        self.assertEqual(said, [("~", "benchmark", "guide", "platforms")])

    def test_what_makes_a_host_a_platform_is_compared(self):
        platform = """<platform-specification xmlns="http://cpe.mitre.org/language/2.0"><platform id="p">
            <logical-test operator="AND" negate="false">
            <check-fact-ref system="http://oval.mitre.org/XMLSchema/oval-definitions-5" href="guide-oval.xml"
             id-ref="oval:example:def:9"/></logical-test></platform></platform-specification><version>1</version>"""
        before = [("<version>1</version>", platform)]
        definition = """<definition id="oval:example:def:9" version="1" class="inventory">
            <metadata><title>%s</title><description/></metadata>
            <criteria negate="%s"><criterion test_ref="oval:example:tst:3"/></criteria></definition></definitions>"""
        for name, title, negate in (("old", "here", "false"), ("worded", "there", "false"), ("other", "here", "true")):
            self.add(name, before, [("</definitions>", definition % (title, negate))])
        self.assertIn("both test the same", self.call("diff", "old", "worded"))
        said = json.loads(self.call("diff", "old", "other", "--json", exit=2))
        self.assertEqual([row["what"] for row in said["differences"]], ["platforms"])

    def test_a_name_that_is_not_there_gets_those_that_are(self):
        self.add("guide")
        self.assertIn("did you mean", self.call("diff", "guide", "giude", exit=66))
        self.assertIn("there is: guide", self.call("show", "something-else", exit=66))
        self.assertIn("hyphen", self.call("add", str(GUIDE / "guide.xml"), "--name", "../evil", exit=64))

    def test_of_several_benchmarks_one_is_named(self):
        stream = self.place / "two.xml"
        stream.write_text(two_benchmarks())
        for name in ("old", "new"):
            self.call("add", str(stream), "--name", name)
        self.assertIn("--benchmark", self.call("diff", "old", "new", exit=64))
        self.call("diff", "old", "new", "--benchmark", "second")


def two_benchmarks():
    """A data stream with the guide twice, under two names."""
    guide = (GUIDE / "guide.xml").read_text().split("?>", 1)[1]
    oval = (GUIDE / "guide-oval.xml").read_text().split("?>", 1)[1]
    other = guide.replace("xccdf_example_benchmark_guide", "xccdf_example_benchmark_second")
    parts = {"one": guide, "two": other, "oval": oval}
    components = "".join(f'<ds:component id="scap_x_comp_{name}" timestamp="2026-01-01T00:00:00">{text}</ds:component>'
                         for name, text in parts.items())
    catalog = '<cat:catalog><cat:uri name="guide-oval.xml" uri="#scap_x_cref_oval"/></cat:catalog>'
    refs = "".join(f'<ds:component-ref id="scap_x_cref_{name}" xlink:href="#scap_x_comp_{name}">{catalog}</ds:component-ref>'
                   for name in ("one", "two"))
    return f"""<ds:data-stream-collection xmlns:ds="http://scap.nist.gov/schema/scap/source/1.2"
      xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:cat="urn:oasis:names:tc:entity:xmlns:xml:catalog"
      id="scap_x_collection_x" schematron-version="1.2">
      <ds:data-stream id="scap_x_datastream_x" scap-version="1.3" use-case="CONFIGURATION">
      <ds:checklists>{refs}</ds:checklists>
      <ds:checks><ds:component-ref id="scap_x_cref_oval" xlink:href="#scap_x_comp_oval"/></ds:checks>
      </ds:data-stream>{components}</ds:data-stream-collection>"""


if __name__ == "__main__":
    unittest.main()
