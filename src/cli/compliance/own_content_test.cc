#include "cli/compliance/own_content.h"

#include <set>

#include <doctest/doctest.h>

#include "compliance/xccdf/assessment.h"
#include "tests/support/oval_run.h"

using namespace twoseal;       // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::cli;  // NOLINT(google-build-using-namespace)
using scap::RuleResult;

namespace {

constexpr std::int64_t kNow = 1'700'000'000;

// The shipped checks on a small host, by what their ids end with.
class Checked {
 public:
  explicit Checked(const test::FilesOfHost& files)
      : content_(own_content().value()),
        selection_(scap::select_profile(content_.benchmarks[0], "baseline").value()),
        assessment_(content_, content_.benchmarks[0], selection_, files.host(), kNow) {}

  void give(std::string_view value, scap::Text text) {
    const auto& values = content_.benchmarks[0].values;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i].id.ends_with(value)) {
        selection_.values[i].values = {text};
      }
    }
  }

  [[nodiscard]] const scap::RuleOutcome& of(std::string_view rule) {
    if (assessment_.outcomes().empty()) {
      assessment_.run();
    }
    for (const scap::RuleOutcome& outcome : assessment_.outcomes()) {
      if (content_.benchmarks[0].rules[outcome.rule].id.ends_with("_rule_" + std::string(rule))) {
        return outcome;
      }
    }
    FAIL("no such rule: " << rule);
    return assessment_.outcomes().front();
  }

  [[nodiscard]] RuleResult result(std::string_view rule) { return of(rule).result; }

  [[nodiscard]] std::string found(std::string_view rule) {
    std::string all;
    for (const scap::SqlFinding& row : of(rule).rows) {
      all += (all.empty() ? "" : "; ") + row.found;
    }
    return all;
  }

  [[nodiscard]] scap::Assessment& assessment() { return assessment_; }

 private:
  scap::Content content_;
  scap::Selection selection_;
  scap::Assessment assessment_;
};

void make_plain_host(test::FilesOfHost& files) {
  files.write("/etc/os-release", "ID=debian\nVERSION_ID=12\n");
  files.write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
  files.write("/etc/shadow", "root:!:1::::::\n");
  files.write("/etc/nsswitch.conf", "passwd: files systemd\n");
  files.write(
      "/var/lib/dpkg/status",
      "Package: base-files\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n");
}

// A unit that is there and starts at boot.
void enable(test::FilesOfHost& files, const std::string& unit) {
  files.write("/usr/lib/systemd/system/" + unit);
  files.link("/etc/systemd/system/multi-user.target.wants/" + unit,
             "/usr/lib/systemd/system/" + unit);
}

void install(test::FilesOfHost& files, const std::string& package) {
  files.write("/var/lib/dpkg/status",
              "Package: " + package +
                  "\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n");
}

}  // namespace

TEST_CASE("every shipped check can be asked, and names a requirement") {
  test::FilesOfHost files;
  make_plain_host(files);
  Checked checked(files);
  checked.assessment().run();
  std::set<std::string> ids;
  for (const scap::RuleOutcome& outcome : checked.assessment().outcomes()) {
    const scap::Rule& rule = checked.assessment().benchmark().rules[outcome.rule];
    CAPTURE(rule.id);
    CAPTURE(outcome.why);
    CHECK(outcome.result != RuleResult::error);
    CHECK(outcome.result != RuleResult::notselected);
    CHECK_FALSE(rule.references.empty());
    CHECK(ids.insert(std::string(rule.id)).second);
  }
  CHECK(ids.size() >= 15);
}

TEST_CASE("HARD-9: without a virus scanner that starts at boot the host fails") {
  test::FilesOfHost files;
  make_plain_host(files);
  CHECK(Checked(files).result("virus_scanner_installed") == RuleResult::fail);
  CHECK(Checked(files).result("virus_scanner_enabled") == RuleResult::fail);
  CHECK(Checked(files).result("virus_scanner_running") == RuleResult::notchecked);
  CHECK(Checked(files).result("virus_scanner_configured") == RuleResult::pass);
  install(files, "clamav-daemon");
  enable(files, "clamav-daemon.service");
  files.write("/etc/clamav/clamd.conf", "# x\nExample\n");
  CHECK(Checked(files).result("virus_scanner_installed") == RuleResult::pass);
  CHECK(Checked(files).result("virus_scanner_enabled") == RuleResult::pass);
  CHECK(Checked(files).found("virus_scanner_configured") == "the line Example; no signatures");
  files.write("/etc/clamav/clamd.conf", "LogTime yes\n");
  files.write("/var/lib/clamav/daily.cld", "x");  // younger than `now`
  CHECK(Checked(files).result("virus_scanner_configured") == RuleResult::pass);
}

TEST_CASE("HARD-10: a time daemon must be enabled, and only root may set the time") {
  test::FilesOfHost files;
  make_plain_host(files);
  CHECK(Checked(files).result("time_daemon_enabled") == RuleResult::fail);
  CHECK(Checked(files).result("only_root_sets_time") == RuleResult::pass);
  enable(files, "chrony.service");
  CHECK(Checked(files).result("time_daemon_enabled") == RuleResult::pass);
  CHECK(Checked(files).result("one_time_daemon") == RuleResult::pass);
  enable(files, "systemd-timesyncd.service");
  CHECK(Checked(files).result("one_time_daemon") == RuleResult::fail);
  files.write("/usr/bin/date");
  files.set_mode("/usr/bin/date", 04755);
  files.write("/etc/polkit-1/rules.d/50-time.rules",
              "if (action.id == \"org.freedesktop.timedate1.set-time\") {\n");
  CHECK(Checked(files).of("only_root_sets_time").rows.size() == 2);
  CHECK(Checked(files).found("only_root_sets_time").starts_with("mode 4755; if (action.id =="));
}

TEST_CASE("NTP-1, NTP-2: every named server must be one of the organisation") {
  test::FilesOfHost files;
  make_plain_host(files);
  CHECK(Checked(files).result("time_from_our_servers") == RuleResult::notchecked);
  const auto found = [&] {
    Checked checked(files);
    checked.give("time_servers", "ntp.example.org");
    return checked.found("time_from_our_servers");
  };
  CHECK(found() == "no server is named");
  files.write("/etc/chrony/chrony.conf", "server ntp.example.org iburst\n");
  CHECK(found().empty());
  files.write("/etc/chrony/sources.d/extra.sources", "pool\tpool.ntp.org iburst\n");
  files.write("/etc/systemd/timesyncd.conf", "[Time]\nNTP=ntp.example.org\tother.example\n");
  CHECK(found() == "other.example; pool.ntp.org");
}

TEST_CASE("HARD-9, HARD-10: a unit that is masked, or whose package is gone, starts nothing") {
  test::FilesOfHost files;
  make_plain_host(files);
  files.link("/etc/systemd/system/multi-user.target.wants/chrony.service", "/usr/lib/gone");
  CHECK(Checked(files).result("time_daemon_enabled") == RuleResult::fail);
  enable(files, "ntpd.service");
  CHECK(Checked(files).result("time_daemon_enabled") == RuleResult::pass);
  files.link("/etc/systemd/system/ntpd.service", "/dev/null");
  CHECK(Checked(files).result("time_daemon_enabled") == RuleResult::fail);
}

TEST_CASE("HARD-10: every way in which polkit is told about the clock is named, but for the zone") {
  test::FilesOfHost files;
  make_plain_host(files);
  files.write("/usr/share/polkit-1/rules.d/systemd.rules",
              "action.id == \"org.freedesktop.timedate1.set-timezone\"\n");
  CHECK(Checked(files).result("only_root_sets_time") == RuleResult::pass);
  files.write("/etc/polkit-1/localauthority/50-local.d/a.pkla",
              "[x]\nAction=org.freedesktop.timedate1.set-time\nResultAny=yes\n");
  CHECK(Checked(files).result("only_root_sets_time") == RuleResult::fail);
}

TEST_CASE("NTP-1: what may bring other servers is named") {
  for (const char* line :
       {"SERVER evil\n", "include /etc/other\n", "confdir /opt\n", "refclock PHC /dev/ptp0\n"}) {
    CAPTURE(line);
    test::FilesOfHost files;
    make_plain_host(files);
    files.write("/etc/chrony/chrony.conf", std::string("server ntp.example.org\n") + line);
    Checked checked(files);
    checked.give("time_servers", "ntp.example.org");
    CHECK(checked.result("time_from_our_servers") == RuleResult::fail);
  }
  test::FilesOfHost files;
  make_plain_host(files);
  files.write("/etc/chrony/chrony.conf",
              "server ntp.example.org\nconfdir /etc/chrony/conf.d\nsourcedir /run/chrony-dhcp\n");
  Checked checked(files);
  checked.give("time_servers", "ntp.example.org");
  CHECK(checked.result("time_from_our_servers") == RuleResult::pass);
}

TEST_CASE("PROV-7: what cannot be known of accounts is no pass") {
  test::FilesOfHost files;
  make_plain_host(files);
  files.write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nbob:x:1000:1000::/:/bin/sh\n");
  CHECK(Checked(files).found("accounts_have_password") == "bob has no line in /etc/shadow");
  files.write("/etc/shadow", "root:!:1::::::\nbob::1::::::\nbob:!:1::::::\n");
  CHECK(Checked(files).found("accounts_have_password") == "bob has none");
  std::filesystem::remove(files.real("/etc/shadow"));
  for (const char* rule :
       {"accounts_have_password", "only_root_is_root", "default_accounts_removed"}) {
    CHECK(Checked(files).result(rule) == RuleResult::error);
  }
}

TEST_CASE("HARD-12: accounts must come from a directory too") {
  test::FilesOfHost files;
  make_plain_host(files);
  CHECK(Checked(files).found("accounts_from_directory") == "passwd: files systemd");
  files.write("/etc/nsswitch.conf", "passwd:\tfiles\tsss\n");
  CHECK(Checked(files).result("accounts_from_directory") == RuleResult::pass);
  files.write("/etc/nsswitch.conf", "passwd: files # was: files sss\n");
  CHECK(Checked(files).result("accounts_from_directory") == RuleResult::fail);
  files.write("/etc/nsswitch.conf", "passwd: files sss\npasswd: files\n");
  CHECK(Checked(files).result("accounts_from_directory") == RuleResult::fail);
}

TEST_CASE("PROV-7: accounts that an image brought are found, as are open and second roots") {
  test::FilesOfHost files;
  make_plain_host(files);
  CHECK(Checked(files).result("default_accounts_removed") == RuleResult::pass);
  files.write("/etc/passwd",
              "root:x:0:0:root:/root:/bin/sh\npi:x:1000:1000::/home/pi:/bin/bash\n"
              "guest:x:1001:1001::/:/usr/sbin/nologin\nmal:x:0:0::/:/bin/sh\n");
  files.write("/etc/shadow", "root:!:1::::::\npi:$6$x$y:1::::::\nguest:!:1::::::\nmal::1::::::\n");
  CHECK(Checked(files).found("default_accounts_removed") == "pi, password set, shell /bin/bash");
  CHECK(Checked(files).found("accounts_have_password") == "mal has none");
  CHECK(Checked(files).found("only_root_is_root") == "mal has user id 0");
}

TEST_CASE("PROV-8: names are resolved by our own servers") {
  test::FilesOfHost files;
  make_plain_host(files);
  const auto found = [&] {
    Checked checked(files);
    checked.give("resolvers", "192.0.2.1");
    return checked.found("our_resolvers");
  };
  CHECK(found() == "no name server");
  files.write("/etc/resolv.conf", "search x\nnameserver 192.0.2.1\nnameserver 8.8.8.8\n");
  CHECK(found() == "8.8.8.8");
}

TEST_CASE("PROV-10, HARD-14: something detects intruders, and something patches") {
  test::FilesOfHost files;
  make_plain_host(files);
  CHECK(Checked(files).result("intrusion_detection_installed") == RuleResult::fail);
  CHECK(Checked(files).result("patched_by_policy") == RuleResult::fail);
  install(files, "aide");
  CHECK(Checked(files).result("intrusion_detection_installed") == RuleResult::pass);
  install(files, "unattended-upgrades");
  files.write("/etc/apt/apt.conf.d/20auto", "APT::Periodic::Unattended-Upgrade \"1\";\n");
  CHECK(Checked(files).result("patched_by_policy") == RuleResult::pass);
  files.write("/etc/apt/apt.conf.d/90off", "APT::Periodic::Unattended-Upgrade \"0\";\n");
  files.write("/etc/apt/apt.conf.d/99on.disabled", "APT::Periodic::Unattended-Upgrade \"1\";\n");
  CHECK(Checked(files).result("patched_by_policy") == RuleResult::fail);
}
