#include "authoring/fixes_yaml.h"

#include <filesystem>
#include <fstream>
#include <set>

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::authoring;  // NOLINT(google-build-using-namespace)

namespace {

constexpr std::string_view kOne = R"(words:
  ssh: {debian: ssh, ubuntu: ssh, rhel: sshd}
fixes:
- rule: sshd_set_keepalive
  aliases: [RHEL-09-255095]
  platforms: [debian, rhel]
  does: sshd ends a silent session
  needs: [count]
  usual: {count: "1"}
  risks: [lose-ssh]
  set:
  - setting: /etc/ssh/sshd_config
    key: ClientAliveCountMax
    value: "{count}"
    then: "reload {ssh}"
by_hand:
- rule: partition_for_*
  why: a file system is made when the host is made
)";

FixFile read(std::string_view text) {
  auto file = read_fixes({text, "f.yaml"});
  REQUIRE_MESSAGE(file.has_value(), (file ? "" : file.error().where + " " + file.error().what));
  return *std::move(file);
}

std::string refusal(std::string_view text) {
  const auto file = read_fixes({text, "f.yaml"});
  return file ? "" : file.error().where + " " + file.error().what;
}

// One fix whose fields are `fields`, beside rule, platforms and does.
std::string fix_refusal(const std::string& fields) {
  return refusal("fixes:\n- {rule: r, platforms: [debian], does: x, " + fields + "}\n");
}

bool tells(const std::string& refused, std::string_view what) {
  const bool found = refused.find(what) != std::string::npos;
  CHECK_MESSAGE(found, refused);
  return found;
}

}  // namespace

TEST_CASE("a fix has all that stands in the file") {
  const FixFile file = read(kOne);
  REQUIRE(file.fixes.size() == 1);
  const Fix& fix = file.fixes[0];
  CHECK(fix.rule == "sshd_set_keepalive");
  CHECK(fix.aliases == std::vector<std::string>{"RHEL-09-255095"});
  CHECK(fix.does == "sshd ends a silent session");
  CHECK(fix.risks == std::vector<std::string>{"lose-ssh"});
  CHECK(is_for(fix, "rhel"));
  CHECK_FALSE(is_for(fix, "ubuntu"));
  REQUIRE(file.by_hand.size() == 1);
  CHECK(is_meant(file.by_hand[0], "partition_for_tmp"));
  CHECK_FALSE(is_meant(file.by_hand[0], "partition"));
}

TEST_CASE("values of the benchmark and words of the platform are filled in") {
  const Fix fix = read(kOne).fixes[0];
  const auto filled = fill_fix(fix, "rhel", {{"count", "3"}});
  REQUIRE(filled.has_value());
  REQUIRE(filled->size() == 1);
  const Resource& resource = filled->front().resource;
  CHECK(resource.identity() == "setting:/etc/ssh/sshd_config#ClientAliveCountMax");
  CHECK(std::get<std::string>(resource.want.at("value")) == "3");
  CHECK(resource.then.at(0).unit == "sshd.service");
  CHECK(filled->front().written.items.at(7).text == "reload sshd");
}

TEST_CASE("without a value the usual one stands, and of alternatives the first") {
  const Fix fix = read(kOne).fixes[0];
  CHECK(missing_values(fix, {}).empty());
  const auto value = [&](const std::map<std::string, std::string>& values) {
    return std::get<std::string>(
        fill_fix(fix, "debian", values)->front().resource.want.at("value"));
  };
  CHECK(value({}) == "1");
  CHECK(value({{"count", "0|1"}}) == "0");
}

TEST_CASE("a value that nobody gives is named") {
  const Fix fix = read(
                      "fixes: [{rule: r, platforms: [debian], does: x, needs: [a], "
                      "set: [{sysctl: a.b, value: \"{a}\"}]}]")
                      .fixes[0];
  CHECK(missing_values(fix, {}) == std::vector<std::string>{"a"});
  const auto filled = fill_fix(fix, "debian", {});
  REQUIRE_FALSE(filled.has_value());
  CHECK(filled.error().what.find("the value 'a' is missing") != std::string::npos);
  CHECK(filled.error().where == "f.yaml:1:88");
}

TEST_CASE("a value that a resource cannot have is refused where it would stand") {
  const Fix fix =
      read(
          "fixes: [{rule: r, platforms: [debian], does: x, needs: [a], usual: {a: \"0600\"}, "
          "set: [{file: /etc/x, mode: \"{a}\"}]}]")
          .fixes[0];
  const auto filled = fill_fix(fix, "debian", {{"a", "rw"}});
  REQUIRE_FALSE(filled.has_value());
  CHECK(filled.error().what.find("set[0].mode") != std::string::npos);
}

TEST_CASE("a value of a benchmark is one plain word, so that nothing reads more than a value") {
  const Fix fix = read(
                      "fixes: [{rule: r, platforms: [debian], does: x, needs: [a], "
                      "set: [{file: /etc/x, line: \"Defaults logfile={a}\"}]}]")
                      .fixes[0];
  CHECK_FALSE(unfit_value(fix, {{"a", "/var/log/sudo.log"}}).has_value());
  CHECK_FALSE(unfit_value(fix, {{"a", "halt|two words"}}).has_value());
  CHECK_FALSE(unfit_value(fix, {}).has_value());
  for (const char* evil : {"/var/log/sudo.log\nevil ALL=(ALL) NOPASSWD: ALL",
                           "/var/log/sudo.log, !logfile",
                           "/var/log/sudo.log,visiblepw",
                           "a:b",
                           "a=b",
                           "a\"b",
                           "a'b",
                           "a\\",
                           "a\tb",
                           "a#b",
                           "$(a)",
                           "a;b",
                           "\xc2\x85",
                           ""}) {
    CHECK_MESSAGE(unfit_value(fix, {{"a", evil}}) == "the value of a is not one plain word", evil);
    CHECK_FALSE(fill_fix(fix, "debian", {{"a", evil}}).has_value());
  }
}

TEST_CASE("a value lists only names that are known where the fix says which") {
  const Fix fix =
      read(
          "fixes: [{rule: r, platforms: [debian], does: x, needs: [a], among: {a: [b-1, c]}, "
          "set: [{setting: /etc/ssh/sshd_config, key: Ciphers, value: \"{a}\"}]}]")
          .fixes[0];
  CHECK_FALSE(unfit_value(fix, {{"a", "c,b-1"}}).has_value());
  CHECK(unfit_value(fix, {{"a", "c,d"}}) == "the value of a lists 'd', which is not known here");
  CHECK(unfit_value(fix, {{"a", "c,"}}).has_value());
  tells(fix_refusal("among: {a: [b]}, set: [{package: htop}]"), "is no value that the fix needs");
}

TEST_CASE("a placeholder is no value, even where there is a usual one") {
  const Fix fix = read(
                      "fixes: [{rule: r, platforms: [debian], does: x, needs: [a], usual: {a: u}, "
                      "placeholders: {a: [example]}, set: [{file: /etc/x, line: \"{a}\"}]}]")
                      .fixes[0];
  CHECK(missing_values(fix, {{"a", "example"}}) == std::vector<std::string>{"a"});
  CHECK(missing_values(fix, {{"a", "logs.example.org"}}).empty());
  CHECK(missing_values(fix, {}).empty());
}

TEST_CASE("a handler whose word is empty is left out on that platform") {
  const Fix fix = read(
                      "words: {auditd: {debian: restart auditd, rhel: \"\"}}\n"
                      "fixes: [{rule: r, platforms: [debian, rhel], does: x, "
                      "set: [{file: /etc/x, line: y, then: \"{auditd}\"}]}]")
                      .fixes[0];
  CHECK(fill_fix(fix, "debian", {})->front().resource.then.size() == 1);
  CHECK(fill_fix(fix, "rhel", {})->front().resource.then.empty());
}

TEST_CASE("what a host must have, and what it may not, stands with the reason that is told") {
  const FixFile file = read(
      "there: {/etc/a: a is not installed}\n"
      "fixes: [{rule: r, platforms: [debian], does: x, there: {/etc/b: no b}, "
      "not_there: {/srv/c: c needs it}, choice: {time-daemon: chrony}, set: [{package: htop}]}]\n"
      "by_hand: [{rule: s, guides: [UBUNTU_22-04], why: y}, {rule: s, why: z}]");
  const Fix& fix = file.fixes[0];
  CHECK(fix.there == PathReasons{{"/etc/a", "a is not installed"}, {"/etc/b", "no b"}});
  CHECK(fix.not_there == PathReasons{{"/srv/c", "c needs it"}});
  CHECK(fix.choice.at("time-daemon") == "chrony");
  CHECK(file.by_hand.at(0).guides == std::vector<std::string>{"UBUNTU_22-04"});
  CHECK(file.by_hand.at(1).guides.empty());
  tells(fix_refusal("there: {etc: x}, set: [{package: htop}]"), "which is no absolute path");
}

TEST_CASE("two braces stand for one") {
  const auto fix = read(
      "fixes: [{rule: r, platforms: [debian], does: x, set: [{file: /etc/x, content: "
      "\"${{a}\"}]}]");
  CHECK(std::get<std::string>(
            fill_fix(fix.fixes[0], "debian", {})->front().resource.want.at("content")) == "${a}");
}

TEST_CASE("what is wrong with a fix is told at its place") {
  tells(refusal("fixs: []\n"), "f.yaml:1:1 a file of fixes has 'fixes' or 'by_hand'");
  tells(refusal("fixs: []\n"), "fixs: this key is not known here; did you mean 'fixes'?");
  tells(fix_refusal("sett: []"), "did you mean 'set'?");
  tells(fix_refusal("set: []"), "has 0 items");
  tells(fix_refusal("set: [x]"), "must be a map, not a text");
  tells(fix_refusal("set: [{pakage: x}]"), "did you mean 'package'?");
  tells(fix_refusal("set: [{package: htop, verson: 1}]"), "f.yaml:2:65 set[0].verson");
  tells(fix_refusal("set: [{file: /etc/x, source: y}]"), "files cannot be read here");
  tells(fix_refusal("risks: [fire], set: [{package: htop}]"), "'fire' is not known here");
  tells(fix_refusal("set: [{package: \"{a}\"}]"), "'{a}' is neither a word nor a value");
  tells(fix_refusal("set: [{package: \"{a\"}]"), "a brace that is not closed");
  tells(fix_refusal("needs: [a], set: [{package: htop}]"), "has no '{a}'");
  tells(fix_refusal("usual: {a: x}, set: [{package: htop}]"), "is no value that the fix needs");
  tells(refusal("fixes: [{rule: a b, platforms: [debian], does: x, set: [{package: htop}]}]"),
        "is made of letters");
  tells(refusal("fixes: [{rule: a, platforms: [debien], does: x, set: [{package: htop}]}]"),
        "did you mean 'debian'?");
  tells(refusal("fixes: [{rule: a, platforms: [debian], does: \"x\\ny\", set: [{package: htop}]}]"),
        "must be one line");
  tells(refusal("by_hand: [{rule: a*b, why: x}]"), "may end with *");
}

TEST_CASE("a rule stands once for each platform, and a word is there for each") {
  const std::string fix = "{rule: r, platforms: [debian], does: x, set: [{package: htop}]}";
  tells(refusal("fixes: [" + fix + ", " + fix + "]"), "'r' stands twice for debian");
  CHECK(refusal("fixes: [" + fix + ", {rule: r, platforms: [rhel], does: x, set: [{package: h2}]}]")
            .empty());
  tells(refusal("by_hand: [{rule: r, why: x}, {rule: r, why: y}]"), "'r' stands twice");
  tells(refusal("words: {ssh: {debian: ssh}}\nfixes: [{rule: r, platforms: [debian, rhel], does: "
                "x, set: [{service: \"{ssh}\", running: true}]}]"),
        "'{ssh}' has no word for rhel");
  tells(refusal("words: {ssh: {debian: ssh}}\nfixes: [{rule: r, platforms: [debian], does: x, "
                "needs: [ssh], set: [{service: \"{ssh}\", running: true}]}]"),
        "'ssh' is a word of this file");
}

TEST_CASE("every file that is shipped can be read, and no rule stands in two of them") {
  std::set<std::string> rules;
  std::size_t fixes = 0;
  const std::filesystem::path folder = std::string(TWOSEAL_SOURCE_DIR) + "/content/fixes";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto file = read_fixes({text, entry.path().filename().string()});
    REQUIRE_MESSAGE(file.has_value(), (file ? "" : file.error().where + " " + file.error().what));
    for (const Fix& fix : file->fixes) {
      ++fixes;
      for (const std::string& platform : fix.platforms) {
        CHECK_MESSAGE(rules.insert(platform + " " + fix.rule).second, fix.rule);
      }
    }
    for (const ByHand& by_hand : file->by_hand) {
      for (const char* platform : {"debian", "rhel", "ubuntu"}) {
        const bool mended = rules.contains(platform + (" " + by_hand.rule));
        CHECK_MESSAGE((!mended || !by_hand.guides.empty()), by_hand.rule);
      }
    }
  }
  CHECK(fixes > 90);
}
