#include "resources/setting_format.h"

#include <doctest/doctest.h>

#include "base/json.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

SettingName sshd(std::string key, std::optional<std::string> section = {}) {
  return {SettingFormat::sshd, std::move(section), std::move(key)};
}

SettingName named(SettingFormat format, std::string key, std::optional<std::string> section = {}) {
  return {format, std::move(section), std::move(key)};
}

std::string set(BytesView text, const SettingName& name, std::string_view value) {
  const auto edited = with_setting(text, name, value);
  if (!edited) {
    return error_code_text(edited.error().code) + " " + edited.error().where;
  }
  // What was set is what is read, and setting it again changes nothing.
  CHECK(read_setting(*edited, name).value() == std::string(value));
  CHECK(with_setting(*edited, name, value).value() == *edited);
  return *edited;
}

std::string unset(BytesView text, const SettingName& name) {
  const auto edited = without_setting(text, name);
  REQUIRE(edited);
  CHECK(read_setting(*edited, name).value() == std::nullopt);
  return *edited;
}

}  // namespace

TEST_CASE("an sshd keyword is replaced in its place, whatever its case and divider") {
  CHECK(set("Port 22\nMaxAuthTries 6\nX11Forwarding yes\n", sshd("MaxAuthTries"), "4") ==
        "Port 22\nMaxAuthTries 4\nX11Forwarding yes\n");
  CHECK(set("maxauthtries=6\n", sshd("MaxAuthTries"), "4") == "maxauthtries=4\n");
  CHECK(set("  MaxAuthTries \t 6  # why\n", sshd("MaxAuthTries"), "4") ==
        "  MaxAuthTries \t 4  # why\n");
}

TEST_CASE("of an sshd keyword that stands twice the first counts and the others go") {
  const std::string text = "MaxAuthTries 3\nMaxAuthTries 6\n";
  CHECK(read_setting(text, sshd("maxauthtries")).value() == "3");
  CHECK(set(text, sshd("MaxAuthTries"), "4") == "MaxAuthTries 4\n");
}

TEST_CASE("a missing sshd keyword goes behind the comment that shows it, else before Match") {
  CHECK(set("#MaxAuthTries 6\nPort 22\n", sshd("MaxAuthTries"), "4") ==
        "#MaxAuthTries 6\nMaxAuthTries 4\nPort 22\n");
  CHECK(set("Port 22\n\nMatch User git\n  MaxAuthTries 1\n", sshd("MaxAuthTries"), "4") ==
        "Port 22\nMaxAuthTries 4\n\nMatch User git\n  MaxAuthTries 1\n");
  CHECK(set("", sshd("MaxAuthTries"), "4") == "MaxAuthTries 4\n");
  CHECK(set("Port 22", sshd("MaxAuthTries"), "4") == "Port 22\nMaxAuthTries 4\n");
}

TEST_CASE("an sshd keyword in a Match block is another one") {
  const std::string text =
      "MaxAuthTries 6\nMatch  user git\n\tMaxAuthTries 1\nMatch all\nPort 22\n";
  CHECK(read_setting(text, sshd("MaxAuthTries", "Match User git")).value() == "1");
  CHECK(set(text, sshd("MaxAuthTries", "Match User git"), "2") ==
        "MaxAuthTries 6\nMatch  user git\n\tMaxAuthTries 2\nMatch all\nPort 22\n");
  CHECK(set(text, sshd("PermitTTY", "Match User git"), "no") ==
        "MaxAuthTries 6\nMatch  user git\n\tMaxAuthTries 1\n    PermitTTY no\nMatch all\nPort "
        "22\n");
  CHECK(set("Port 22\n", sshd("PermitTTY", "Match User git"), "no") ==
        "Port 22\n\nMatch User git\n    PermitTTY no\n");
  // Patterns keep their case: another user is another block.
  CHECK(read_setting(text, sshd("MaxAuthTries", "Match User Git")).value() == std::nullopt);
}

TEST_CASE("an sshd keyword is taken out of its section alone") {
  CHECK(unset("MaxAuthTries 6\n#MaxAuthTries 5\nMatch all\nMaxAuthTries 1\n",
              sshd("MaxAuthTries")) == "#MaxAuthTries 5\nMatch all\nMaxAuthTries 1\n");
  CHECK(unset("Port 22\n", sshd("MaxAuthTries")) == "Port 22\n");
}

TEST_CASE("a kernel setting may be written with dots or slashes; the last one counts") {
  const auto name = named(SettingFormat::sysctl, "net.ipv4.ip_forward");
  const std::string text = "# a\nnet.ipv4.ip_forward=0\n; b\n-net/ipv4/ip_forward = 1\n";
  CHECK(read_setting(text, name).value() == "1");
  CHECK(set(text, name, "0") == "# a\n; b\n-net/ipv4/ip_forward = 0\n");
  CHECK(set("", name, "1") == "net.ipv4.ip_forward = 1\n");
  CHECK(read_setting("net/ipv4/conf/eth0.100/forwarding = 1\n",
                     named(SettingFormat::sysctl, "net/ipv4/conf/eth0.100/forwarding"))
            .value() == "1");
}

TEST_CASE("an ini key belongs to its section") {
  const std::string text = "a=0\n[one]\na = 1\n\n[two]\na = 2\n";
  CHECK(read_setting(text, named(SettingFormat::ini, "a")).value() == "0");
  CHECK(read_setting(text, named(SettingFormat::ini, "a", "two")).value() == "2");
  CHECK(set(text, named(SettingFormat::ini, "b", "one"), "x y") ==
        "a=0\n[one]\na = 1\nb=x y\n\n[two]\na = 2\n");
  CHECK(set("[one]\na = 1\n", named(SettingFormat::ini, "b", "one"), "2") ==
        "[one]\na = 1\nb = 2\n");
  CHECK(set(text, named(SettingFormat::ini, "c", "three"), "3") ==
        "a=0\n[one]\na = 1\n\n[two]\na = 2\n\n[three]\nc=3\n");
  CHECK(set("[one]\n#a=5\n", named(SettingFormat::ini, "a", "one"), "6") == "[one]\n#a=5\na=6\n");
}

TEST_CASE("a section that stands twice is one section, whose last line counts") {
  const std::string text = "[a]\nk=1\n[b]\nk=5\n[a]\nk=2\nm=3\n";
  CHECK(read_setting(text, named(SettingFormat::ini, "k", "a")).value() == "2");
  CHECK(set(text, named(SettingFormat::ini, "k", "a"), "9") == "[a]\n[b]\nk=5\n[a]\nk=9\nm=3\n");
  CHECK(set(text, named(SettingFormat::ini, "n", "a"), "4") ==
        "[a]\nk=1\n[b]\nk=5\n[a]\nk=2\nm=3\nn=4\n");
  const std::string matches =
      "Match User git\n    X11Forwarding no\nMatch all\nMatch User git\n    X11Forwarding yes\n";
  CHECK(set(matches, sshd("X11Forwarding", "Match User git"), "yes") ==
        "Match User git\n    X11Forwarding yes\nMatch all\nMatch User git\n");
}

TEST_CASE("a line that goes on after a backslash is not edited") {
  const auto name = named(SettingFormat::ini, "ExecStart", "Service");
  CHECK(set("[Service]\nExecStart=/bin/a \\\n  b\n", name, "x") == "TS-4105 line 2");
  CHECK(read_setting("[Service]\nExecStart=/bin/a \\\n  b\n", name).error().code ==
        Errc::not_editable);
}

TEST_CASE("a shell value is quoted where it has to be, and read without quotes") {
  const auto name = named(SettingFormat::key_value, "ARGS");
  CHECK(set("export ARGS='a b'\n", name, "c d") == "export ARGS=\"c d\"\n");
  CHECK(set("ARGS=a\n", name, "$x \"y\" `z` \\") == "ARGS=\"\\$x \\\"y\\\" \\`z\\` \\\\\"\n");
  CHECK(set("ARGS=\"a\"\n", name, "a") == "ARGS=\"a\"\n");
  CHECK(set("", name, "") == "ARGS=\"\"\n");
  CHECK(set("ARGS=\"a\n", name, "b") == "TS-4105 line 1");
  CHECK(set("ARGS=a'b'c\n", name, "b") == "TS-4105 line 1");
}

TEST_CASE("login.defs and files of words divide by blanks") {
  CHECK(set("PASS_MAX_DAYS\t99999\n", named(SettingFormat::login_defs, "PASS_MAX_DAYS"), "60") ==
        "PASS_MAX_DAYS\t60\n");
  CHECK(set("# PASS_MAX_DAYS 1\n", named(SettingFormat::login_defs, "PASS_MAX_DAYS"), "60") ==
        "# PASS_MAX_DAYS 1\nPASS_MAX_DAYS\t60\n");
  CHECK(set("key old\n", named(SettingFormat::key_space_value, "key"), "new value") ==
        "key new value\n");
  CHECK(set("keyword old\n", named(SettingFormat::key_space_value, "key"), "x") ==
        "keyword old\nkey x\n");
}

TEST_CASE("what a reader of the file would take for another value is not written") {
  const auto sshd = named(SettingFormat::sshd, "MaxAuthTries");
  const auto ini = named(SettingFormat::ini, "key");
  const auto shell = named(SettingFormat::key_value, "ARGS");
  for (const Bytes text : {"", "MaxAuthTries 6\nkey=old\nARGS=old\n"}) {
    CAPTURE(text);
    CHECK(set(text, sshd, "4\nPermitRootLogin yes") == "TS-4105 ");
    CHECK(set(text, sshd, "4 # as agreed") == "TS-4105 ");
    CHECK(set(text, sshd, "4 ") == "TS-4105 ");
    CHECK(set(text, ini, " blank") == "TS-4105 ");
    CHECK(set(text, ini, "new\n[other]\nkey=x") == "TS-4105 ");
    CHECK(set(text, ini, "goes on \\") == "TS-4105 ");
    CHECK(set(text, shell, "two\nlines") == "TS-4105 ");
    CHECK(set(text, named(SettingFormat::sysctl, "a b"), "1") == "TS-4105 ");
    CHECK(set(text, named(SettingFormat::ini, ""), "1") == "TS-4105 ");
  }
  SettingName section = ini;
  section.section = "a]\n[b";
  CHECK(set("", section, "x") == "TS-4105 ");
  CHECK(set("", sshd, "\"a # b\"") == "MaxAuthTries \"a # b\"\n");
  CHECK(set("", ini, "") == "key=\n");
}

TEST_CASE("lines that end with a carriage return keep it") {
  CHECK(set("a = 1\r\nb = 2\r\n", named(SettingFormat::ini, "a"), "3") == "a = 3\r\nb = 2\r\n");
}

TEST_CASE("formats have names") {
  CHECK(parse_setting_format("sshd") == SettingFormat::sshd);
  CHECK(parse_setting_format("toml") == std::nullopt);
}
