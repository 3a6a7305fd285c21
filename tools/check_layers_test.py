"""Shows that check_layers.py finds each kind of violation, on small trees made for that."""

import tempfile
import unittest
from pathlib import Path

import check_layers

ORDER = "text\n\n    base < crypto < model < codec < ledger < policy < storage, authoring < net < cli < main\n"


class CheckLayers(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.root = Path(self.directory.name)
        self.put("ARCHITECTURE.md", ORDER)
        self.put("src/base/id.h", "#include <string>\n")

    def tearDown(self):
        self.directory.cleanup()

    def put(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def problems_with(self, path, text):
        self.put(path, text)
        return check_layers.check(self.root)

    def assert_one(self, problems, *words):
        self.assertEqual(len(problems), 1, problems)
        for word in words:
            self.assertIn(word, problems[0])

    def test_a_clean_tree_has_no_violation(self):
        self.put("src/main.cc", '#include "cli/run.h"\n')
        self.put("src/cli/run.h", '#include <CLI/CLI.hpp>\n#include "policy/decide.h"\n')
        self.put("src/policy/decide_test.cc", '#include <doctest/doctest.h>\n#include <fstream>\n')
        self.assertEqual(check_layers.check(self.root), [])

    def test_a_folder_to_the_right_is_refused(self):
        problems = self.problems_with("src/model/change.h", '\n#include "policy/decide.h"\n')
        self.assert_one(problems, "src/model/change.h:2", "model may not include policy")

    def test_tests_keep_the_order_too(self):
        problems = self.problems_with("src/model/change_test.cc", '#include "policy/decide.h"\n')
        self.assert_one(problems, "model may not include policy")

    def test_only_tests_use_what_tests_share(self):
        self.assertEqual(self.problems_with("src/base/a_test.cc", '#include "tests/support/keys.h"\n'), [])
        self.assert_one(self.problems_with("src/base/a.cc", '#include "tests/support/keys.h"\n'), "only tests")

    def test_siblings_do_not_include_each_other(self):
        problems = self.problems_with("src/storage/a.cc", '#include "authoring/b.h"\n')
        self.assert_one(problems, "storage may not include authoring")

    def test_an_include_names_its_folder(self):
        self.assert_one(self.problems_with("src/base/a.cc", '#include "id.h"\n'), '"base/id.h"')

    def test_an_unknown_folder_is_refused(self):
        self.assert_one(self.problems_with("src/misc/a.h", ""), "src/misc")
        self.assertEqual(len(self.problems_with("src/base/a.h", '#include "misc/a.h"\n')), 2)

    def test_libraries_stay_in_the_folder_that_wraps_them(self):
        for header, folder in (
            ("openssl/evp.h", "policy"),
            ("boost/json.hpp", "base"),
            ("sqlite3.h", "ledger"),
            ("yaml-cpp/yaml.h", "codec"),
            ("CLI/CLI.hpp", "net"),
            ("doctest/doctest.h", "base"),
        ):
            with self.subTest(header):
                problems = self.problems_with(f"src/{folder}/a.cc", f"#include <{header}>\n")
                self.assert_one(problems, header)
                self.put(f"src/{folder}/a.cc", "")

    def test_libraries_are_allowed_where_they_belong(self):
        self.put("src/crypto/hash.cc", "#include <openssl/evp.h>\n")
        self.put("src/net/tls.cc", "#include <openssl/ssl.h>\n#include <boost/asio.hpp>\n")
        self.put("src/codec/read.cc", "#include <boost/json.hpp>\n")
        self.put("src/storage/db.cc", "#include <sqlite3.h>\n#include <thread>\n")
        self.assertEqual(check_layers.check(self.root), [])

    def test_fmt_stays_out_of_headers(self):
        self.assert_one(self.problems_with("src/cli/a.h", "#include <fmt/format.h>\n"), "only in .cc")
        self.put("src/cli/a.h", "")
        self.assertEqual(self.problems_with("src/cli/a.cc", "#include <fmt/format.h>\n"), [])

    def test_the_trust_core_has_no_input_output_clock_or_thread(self):
        for header in ("fstream", "iostream", "filesystem", "unistd.h", "chrono", "ctime", "thread", "sys/stat.h"):
            with self.subTest(header):
                self.assert_one(self.problems_with("src/policy/a.cc", f"#include <{header}>\n"), header)

    def test_only_os_parts_of_base_touch_the_system(self):
        self.put("src/base/os_file.cc", "#include <unistd.h>\n")
        self.put("src/cli/run.cc", '#include "base/os_file.h"\n')
        self.assertEqual(check_layers.check(self.root), [])
        problems = self.problems_with("src/codec/read.cc", '#include "base/os_file.h"\n')
        self.assert_one(problems, "may not use base/os_file.h")

    def test_only_what_signs_touches_private_keys(self):
        self.put("src/crypto/key_file.cc", '#include "crypto/private_key.h"\n')
        self.put("src/cli/sign.cc", '#include "crypto/private_key.h"\n')
        self.put("src/policy/a_test.cc", '#include "crypto/private_key.h"\n')
        self.assertEqual(check_layers.check(self.root), [])
        for path in ("src/policy/a.cc", "src/crypto/sshsig.cc"):
            with self.subTest(path):
                problems = self.problems_with(path, '#include "crypto/private_key.h"\n')
                self.assert_one([one for one in problems if path in one], "may not use crypto/private_key.h")

    def test_check_may_print_and_nobody_else(self):
        self.assertEqual(self.problems_with("src/base/check.cc", "#include <cstdio>\n"), [])
        self.assert_one(self.problems_with("src/base/result.cc", "#include <cstdio>\n"), "cstdio")

    def test_the_size_of_the_core_counts_code_and_nothing_else(self):
        before = check_layers.core_size(self.root / "src")
        self.put("src/policy/a.cc", "int a;\n// comment\n\n/* more\n   of it */\nint b;  // b\n")
        self.put("src/policy/a_test.cc", "int a;\n")
        self.put("src/base/os_file.cc", "int a;\n")
        self.put("src/crypto/private_key.cc", "int a;\n")
        self.put("src/cli/run.cc", "int a;\n")
        self.assertEqual(check_layers.core_size(self.root / "src") - before, 2)

    def test_headers_that_the_build_makes_are_known(self):
        self.assertEqual(self.problems_with("src/storage/a.cc", '#include "embedded/kQueries.h"\n'), [])

    def test_the_order_must_stand_in_the_page_once(self):
        for text in ("nothing", ORDER + ORDER):
            self.put("ARCHITECTURE.md", text)
            with self.assertRaises(ValueError):
                check_layers.check(self.root)


if __name__ == "__main__":
    unittest.main()
