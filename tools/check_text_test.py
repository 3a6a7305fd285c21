"""Shows that check_text.py finds each kind of problem, on small trees made for that."""

import tempfile
import unittest
from pathlib import Path

import check_text

EXITS = "enum class Exit : int {\n  done = 0,\n  bad_data = 65,\n};\n"
EXIT_PAGE = "# Exit codes\n\n| code | name | meaning |\n|---|---|---|\n| 0 | `done` | x |\n| 65 | `bad_data` | y |\n"
ROW = 'TWOSEAL_ERROR({}, {}, "{}", bad_data,\n              "title",\n              "why",\n              "next")\n'
UNFINISHED = "TO" + "DO"
UNKNOWN = "CR" + "-99"


class CheckText(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.root = Path(self.directory.name)
        self.put("LICENSE", "Apache License\n")
        self.put("README.md", "# Product\n\nSee [docs](docs/README.md#formats).\n")
        self.put("docs/README.md", "# Documentation\n\n## Formats\n\n[r](requirements.md) [e](exit-codes.md) [x](errors.md)\n")
        self.put("docs/requirements.md", "# Requirements\n\n| CR-1 | x | core |\n")
        self.put("docs/exit-codes.md", EXIT_PAGE)
        self.put("src/base/README.md", "# base\n")
        self.put("src/base/exit_code.h", EXITS)
        self.put_errors(ROW.format("first", 1001, "") + ROW.format("second", 1002, "B1"))

    def tearDown(self):
        self.directory.cleanup()

    def put(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def put_errors(self, rows):
        self.put("src/base/errors.def", rows)
        self.put("docs/errors.md", check_text.error_page(rows))

    def assert_one(self, *words):
        problems, _ = check_text.check(self.root)
        self.assertEqual(len(problems), 1, problems)
        for word in words:
            self.assertIn(word, problems[0])

    def test_a_clean_tree_has_no_problem(self):
        self.assertEqual(check_text.check(self.root), ([], []))

    def test_a_page_has_exactly_one_title_and_starts_with_it(self):
        for text in ("text\n", "# One\n\n# Two\n"):
            with self.subTest(text):
                self.put("src/base/README.md", text)
                self.assert_one("src/base/README.md", "titles")
        self.put("src/base/README.md", "text\n\n# Late\n")
        self.assert_one("does not start with its title")

    def test_code_in_a_page_is_no_title_and_no_link(self):
        self.put("src/base/README.md", "# base\n\n```sh\n# comment [x](nowhere.md)\n```\n\n    # [x](nowhere)\n\n`[x](y)`\n")
        self.assertEqual(check_text.check(self.root), ([], []))

    def test_links_and_anchors_must_resolve(self):
        self.put("src/base/README.md", "# base\n\n[x](gone.md)\n")
        self.assert_one("src/base/README.md:3", "gone.md leads nowhere")
        self.put("src/base/README.md", "# base\n\n[x](../../docs/README.md#other)\n")
        self.assert_one("no heading for #other")
        self.put("src/base/README.md", "# base\n\n[x](#base) [y](https://example.org/z)\n")
        self.assertEqual(check_text.check(self.root)[0], [])

    def test_headings_with_marks_and_code_have_the_usual_anchor(self):
        self.assertEqual(check_text.anchor_of(" What `verify` does, and not!"), "what-verify-does-and-not")

    def test_a_page_that_nothing_links_to_is_dead(self):
        self.put("docs/guides/lost.md", "# Lost\n")
        self.assert_one("docs/guides/lost.md", "no page links to it")

    def test_pages_that_code_names_must_exist(self):
        self.put("src/base/a.h", "// see docs/formats/gone.md for the bytes\n")
        self.assert_one("src/base/a.h:1", "docs/formats/gone.md does not exist")

    def test_blanks_tabs_and_the_last_line(self):
        self.put("src/base/a.h", "int a; \n")
        self.assert_one("src/base/a.h:1", "blanks")
        self.put("src/base/a.h", "\tint a;\n")
        self.assert_one("a tab")
        for text in ("int a;", "int a;\n\n"):
            self.put("src/base/a.h", text)
            self.assert_one("one line feed")
        self.put("src/base/a.h", "int a;\n")
        self.put("Makefile", "all:\n\ttrue\n")
        self.assertEqual(check_text.check(self.root)[0], [])

    def test_data_is_not_judged_as_text(self):
        self.put("tests/golden/change/a-v1", "no line feed \t")
        self.assertEqual(check_text.check(self.root)[0], [])

    def test_words_for_the_unfinished_are_found(self):
        self.put("src/base/a.h", f"// {UNFINISHED}: later\n")
        self.assert_one(UNFINISHED)

    def test_paths_of_one_machine_and_registry_hosts_are_found(self):
        for text in ("cd /wo" + "rk/main", "ls /ho" + "me/ada/x", "http://de" + "b.debian.org/x", "https://py" + "pi.org"):
            with self.subTest(text):
                self.put("src/base/a.h", f"// {text}\n")
                self.assert_one("one machine")
        self.put("src/base/a.h", "// ~/work/x and build/work/y and https://example.org\n")
        self.assertEqual(check_text.check(self.root)[0], [])

    def test_requirements_must_be_listed(self):
        self.put("src/base/a.h", f"// proves CR-1 and {UNKNOWN}\n")
        self.assert_one(UNKNOWN, "docs/requirements.md")

    def test_tests_that_a_page_names_are_there(self):
        self.put("src/base/a_test.cc", 'CASE("a fact "\n     "in pieces") {}\n')
        self.put("tests/cli/b_test.py", "def test_another_fact(self):\n")
        page = "# base\n\n`src/base/a_test.cc` *a fact in pieces*, `tests/cli/b_test.py` *another fact*, *{}*\n"
        self.put("src/base/README.md", page.format("another fact"))
        self.assertEqual(check_text.check(self.root)[0], [])
        self.put("src/base/README.md", page.format("no fact"))
        self.assert_one("tests/cli/b_test.py has no test 'no fact'")

    def test_each_folder_under_src_has_a_page(self):
        self.put("src/policy/a.h", "\n")
        problems, _ = check_text.check(self.root)
        self.assertTrue(any("src/policy: needs a README.md" in problem for problem in problems))

    def test_error_rows_are_complete_and_unique(self):
        rows = (self.root / "src/base/errors.def").read_text()
        cases = {
            "1001 stands twice": ROW.format("third", 1001, ""),
            "B1 stands twice": ROW.format("third", 1003, "B1"),
            "'nothing' is no value": ROW.format("third", 1003, "").replace("bad_data", "nothing"),
            "needs a title, a why": ROW.format("third", 1003, "").replace('"next"', '""'),
            "no full stop": ROW.format("third", 1003, "").replace('"why"', '"why."'),
            "not of the form": 'TWOSEAL_ERROR(third, x, "", bad_data, "a", "b", "c")\n',
        }
        for words, row in cases.items():
            with self.subTest(words):
                self.put_errors(rows + row)
                self.assert_one(words)

    def test_the_page_of_errors_is_the_one_made_from_the_table(self):
        page = (self.root / "docs/errors.md").read_text()
        self.assertIn("| TS-1002 | B1 | `bad_data` | title | why | next |", page)
        self.put("docs/errors.md", page.replace("title", "other"))
        self.assert_one("docs/errors.md", "--write")

    def test_the_page_of_exit_codes_agrees_with_the_code(self):
        self.put("docs/exit-codes.md", EXIT_PAGE.replace("65", "66"))
        problems, _ = check_text.check(self.root)
        self.assertEqual(len(problems), 2, problems)

    def test_the_license_must_be_there(self):
        (self.root / "LICENSE").unlink()
        self.assert_one("LICENSE")

    def test_long_files_are_a_warning(self):
        self.put("src/base/a.h", "int a;\n" * 701)
        problems, warnings = check_text.check(self.root)
        self.assertEqual(problems, [])
        self.assertIn("701 lines", warnings[0])


if __name__ == "__main__":
    unittest.main()
