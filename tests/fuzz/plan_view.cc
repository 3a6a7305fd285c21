// Planning on a host whose files hold anything: it changes nothing, says the same twice, and either
// what was planned is done, reads back and is undone to the byte, or there is an error with a
// reason.
#include "authoring/state_yaml.h"
#include "base/check.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "resources/operate.h"
#include "resources/plan_state.h"
#include "system/memory/memory_system.h"
#include "tests/fuzz/choices.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

const std::vector<std::string> kPaths = {"/etc/hosts",
                                         "/etc/passwd",
                                         "/etc/shadow",
                                         "/etc/group",
                                         "/etc/gshadow",
                                         "/etc/login.defs",
                                         "/etc/ssh/sshd_config",
                                         "/etc/sysctl.d/90-twoseal.conf",
                                         "/etc/app.ini"};
const std::vector<std::string> kItems = {
    "- {file: /etc/hosts, line: 10.0.0.9 db}\n",
    "- {file: /etc/hosts, line: 10.0.0.9 db, absent: true}\n",
    "- {file: /etc/hosts, block: hosts, content: \"10.0.0.8 cache\\n\"}\n",
    "- {file: /etc/hosts, content: \"one\\n\", mode: \"0600\"}\n",
    "- {file: /etc/hosts, absent: true}\n",
    "- {user: dana, groups: [sudo]}\n",
    "- {user: dana, locked: true, shell: /bin/sh}\n",
    "- {user: dana, absent: true}\n",
    "- {group: ops, members: [root]}\n",
    "- {group: ops, absent: true}\n",
    "- {setting: /etc/ssh/sshd_config, key: MaxAuthTries, value: \"4\"}\n",
    "- {setting: /etc/ssh/sshd_config, key: MaxAuthTries, absent: true}\n",
    "- {setting: /etc/app.ini, format: ini, section: one, key: a, value: \"1\"}\n",
    "- {setting: /etc/app.ini, format: key_value, key: a, value: \"x y\"}\n",
    "- {sysctl: net.ipv4.ip_forward, value: \"1\"}\n",
    "- {symlink: /etc/app, to: /opt/app}\n",
    "- {directory: /etc/app, mode: \"0750\"}\n"};

// The accounts of a small host, as they begin.
const std::vector<std::pair<std::string, std::string>> kTexts = {
    {"/etc/passwd", "root:x:0:0:root:/root:/bin/bash\ndana:x:1000:1000::/home/dana:/bin/sh\n"},
    {"/etc/shadow", "root:*:19700:0:99999:7:::\ndana:!:19700:0:99999:7:::\n"},
    {"/etc/group", "root:x:0:\nsudo:x:27:dana\nops:x:1001:\ndana:x:1000:\n"},
    {"/etc/gshadow", "root:*::\nsudo:*::dana\nops:!::\ndana:!::\n"}};

// A host with a few files, some of which hold what was chosen.
class Desk {
 public:
  explicit Desk(fuzz::Choices& choices) {
    system.files().put_directory("/etc/ssh");
    system.files().put_directory("/etc/sysctl.d");
    system.files().put_directory("/var/lib/packages", 0700);
    system.kernel().put("net.ipv4.ip_forward", "0");
    for (const auto& [path, text] : kTexts) {
      system.files().put(path, text);
    }
    const std::size_t files = choices.below(4);
    for (std::size_t i = 0; i < files; ++i) {
      const std::string& path = choices.one_of(kPaths);
      Bytes text = system.files().text(path);
      text = choices.flag() ? choices.bytes() : fuzz::damaged(std::move(text), choices);
      system.files().put(path, text);
    }
  }

  // All that the items can change.
  [[nodiscard]] std::string picture() {
    std::string text;
    for (const std::string& path : kPaths) {
      const auto info = system.files().look(path).value();
      text += path + (info ? std::to_string(info->mode) + ":" : "none") +
              system.files().text(path) + "\n";
    }
    text += system.files().look("/etc/app").value() ? "app" : "no app";
    return text + system.kernel().setting("net.ipv4.ip_forward").value().value();
  }

  ManualClock clock{1'795'420'000};
  MemorySystem system{clock};
};

std::optional<State> chosen_state(fuzz::Choices& choices) {
  std::string items;
  const std::size_t count = 1 + choices.below(4);
  for (std::size_t i = 0; i < count; ++i) {
    items += choices.one_of(kItems);
  }
  const auto compiled = authoring::compile_state(
      {"scope: test\nset:\n" + items, "test.yaml"}, sha256("org"), [](std::string_view) {
        return Result<Bytes>(fail(Errc::no_input, "there are no sources"));
      });
  return compiled ? std::optional(codec::decode<State>(compiled->bytes).value()) : std::nullopt;
}

// Does the plan one operation after the other; false when the host would not have it.
bool perform(Operator& worker, const HostPlan& plan, std::vector<Operation>& inverses) {
  for (const PlannedStep& step : plan.steps) {
    for (const Operation& one : step.operations) {
      auto inverse = worker.inverse_of(one);
      check(inverse.has_value(), "what these items do can be undone");
      if (!worker.perform({&one, 1})) {
        return false;
      }
      check(worker.standing_of(one, 0).value() == Standing::after, "what was done reads back");
      inverses.push_back(*std::move(inverse));
    }
  }
  return true;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices(data, size);
  const auto state = chosen_state(choices);
  if (!state) {
    return 0;
  }
  Desk desk(choices);
  const std::string before = desk.picture();
  const PlanInputs inputs;
  const auto plan = plan_state(*state, desk.system, inputs);
  check(desk.system.mutations() == 0, "planning changes nothing");
  if (!plan) {
    check(!plan.error().what.empty(), "a plan that cannot be made has a reason");
    return 0;
  }
  const Digest org = sha256("org");
  const Bytes shown = class_of(*plan, org);
  check(codec::decode<PlanClass>(shown).has_value(), "what is shown can be read");
  check(class_of(plan_state(*state, desk.system, inputs).value(), org) == shown,
        "planned again, it is the same");
  Operator worker(desk.system, "/var/lib/packages");
  std::vector<Operation> inverses;
  if (perform(worker, *plan, inverses)) {
    const auto again = plan_state(*state, desk.system, inputs);
    check(again && again->empty(), "what was done needs not be done again");
  }
  while (!inverses.empty()) {
    const Operation last = std::move(inverses.back());
    inverses.pop_back();
    check(worker.perform({&last, 1}).has_value(), "what was done is undone");
  }
  check(desk.picture() == before, "undone to the byte");
  return 0;
}
