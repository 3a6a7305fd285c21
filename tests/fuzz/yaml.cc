// The YAML compilers: every input gives bytes or an error with its place, twice the same; and the
// bytes are canonical and read back as what they were written from. Checks and fixes keep to their
// bounds.
#include <algorithm>
#include <string>
#include <vector>

#include "authoring/change_yaml.h"
#include "authoring/checks_yaml.h"
#include "authoring/fixes_yaml.h"
#include "authoring/hosts_yaml.h"
#include "authoring/people_yaml.h"
#include "authoring/policy_yaml.h"
#include "authoring/state_yaml.h"
#include "base/check.h"
#include "base/encoding.h"
#include "base/json.h"
#include "codec/objects.h"
#include "crypto/hash.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace
using namespace twoseal::authoring;  // NOLINT(google-build-using-namespace)

namespace {

constexpr UnixSeconds kNow = 1795420000;
constexpr std::string_view kFile = "fuzz.yaml";

// One key for every file that is asked for.
Result<Bytes> read_any(std::string_view /*name*/) {
  return "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOaP4MSe6dKPNQ70GfhDWPNU3D++9zj6+oECGYNKMdgT a\n";
}

const Bytes& timekeeper() {
  static const Bytes kKey =
      base64_decode("AAAAC3NzaC1lZDI1NTE5AAAAIMqa3CSRjt6b0V4mIZrGIVZWtg/hu8mGFUtB6WVl0I/f").value();
  return kKey;
}

template <class T>
void check_bytes(const Bytes& bytes) {
  const auto read = codec::decode<T>(bytes);
  check(read.has_value(), "what was compiled is accepted");
  check(codec::encode(*read) == bytes, "what was compiled has one spelling");
}

void check_error(const Error& error) {
  check(error.code == Errc::bad_yaml || error.code == Errc::too_large, "the code is one of ours");
  check(error.where.starts_with(kFile), "an error names the file");
  check(
      error.code == Errc::too_large || std::count(error.where.begin(), error.where.end(), ':') == 2,
      "an error has line and column");
  check(!error.what.empty(), "an error has a reason");
}

// `compile` gives a Result; a success is compiled a second time. `bytes` gives what to compare.
template <class Compile, class GetBytes>
void run(Compile compile, GetBytes bytes) {
  const auto first = compile();
  if (!first) {
    check_error(first.error());
    return;
  }
  const auto second = compile();
  check(second.has_value() && bytes(*first) == bytes(*second), "one text has one outcome");
}

const std::vector<Assignment>& fleet() {
  static const std::vector<Assignment> kFleet = [] {
    std::vector<Assignment> hosts;
    for (const std::string name : {"web-01", "web-02", "db-01"}) {
      Assignment host;
      host.name = name;
      host.host = HostId::parse("h:" + sha256(name).hex().substr(0, 32)).value();
      host.env = Name::parse("prod").value();
      host.data_class = Name::parse("internal").value();
      host.labels = {{"role", name.substr(0, name.find('-'))}};
      hosts.push_back(std::move(host));
    }
    return hosts;
  }();
  return kFleet;
}

void compile_changes(const Source& source) {
  const ChangeContext context{.org = sha256("org"),
                              .author = ActorId::parse("p:leo").value(),
                              .now = kNow,
                              .nonce = Bytes(16, 'n'),
                              .defaults = {.rollback_within = 86'400, .window = 604'800},
                              .plan = sha256("plan"),
                              .assignments = fleet()};
  run([&] { return compile_change(source, read_any, context); },
      [](const CompiledChange& out) {
        check_bytes<Change>(out.bytes);
        for (const auto* state : {&out.state, &out.rollback_state}) {
          if (*state) {
            check_bytes<State>(**state);
          }
        }
        return out.bytes;
      });
  run([&] { return compile_state(source, sha256("org"), read_any); },
      [](const CompiledState& out) {
        check_bytes<State>(out.bytes);
        return out.bytes;
      });
}

void compile_organisation(const Source& source) {
  const RosterContext context{
      .now = kNow,
      .nonce = Bytes(16, 'n'),
      .log = {"example.org/twoseal/log1",
              {"example.org/twoseal/log1+660883b2+Aaa390ZEMQUgjJPL9ooaFsOtCxRXRC2MK1SpzOEKvJ0T"}},
      .timekeepers = {{{KeyId::parse(sha256(timekeeper()).hex().substr(0, 32)).value(),
                        timekeeper()}},
                      1},
      .server_spki = {sha256("one"), sha256("two")}};
  run([&] { return compile_people(source, read_any, context); },
      [](const CompiledRoster& out) {
        check_bytes<Roster>(out.bytes);
        static_cast<void>(
            check_profile(Profile::team, out.roster, shipped_policy(Profile::team, kNow), fleet()));
        return out.bytes;
      });
  run(
      [&] {
        return compile_hosts(source, read_any, {.org = sha256("org"), .now = kNow, .nonce = [] {
                                                  return Bytes(16, 'h');
                                                }});
      },
      [](const std::vector<CompiledAssignment>& out) {
        Bytes all;
        for (const CompiledAssignment& one : out) {
          check_bytes<Assignment>(one.bytes);
          all += one.bytes;
        }
        return all;
      });
  run(
      [&] {
        return compile_policy(source,
                              {.org = sha256("org"),
                               .now = kNow,
                               .policy = {.nonce = Bytes(16, 'p')},
                               .restrictions = {.nonce = Bytes(16, 'r')}});
      },
      [](const CompiledPolicy& out) {
        check_bytes<Policy>(out.policy_bytes);
        check_bytes<Restrictions>(out.restrictions_bytes);
        return out.policy_bytes + out.restrictions_bytes;
      });
}

// What compiles to no object: what is read keeps to its bounds.
void read_compliance(const Source& source) {
  if (const auto checks = read_checks(source); !checks) {
    check_error(checks.error());
  } else {
    check(checks->rules.size() <= kChecksMax && checks->values.size() <= kChecksMax,
          "checks are few");
    for (const CheckRule& rule : checks->rules) {
      check(!rule.id.empty() && !rule.ask.empty(), "a check has a name and a question");
    }
  }
  if (const auto fixes = read_fixes(source); !fixes) {
    check_error(fixes.error());
  } else {
    check(fixes->fixes.size() <= kFixesMax && fixes->by_hand.size() <= kFixesMax, "fixes are few");
    for (const Fix& fix : fixes->fixes) {
      check(!fix.rule.empty() && fix.set.size() <= kFixResourcesMax, "a fix is of a rule");
      check(missing_values(fix, {}).size() <= fix.needs.size(), "a fix misses what it needs");
    }
  }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const Source source{text, kFile};
  if (const auto root = parse_yaml(text, kFile); !root) {
    check_error(root.error());
    return 0;
  }
  compile_changes(source);
  compile_organisation(source);
  read_compliance(source);
  return 0;
}
