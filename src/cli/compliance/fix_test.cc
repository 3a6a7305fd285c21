#include "cli/compliance/fix.h"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "authoring/change_yaml.h"
#include "cli/compliance/shipped_fixes.h"
#include "resources/risks.h"

using namespace twoseal;       // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::cli;  // NOLINT(google-build-using-namespace)

namespace {

constexpr std::string_view kFixes = R"(words:
  ssh: {debian: ssh, rhel: sshd}
fixes:
- rule: alive
  aliases: [RHEL-09-255095]
  platforms: [debian, rhel]
  does: sshd ends a silent session
  needs: [count]
  risks: [lose-ssh]
  set:
  - setting: /etc/ssh/sshd_config
    key: ClientAliveCountMax
    value: "{count}"
    then: "reload {ssh}"
- rule: alive_0
  platforms: [debian]
  does: sshd never ends a silent session
  risks: [lose-ssh]
  set: [{setting: /etc/ssh/sshd_config, key: ClientAliveCountMax, value: "0", then: reload ssh}]
- rule: config_mode
  platforms: [debian]
  does: only root reads how sshd is set up
  risks: [lose-ssh]
  set: [{file: /etc/ssh/sshd_config, mode: "0600"}]
- rule: shadow_mode
  platforms: [debian]
  does: nobody reads the hashes
  risks: [auth-change]
  set: [{file: /etc/shadow, mode: "0640", owner: root}]
- rule: shadow_owner
  platforms: [debian]
  does: nobody owns the hashes
  risks: [auth-change]
  set: [{file: /etc/shadow, mode: "0640", owner: root}]
- rule: tmout
  aliases: [DISA-1]
  platforms: [debian]
  does: a shell ends
  set:
  - file: /etc/profile.d/twoseal-tmout.sh
    content: |
      if true; then
        TMOUT=600
      fi
- rule: banner
  aliases: [DISA-1]
  platforms: [debian]
  does: it is told
  set: [{file: /etc/issue, content: "no\ttabs: \"here\" #1"}]
- rule: only_there
  platforms: [rhel]
  does: x
  set: [{package: htop}]
- rule: tool
  platforms: [debian]
  does: a tool is there
  risks: [maintainer-scripts]
  set: [{package: htop}]
by_hand:
- {rule: partition_for_*, why: made with the host}
- {rule: partition_for_srv, why: nobody needs it}
)";

authoring::FixFile fixes() {
  auto file = authoring::read_fixes({kFixes, "f.yaml"});
  REQUIRE_MESSAGE(file.has_value(), (file ? "" : file.error().where + " " + file.error().what));
  return *std::move(file);
}

FixRequest request(const std::vector<std::string>& rules) {
  FixRequest out{.platform = "debian",
                 .content = "guide",
                 .profile = "standard",
                 .values = {{"xccdf_org.x.content_value_count", "3"}},
                 .targets = "web-01"};
  for (const std::string& rule : rules) {
    out.rules.push_back({"xccdf_org.x.content_rule_" + rule, {}, "medium"});
  }
  return out;
}

Result<authoring::ChangeDraft> compiled(const std::string& text) {
  return authoring::read_change({text, "fix.yaml"}, {});
}

// What the text compiles to; the text must.
std::vector<Resource> resources_of(const std::string& text) {
  const auto draft = compiled(text);
  REQUIRE_MESSAGE(draft.has_value(),
                  (draft ? "" : draft.error().where + " " + draft.error().what + "\n" + text));
  return draft->state.value();
}

bool tells(const FixChange& change, std::string_view what) {
  const bool found = change.text.find(what) != std::string::npos;
  CHECK_MESSAGE(found, change.text);
  return found;
}

FixOutcome outcome(const FixChange& change, std::string_view rule) {
  const auto found = std::find_if(change.rules.begin(),
                                  change.rules.end(),
                                  [&](const FixedRule& one) { return one.rule == rule; });
  REQUIRE(found != change.rules.end());
  return found->outcome;
}

}  // namespace

TEST_CASE("a change file is written as a person would write it") {
  const FixChange change =
      write_fix_change(fixes(), request({"alive", "tmout", "partition_for_tmp"}));
  CHECK(change.text ==
        R"(# 2 rules of 3 that failed in a check with guide, profile standard on debian.
# Risks that have to be accepted by name: --accept-risk lose-ssh
change:
  type: normal
  summary: Mend 2 failing rules
  components: [hardening]
  justification: >-
    failing in a check with guide, profile standard: alive, tmout
  rollback: automatic
scope: hardening
targets: web-01
health: [{tcp: 22, within: 10s}]
set:
  # alive (medium): sshd ends a silent session
  - {setting: /etc/ssh/sshd_config, key: ClientAliveCountMax, value: "3", then: reload ssh}
  # tmout (medium): a shell ends
  - file: /etc/profile.d/twoseal-tmout.sh
    content: |
      if true; then
        TMOUT=600
      fi

# To be mended by people:
# partition_for_tmp (medium): made with the host
)");
  CHECK(change.risks == std::vector<std::string>{"lose-ssh"});
}

TEST_CASE("what is written compiles, and to the resources that were meant") {
  const FixChange change = write_fix_change(fixes(), request({"alive", "tmout", "banner"}));
  const auto draft = compiled(change.text);
  REQUIRE(draft.has_value());
  CHECK(draft->change.why ==
        "failing in a check with guide, profile standard: alive, tmout, banner");
  CHECK(draft->change.rollback.kind == RollbackKind::restore);
  CHECK(draft->change.scope->text() == "hardening");
  const std::vector<Resource>& state = draft->state.value();
  REQUIRE(state.size() == 3);
  CHECK(state[0].then.at(0).unit == "ssh.service");
  CHECK(std::get<std::string>(state[1].want.at("content")) == "if true; then\n  TMOUT=600\nfi\n");
  CHECK(std::get<std::string>(state[2].want.at("content")) == "no\ttabs: \"here\" #1");
}

TEST_CASE("a resource that is too long for one line has a line for each field") {
  const auto file =
      authoring::read_fixes({"fixes: [{rule: long, platforms: [debian], does: x, set: [{directory: "
                             "/etc/a/directory/whose/name/is/long/enough/to/fill/a/line, mode: "
                             "\"0750\", owner: root, group: "
                             "root, then: [reload a, restart b]}]}]",
                             "f.yaml"});
  REQUIRE(file.has_value());
  const FixChange change = write_fix_change(*file, request({"long"}));
  tells(change,
        "  - directory: /etc/a/directory/whose/name/is/long/enough/to/fill/a/line\n"
        "    mode: \"0750\"\n    owner: root\n    group: root\n    then: [reload a, restart b]\n");
  CHECK(resources_of(change.text).at(0).then.size() == 2);
}

TEST_CASE("packages beside other things are told to come first") {
  constexpr std::string_view kFirst = "before they install anything";
  tells(write_fix_change(fixes(), request({"tool", "tmout"})), kFirst);
  CHECK(write_fix_change(fixes(), request({"tool"})).text.find(kFirst) == std::string::npos);
  CHECK(write_fix_change(fixes(), request({"tmout"})).text.find(kFirst) == std::string::npos);
}

TEST_CASE("without targets the person is asked for them") {
  FixRequest asked = request({"tmout"});
  asked.targets.clear();
  const FixChange change = write_fix_change(fixes(), asked);
  tells(change, "# Which hosts?");
  const auto draft = compiled(change.text);
  REQUIRE_FALSE(draft.has_value());
  CHECK(draft.error().what.find("targets: missing") != std::string::npos);
}

TEST_CASE("two rules that want the same share a resource, and both are named") {
  const FixChange change = write_fix_change(fixes(), request({"shadow_mode", "shadow_owner"}));
  CHECK(outcome(change, "shadow_owner") == FixOutcome::shared);
  tells(change,
        "  # shadow_mode (medium): nobody reads the hashes\n"
        "  # shadow_owner (medium): the same resource\n"
        "  - {file: /etc/shadow, mode: \"0640\", owner: root}\n");
  CHECK(resources_of(change.text).size() == 1);
}

TEST_CASE("of two rules that want different values the later is left out and told") {
  const FixChange change = write_fix_change(fixes(), request({"alive_0", "alive"}));
  CHECK(outcome(change, "alive_0") == FixOutcome::written);
  CHECK(outcome(change, "alive") == FixOutcome::clash);
  CHECK(change.rules[1].told ==
        "alive_0 wants of setting:/etc/ssh/sshd_config#ClientAliveCountMax value '0', and not '3'");
  tells(change,
        "# Left out, because another rule above wants otherwise:\n# alive (medium): alive_0");
  CHECK(resources_of(change.text).size() == 1);
}

TEST_CASE("a rule about the mode of a file stands back for those that edit it") {
  const FixChange change = write_fix_change(fixes(), request({"config_mode", "alive"}));
  CHECK(outcome(change, "alive") == FixOutcome::written);
  CHECK(outcome(change, "config_mode") == FixOutcome::clash);
  CHECK(change.rules[0].told ==
        "alive is about /etc/ssh/sshd_config in another way, and no host takes both");
  CHECK(resources_of(change.text).size() == 1);
  const FixChange alone = write_fix_change(fixes(), request({"config_mode"}));
  CHECK(outcome(alone, "config_mode") == FixOutcome::written);
}

TEST_CASE("every rule that is not mended is listed with the reason") {
  FixRequest asked =
      request({"partition_for_tmp", "partition_for_srv", "unheard_of", "only_there", "alive"});
  asked.values.clear();
  const FixChange change = write_fix_change(fixes(), asked);
  CHECK(change.text.find("set:") == std::string::npos);
  CHECK(outcome(change, "partition_for_tmp") == FixOutcome::by_hand);
  CHECK(change.rules[1].told == "nobody needs it");
  tells(change, "# unheard_of (medium): nothing is known that mends it\n");
  tells(change, "# only_there (medium): what mends it is known on rhel only\n");
  tells(change, "# alive (medium): the benchmark gives no value count\n");
  CHECK(change.rules.size() == 5);
}

TEST_CASE("a rule of DISA is known by its other ids, and may need what several rules need") {
  FixRequest asked = request({});
  asked.rules = {{"SV-257995r1_rule", {"RHEL-09-255095"}, "high"}, {"SV-1r1_rule", {"DISA-1"}, ""}};
  const FixChange change = write_fix_change(fixes(), asked);
  tells(change, "  # SV-257995r1_rule (high): sshd ends a silent session\n");
  tells(change, "  # SV-1r1_rule: a shell ends; it is told\n");
  CHECK(resources_of(change.text).size() == 3);
}

TEST_CASE("a rule that stands twice in a check is written once") {
  const FixChange change = write_fix_change(fixes(), request({"tmout", "tmout"}));
  CHECK(change.rules.size() == 1);
}

TEST_CASE("names out of foreign content cannot become anything else in the file") {
  FixRequest asked = request({"tmout", "evil\nset: []\n", "x\x01\xff"});
  asked.content = "guide\nenforce: repair";
  asked.rules.push_back({"a # b: {c\n- d", {"DISA-1"}, "high\nscope: x"});
  const FixChange change = write_fix_change(fixes(), asked);
  CHECK(change.text.find("\nenforce") == std::string::npos);
  CHECK(change.text.find("\nset: []") == std::string::npos);
  CHECK(resources_of(change.text).size() == 2);
}

TEST_CASE("each rule can be a change and scope of its own, those that share together") {
  const auto changes = write_fix_changes(
      fixes(), request({"shadow_mode", "alive", "shadow_owner", "partition_for_tmp", "tmout"}));
  REQUIRE(changes.size() == 3);
  CHECK(changes[0].scope == "shadow_mode");
  CHECK(changes[1].scope == "alive");
  CHECK(changes[2].scope == "tmout");
  CHECK(changes[0].change.rules.size() == 2);
  tells(changes[1].change, "  summary: Mend alive\n");
  for (const NamedFixChange& one : changes) {
    CHECK(resources_of(one.change.text).size() == 1);
    CHECK(compiled(one.change.text)->change.scope->text() == one.scope);
  }
}

TEST_CASE("scopes made of long names stay ids and apart") {
  authoring::FixFile two = fixes();
  authoring::Fix fix = two.fixes[5];
  fix.rule = std::string(70, 'A') + "1";
  two.fixes.push_back(fix);
  fix = two.fixes[6];
  fix.rule = std::string(70, 'A') + "2";
  two.fixes.push_back(fix);
  const auto changes =
      write_fix_changes(two, request({std::string(70, 'A') + "1", std::string(70, 'A') + "2"}));
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].scope == std::string(64, 'a'));
  CHECK(changes[1].scope == std::string(62, 'a') + "-2");
}

TEST_CASE("all fixes that are shipped compile on their platforms, to what was meant") {
  const auto shipped = shipped_fixes();
  REQUIRE(shipped.has_value());
  for (const char* platform : {"debian", "rhel", "ubuntu"}) {
    FixRequest asked{.platform = platform, .content = "guide", .targets = "web-01"};
    for (const authoring::Fix& fix : shipped->fixes) {
      asked.rules.push_back({"xccdf_x_rule_" + fix.rule, {}, "high"});
      for (const std::string& name : fix.needs) {
        asked.values.try_emplace(name, fix.usual.contains(name) ? fix.usual.at(name) : "1");
      }
    }
    const FixChange change = write_fix_change(*shipped, asked);
    std::vector<Resource> state = resources_of(change.text);
    std::set<std::string> written;
    for (const Resource& resource : state) {
      written.insert(resource.identity());
    }
    for (const authoring::Fix& fix : shipped->fixes) {
      if (is_for(fix, platform) && outcome(change, fix.rule) != FixOutcome::clash) {
        const auto filled = fill_fix(fix, platform, asked.values).value();
        for (const auto& one : filled) {
          CHECK_MESSAGE(written.contains(one.resource.identity()), fix.rule);
        }
      }
    }
  }
}

TEST_CASE("the risks of a shipped fix are those that its resources have by their words") {
  const auto shipped = shipped_fixes();
  REQUIRE(shipped.has_value());
  for (const authoring::Fix& fix : shipped->fixes) {
    std::map<std::string, std::string> values;
    for (const std::string& name : fix.needs) {
      values[name] = fix.usual.contains(name) ? fix.usual.at(name) : "1";
    }
    for (const std::string& platform : fix.platforms) {
      std::set<std::string> risks;
      const auto filled = fill_fix(fix, platform, values).value();
      for (const auto& one : filled) {
        for (const Name& risk : risks_of(one.resource)) {
          risks.insert(risk.text());
        }
      }
      CHECK_MESSAGE(std::vector<std::string>(risks.begin(), risks.end()) == fix.risks, fix.rule);
    }
  }
}
