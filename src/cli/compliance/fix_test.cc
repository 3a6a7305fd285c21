#include "cli/compliance/fix.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

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
- rule: rsyslog
  platforms: [debian]
  does: rsyslog is there
  risks: [maintainer-scripts]
  choice: {log-daemon: rsyslog}
  set: [{package: rsyslog}]
- rule: syslogng
  platforms: [debian]
  does: syslog-ng is there
  risks: [maintainer-scripts]
  choice: {log-daemon: syslog-ng}
  set: [{package: syslog-ng}]
- rule: audited
  platforms: [debian]
  does: it is recorded
  there: {/etc/audit/auditd.conf: auditd is not installed yet}
  not_there: {/srv/busy: somebody needs it}
  set: [{file: /etc/audit/rules.d/x.rules, content: "-D\n"}]
by_hand:
- {rule: tmout, guides: [OLD], why: this guide wants another file}
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

// One that the fix takes.
std::string some_value(const authoring::Fix& fix, const std::string& name) {
  if (fix.usual.contains(name)) {
    return fix.usual.at(name);
  }
  return fix.among.contains(name) ? fix.among.at(name).front() : "1";
}

// All that is shipped, on one platform, as one file. Rules left to people in some guide are in it.
FixChange all_shipped(const authoring::FixFile& shipped, const std::string& platform) {
  FixRequest asked{.platform = platform, .content = "guide", .targets = "web-01"};
  for (const authoring::Fix& fix : shipped.fixes) {
    asked.rules.push_back({"xccdf_x_rule_" + fix.rule, {}, "high"});
    for (const std::string& name : fix.needs) {
      asked.values.try_emplace(name, some_value(fix, name));
    }
  }
  return write_fix_change(shipped, asked);
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

TEST_CASE("of packages that take each other's place one is chosen, and the others are told") {
  const FixChange change = write_fix_change(fixes(), request({"rsyslog", "syslogng"}));
  CHECK(outcome(change, "rsyslog") == FixOutcome::written);
  CHECK(outcome(change, "syslogng") == FixOutcome::clash);
  CHECK(change.rules[1].told == "rsyslog is for rsyslog as the log-daemon, and a host has one");
  CHECK(resources_of(change.text).size() == 1);
}

TEST_CASE("what a passing rule has chosen is not taken away for a failing one") {
  FixRequest asked = request({"rsyslog"});
  asked.passing.push_back({"xccdf_org.x.content_rule_syslogng", {}, ""});
  CHECK(outcome(write_fix_change(fixes(), asked), "rsyslog") == FixOutcome::clash);
  asked.passing.front().id = "xccdf_org.x.content_rule_tmout";
  CHECK(outcome(write_fix_change(fixes(), asked), "rsyslog") == FixOutcome::written);
}

TEST_CASE("a rule is mended only where the host is as its fix needs it") {
  FixRequest asked = request({"audited"});
  std::map<std::string, bool> paths = {{"/etc/audit/auditd.conf", true}, {"/srv/busy", false}};
  asked.is_there = [&](const std::string& path) -> std::optional<bool> {
    return paths.contains(path) ? std::optional(paths.at(path)) : std::nullopt;
  };
  CHECK(outcome(write_fix_change(fixes(), asked), "audited") == FixOutcome::written);
  paths["/srv/busy"] = true;
  CHECK(write_fix_change(fixes(), asked).rules[0].told == "somebody needs it");
  paths.erase("/srv/busy");  // nobody can say
  CHECK(outcome(write_fix_change(fixes(), asked), "audited") == FixOutcome::not_here);
  paths = {{"/etc/audit/auditd.conf", false}, {"/srv/busy", false}};
  const FixChange change = write_fix_change(fixes(), asked);
  CHECK(outcome(change, "audited") == FixOutcome::not_here);
  tells(change,
        "# Left out, because this host is not as it would have to be:\n"
        "# audited (medium): auditd is not installed yet\n");
}

TEST_CASE("what people decide in one guide is mended with others") {
  FixRequest asked = request({"tmout"});
  asked.guide = "OLD";
  const FixChange change = write_fix_change(fixes(), asked);
  CHECK(outcome(change, "tmout") == FixOutcome::by_hand);
  CHECK(change.rules[0].told == "this guide wants another file");
  asked.guide = "NEW";
  CHECK(outcome(write_fix_change(fixes(), asked), "tmout") == FixOutcome::written);
}

TEST_CASE("a value out of a guide or a tailoring cannot become more than a value") {
  FixRequest asked = request({"alive"});
  asked.values = {{"count", "3\nPermitRootLogin yes"}};
  const FixChange change = write_fix_change(fixes(), asked);
  CHECK(outcome(change, "alive") == FixOutcome::no_fix);
  CHECK(change.rules[0].told == "the value of count is not one plain word");
  CHECK(change.text.find("PermitRootLogin") == std::string::npos);
}

TEST_CASE("a system that is made from another is told as what it was taken for") {
  FixRequest asked = request({"tmout"});
  asked.system = "mint";
  tells(write_fix_change(fixes(), asked), "profile standard on mint, taken for debian.\n");
  asked.platform.clear();
  tells(write_fix_change(fixes(), asked), "on an unknown system.\n");
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
  const FixChanges all = write_fix_changes(
      fixes(), request({"shadow_mode", "alive", "shadow_owner", "partition_for_tmp", "tmout"}));
  const auto& changes = all.changes;
  REQUIRE(all.rules.size() == 5);
  CHECK(all.rules[3].outcome == FixOutcome::by_hand);
  CHECK(all.rules[3].told == "made with the host");
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
      write_fix_changes(two, request({std::string(70, 'A') + "1", std::string(70, 'A') + "2"}))
          .changes;
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].scope == std::string(64, 'a'));
  CHECK(changes[1].scope == std::string(62, 'a') + "-2");
}

TEST_CASE("all fixes that are shipped compile on their platforms, to what was meant") {
  const auto shipped = shipped_fixes();
  REQUIRE(shipped.has_value());
  for (const char* platform : {"debian", "rhel", "ubuntu"}) {
    const FixChange change = all_shipped(*shipped, platform);
    std::map<std::string, std::string> values;
    for (const authoring::Fix& fix : shipped->fixes) {
      for (const std::string& name : fix.needs) {
        values.try_emplace(name, some_value(fix, name));
      }
    }
    std::vector<Resource> state = resources_of(change.text);
    std::set<std::string> written;
    for (const Resource& resource : state) {
      written.insert(resource.identity());
    }
    for (const authoring::Fix& fix : shipped->fixes) {
      if (is_for(fix, platform) && outcome(change, fix.rule) != FixOutcome::clash) {
        const auto filled = fill_fix(fix, platform, values).value();
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
      values[name] = some_value(fix, name);
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

TEST_CASE("no rule of audit stands in two files, since loading ends at the second") {
  const auto shipped = shipped_fixes();
  REQUIRE(shipped.has_value());
  for (const char* platform : {"debian", "rhel", "ubuntu"}) {
    std::map<std::string, std::string> files;
    for (const Resource& resource : resources_of(all_shipped(*shipped, platform).text)) {
      if (!resource.key.starts_with("/etc/audit/rules.d/")) {
        continue;
      }
      std::istringstream lines(std::get<std::string>(resource.want.at("content")));
      for (std::string line; std::getline(lines, line);) {
        const auto [there, is_new] = files.emplace(line, resource.key);
        CHECK_MESSAGE(is_new, (line + " in " + there->second + " and " + resource.key));
      }
    }
    CHECK((platform == std::string("rhel") || files.size() > 100));
  }
}

TEST_CASE("of shipped fixes one daemon keeps the time and one the logs") {
  const auto shipped = shipped_fixes();
  REQUIRE(shipped.has_value());
  std::set<std::string> packages;
  for (const Resource& resource : resources_of(all_shipped(*shipped, "debian").text)) {
    if (resource.kind.text() == "package" && !resource.want.contains("absent")) {
      packages.insert(resource.key);
    }
  }
  const auto count = [&](const std::vector<const char*>& names) {
    return std::count_if(
        names.begin(), names.end(), [&](const char* name) { return packages.contains(name); });
  };
  CHECK(count({"chrony", "ntp", "systemd-timesyncd"}) == 1);
  CHECK(count({"rsyslog", "syslog-ng"}) == 1);
}

TEST_CASE("no handler asks auditd for what its unit refuses") {
  const auto shipped = shipped_fixes();
  REQUIRE(shipped.has_value());
  for (const char* platform : {"debian", "rhel", "ubuntu"}) {
    for (const Resource& resource : resources_of(all_shipped(*shipped, platform).text)) {
      for (const Handler& handler : resource.then) {
        if (handler.unit == "auditd.service") {
          CHECK_MESSAGE(handler.action == HandlerAction::restart, resource.identity());
          CHECK_MESSAGE(platform != std::string("rhel"), resource.identity());
        }
      }
    }
  }
}

TEST_CASE("ciphers that sshd does not know are left out, and so push out none that it knows") {
  const auto shipped = shipped_fixes();
  REQUIRE(shipped.has_value());
  FixRequest asked{.platform = "debian", .content = "guide", .targets = "web-01"};
  asked.rules = {{"xccdf_x_rule_sshd_use_approved_ciphers", {}, "high"},
                 {"xccdf_x_rule_sshd_use_approved_ciphers_ordered_stig", {}, "high"}};
  asked.values = {{"sshd_approved_ciphers", "aes128-ctr,rijndael-cbc@lysator.liu.se"}};
  const FixChange change = write_fix_change(*shipped, asked);
  CHECK(outcome(change, "sshd_use_approved_ciphers") == FixOutcome::no_fix);
  CHECK(outcome(change, "sshd_use_approved_ciphers_ordered_stig") == FixOutcome::written);
  asked.values = {{"sshd_approved_ciphers", "aes128-ctr"}};
  CHECK(outcome(write_fix_change(*shipped, asked), "sshd_use_approved_ciphers") ==
        FixOutcome::written);
}
