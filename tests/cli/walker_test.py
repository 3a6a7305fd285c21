"""Walks through every verb of the table: help, manual page, completion, output, exit codes."""

import os
import shutil
import subprocess
import unittest

from support import BINARY, ROOT, CommandTest

MARK = "<!-- From here on made by: twoseal man --markdown -->\n"


class Walker(CommandTest):
    @classmethod
    def setUpClass(cls):
        listed = subprocess.run([BINARY, "--help", "--json"], capture_output=True, check=True)
        import json

        cls.verbs = json.loads(listed.stdout)["verbs"]

    def each(self):
        for verb in self.verbs:
            with self.subTest(verb=verb["verb"]):
                yield verb, verb["verb"].split()

    def test_the_table_is_not_empty(self):
        names = [verb["verb"] for verb in self.verbs]
        self.assertGreater(len(names), 10)
        self.assertEqual(len(names), len(set(names)))

    def test_every_verb_has_help_wherever_the_flag_stands(self):
        for verb, words in self.each():
            text = self.ok(*words, "--help").out
            self.assertEqual(text, self.ok("-h", *words).out)
            self.assertEqual(text, self.ok("help", *words).out)
            self.assertIn(verb["summary"], text)
            self.assertIn("examples\n", text)
            for flag in verb["flags"] + verb["global_flags"]:
                self.assertIn("  " + flag["name"], text)

    def test_every_noun_lists_its_verbs(self):
        for noun in {v["verb"].split()[0] for v in self.verbs if " " in v["verb"]}:
            text = self.ok(noun, "--help").out
            for verb in self.verbs:
                if verb["verb"].startswith(noun + " "):
                    self.assertIn("  " + verb["verb"], text)
            self.refused("TS-1106", 64, noun, says="needs a verb")
            self.refused("TS-1106", 64, noun, "no-such-verb")

    def test_every_verb_has_a_manual_page(self):
        for verb, words in self.each():
            page = self.ok("man", *words).out
            self.assertTrue(page.startswith(".TH "))
            for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES"):
                self.assertIn(f".SH {section}\n", page)
            for flag in verb["flags"]:
                self.assertIn(flag["name"].replace("-", "\\-"), page)

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_manual_pages_have_no_faults(self):
        for words in [[], *(verb["verb"].split() for verb in self.verbs)]:
            page = self.ok("man", *words).out
            done = subprocess.run(
                ["groff", "-man", "-Tutf8", "-ww", "-z", "-K", "utf8"],
                input=page.encode(),
                capture_output=True,
                check=True,
            )
            self.assertEqual(done.stderr, b"")

    def test_completion_knows_every_verb_and_flag(self):
        for shell in ("bash", "zsh", "fish"):
            script = self.ok("completion", shell).out
            for verb, words in self.each():
                self.assertIn(words[-1], script)
                for flag in verb["flags"]:
                    self.assertIn(flag["name"].removeprefix("--"), script)
            if shutil.which(shell):
                self.write("script", script)
                check = ["-n", "script"] if shell != "fish" else ["--no-execute", "script"]
                subprocess.run([shell, *check], cwd=self.dir, check=True)
        self.refused("TS-1106", 64, "completion", "tcsh", says="bash, zsh, fish")

    def complete(self, *words):
        script = (
            'source <("$0" completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _twoseal;'
            ' printf "%s\\n" "${COMPREPLY[@]}"'
        )
        done = subprocess.run(
            ["bash", "-c", script, BINARY, "twoseal", *words],
            capture_output=True,
            cwd=self.dir,
            text=True,
            check=True,
        )
        return done.stdout.split()

    def test_bash_completes_verbs_second_words_flags_and_files(self):
        self.assertEqual(self.complete("can"), ["canon"])
        self.assertIn("new", self.complete("key", ""))
        self.assertEqual(self.complete("key", "new", "--lo"), ["--local"])
        self.assertEqual(self.complete("canon", "--qu"), ["--quiet"])
        self.write("change.json", "{}")
        self.assertEqual(self.complete("canon", "cha"), ["change.json"])

    def test_every_verb_refuses_an_unknown_flag(self):
        for _, words in self.each():
            self.refused("TS-1106", 64, *words, "--no-such-flag", says="has no flag")

    def test_every_verb_names_what_is_missing(self):
        for verb, words in self.each():
            if verb["usage"] != f"twoseal {verb['verb']} [flags]" and "[" not in verb["usage"].split("[flags]")[0]:
                self.refused("TS-1106", 64, *words)

    def test_an_error_of_usage_sends_to_the_help_of_its_verb(self):
        self.write("a", "{}")
        for words in (["canon", "a", "--json=no"], ["ledger", "prove", "--store", "x"], ["vectors", "export"]):
            verb = " ".join(words[: 1 if words[0] == "canon" else 2])
            self.refused("TS-1106", 64, *words, says=f"\n  next  twoseal {verb} --help shows")

    def test_no_verb_runs_when_its_output_cannot_be_delivered(self):
        for _, words in self.each():
            self.refused("TS-1110", 1, *words, "--help", preexec_fn=lambda: os.close(1))
            reader, writer = os.pipe()
            os.close(reader)
            self.refused("TS-1110", 1, *words, "--help", stdout=writer)
            os.close(writer)

    def test_no_verb_waits_for_an_answer_without_a_terminal(self):
        for verb, words in self.each():
            operands = [o["name"] for o in verb["operands"]]
            flags = [w for f in verb["flags"] if f["required"] for w in (f["name"], "x")]
            outcome = self.run_twoseal(*words, *flags, *operands, "--no-input")
            self.assertIn(outcome.code, verb["exits"], outcome)

    def test_an_error_with_json_is_one_object(self):
        outcome = self.run_twoseal("canon", "none.json", "--json")
        self.assertEqual(outcome.code, 66)
        error = outcome.json["error"]
        self.assertEqual((error["code"], error["where"]), ("TS-1101", "none.json"))
        self.assertEqual(error["exit"], 66)
        self.assertIn("error TS-1101", outcome.err)

    def test_json_fields_can_be_chosen(self):
        self.write("a", "{}")
        self.assertEqual(self.ok("canon", "a", "--json=size,canonical").json, {"size": 2, "canonical": True})
        self.assertEqual(self.ok("canon", "a", "--json=size,size").out, '{"size":2}\n')
        self.refused("TS-1106", 64, "canon", "a", "--json=no", says="digest")
        self.refused("TS-1106", 64, "canon", "a", "--json=no,no", says="has no field 'no'")

    def test_output_goes_to_a_new_file_only(self):
        self.write("a", "{}")
        outcome = self.ok("digest", "a", "-o", "d")
        self.assertEqual(outcome.out, "")
        self.assertTrue(self.path("d").read_text().startswith("sha256:44136fa3"))
        self.refused("TS-1105", 1, "digest", "a", "-o", "d")
        self.refused("TS-1109", 1, "digest", "a", "-o", "no/d")
        self.ok("digest", "a", "-o", "e", preexec_fn=lambda: os.close(1))

    def test_colour_only_when_it_is_wanted(self):
        plain = self.run_twoseal("nothing").err
        self.assertNotIn("\x1b", plain)
        self.assertIn("\x1b", self.run_twoseal("nothing", env={"FORCE_COLOR": "1"}).err)
        self.assertNotIn("\x1b", self.run_twoseal("nothing", env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).err)
        self.assertNotIn("\x1b", self.run_twoseal("nothing", "--no-color", env={"FORCE_COLOR": "1"}).err)

    def test_version_and_no_verb(self):
        self.assertRegex(self.ok("--version").out, r"^twoseal \d+\.\d+\.\d+\n$")
        self.refused("TS-1106", 64, says="no verb")
        self.refused("TS-1106", 64, "cannon", says="did you mean: twoseal canon")

    def test_every_error_is_explained_by_number_and_refusal(self):
        errors = self.ok("explain", "--json").json["errors"]
        self.assertGreater(len(errors), 60)
        for row in errors:
            for name in filter(None, (row["code"], row["refusal"], row["code"].lower())):
                self.assertIn(row["next"], self.ok("explain", name).out)
        self.refused("TS-1106", 64, "explain", "TS-9999")

    def test_the_reference_page_agrees_with_the_table(self):
        page = ROOT / "docs/cli.md"
        head, mark, made = page.read_text().partition(MARK)
        self.assertEqual(mark, MARK)
        now = "\n" + self.ok("man", "--markdown").out
        if os.environ.get("TWOSEAL_ACCEPT"):
            page.write_text(head + mark + now)
        else:
            self.assertEqual(made, now, "TWOSEAL_ACCEPT=1 ctest -R cli_walker writes it anew")


if __name__ == "__main__":
    unittest.main()
