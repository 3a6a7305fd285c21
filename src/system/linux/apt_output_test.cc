#include "system/linux/apt_output.h"

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

const std::string kHex(64, 'a');

bool is_refused(const auto& result) {
  return !result && result.error().code == Errc::package_failed;
}

}  // namespace

TEST_CASE("what apt-get would install and remove is read") {
  const AptSteps steps =
      parse_apt_steps(
          "NOTE: This is only a simulation!\n"
          "Remv cron [3.0pl1-162]\n"
          "Inst openssl [3.0.15-1~deb12u1] (3.0.16-1~deb12u1 Debian:12.11/stable [amd64]) []\n"
          "Inst libpcap0.8 (1.10.3-1 Debian:12.11/stable [amd64])\n"
          "Inst libc6:i386 (2.36-9 A:1/b, B:2/c [i386]) [x:amd64 on y:amd64]\n"
          "Inst nginx (1.22.1-9 local-deb [all])\n"
          "Conf openssl (3.0.16-1~deb12u1 Debian:12.11/stable [amd64])\n")
          .value();
  CHECK(steps.install == std::vector<AptStep>{{"libc6", "2.36-9", "i386"},
                                              {"libpcap0.8", "1.10.3-1", "amd64"},
                                              {"nginx", "1.22.1-9", "all"},
                                              {"openssl", "3.0.16-1~deb12u1", "amd64"}});
  CHECK(steps.remove == std::vector<AptStep>{{"cron", "3.0pl1-162", ""}});
  CHECK(parse_apt_steps("").value() == AptSteps{});
}

TEST_CASE("a step that is not understood is refused") {
  for (const char* line : {"Inst ",
                           "Inst cron",
                           "Inst cron (1)",
                           "Inst cron (1 x)",
                           "Inst cron (1 x [])",
                           "Inst cron (x y [amd64])",
                           "Inst Cron (1 y [amd64])",
                           "Remv cron",
                           "Remv cron [",
                           "Remv c [1]"}) {
    CAPTURE(line);
    CHECK(is_refused(parse_apt_steps(line)));
  }
}

TEST_CASE("package files are read with address, size and digest") {
  const auto files =
      parse_apt_uris(
          "'http://m.example.org/p/o/o_1%3a9.2_amd64.deb' oo_1%3a9.2_amd64.deb 123 SHA256:" + kHex +
          "\n")
          .value();
  REQUIRE(files.size() == 1);
  CHECK(files[0] == PackageFile{"oo",
                                "1:9.2",
                                "amd64",
                                Digest::parse_hex(kHex).value(),
                                123,
                                "http://m.example.org/p/o/o_1%3a9.2_amd64.deb"});
  CHECK(package_file_name(files[0]) == "oo_1%3a9.2_amd64.deb");
}

TEST_CASE("a package file without a SHA-256 digest is refused") {
  for (const std::string& line : {std::string("'u' oo_1_all.deb 1 "),
                                  "'u' oo_1_all.deb 1 MD5Sum:" + kHex,
                                  std::string("'u' oo_1_all.deb 1 SHA256:ab"),
                                  "'u' oo_1_all.deb x SHA256:" + kHex,
                                  "'u' oo_1_all.deb -1 SHA256:" + kHex,
                                  "'u' oo_1_all.rpm 1 SHA256:" + kHex,
                                  "'u' oo_1.deb 1 SHA256:" + kHex,
                                  std::string("'u")}) {
    CAPTURE(line);
    CHECK(is_refused(parse_apt_uris(line)));
  }
}

TEST_CASE("an error is what apt-get calls one, else its last line") {
  const auto what = [](std::string_view output) { return apt_error(output, "apt-get").what; };
  CHECK(what("Reading\nE: one\nW: x\nE: two\n") == "one two");
  CHECK(what("first\nlast\n\n") == "last");
  CHECK(what("") == "failed and says nothing");
}

TEST_CASE("errors of apt-get have their codes") {
  const auto code = [](std::string_view output) { return apt_error(output, "apt-get").code; };
  for (const char* absent : {"E: Unable to locate package none\n",
                             "E: Version '9' for 'cron' was not found\n",
                             "E: Package 'mta' has no installation candidate\n",
                             "E: Can't find a source to download version '1' of 'cron:amd64'\n"}) {
    CHECK(code(absent) == Errc::no_such_package);
  }
  CHECK(code("E: Could not get lock /var/lib/dpkg/lock. It is held by process 7 (dpkg)\n") ==
        Errc::package_locked);
  CHECK(code("E: Unable to acquire the dpkg frontend lock (x), is another process using it?\n") ==
        Errc::package_locked);
  CHECK(code("E: Unmet dependencies.\n") == Errc::package_failed);
}
