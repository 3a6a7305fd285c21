#include <doctest/doctest.h>

#include "tests/support/resource_host.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using test::ResourceHost;

namespace {

// A host with the account dana, as the databases have it.
class Accounts {
 public:
  Accounts() { REQUIRE(host.apply("- {user: dana, groups: [sudo]}\n")); }

  /// Puts `text` in the place of the line of dana.
  void set_line(const char* file, const std::string& text) {
    const Bytes whole = host.text(file);
    const std::size_t begin = whole.find("\ndana:") + 1;
    const std::size_t end = whole.find('\n', begin) + 1;
    REQUIRE(begin > 0);
    host.host->files().put(
        file,
        std::make_shared<const Bytes>(whole.substr(0, begin) + text + whole.substr(end)),
        0640);
  }

  Errc refused(const std::string& items) {
    const auto plan = host.plan(items);
    return plan ? Errc{} : plan.error().code;
  }

  ResourceHost host;
};

}  // namespace

TEST_CASE("an account without a line in shadow is not as it should be, and gets a locked one") {
  Accounts accounts;
  ResourceHost& host = accounts.host;
  const Bytes whole = host.text("/etc/shadow");
  accounts.set_line("/etc/shadow", "");
  const Bytes before = host.text("/etc/shadow");
  host.inverses.clear();
  for (const char* items : {"- {user: dana}\n",
                            "- {user: dana, locked: true}\n",
                            "- {user: dana, groups: [sudo], shell: /bin/bash}\n"}) {
    CAPTURE(items);
    const auto plan = host.apply(items);
    REQUIRE_MESSAGE(plan, plan.error().what);
    REQUIRE(plan->steps.size() == 1);
    CHECK(ResourceHost::shown(plan->steps.at(0)) == "locked: - -> true\n");
    CHECK(ResourceHost::risks(plan->steps.at(0)) == "auth-change");
    CHECK(host.text("/etc/shadow") == whole);
    CHECK(host.plan(items)->empty());
    REQUIRE(host.undo());
    CHECK(host.text("/etc/shadow") == before);
  }
  CHECK(accounts.refused("- {user: dana, locked: false}\n") == Errc::bad_resource);
  CHECK(accounts.refused("- {user: newcomer, locked: false}\n") == Errc::bad_resource);
}

TEST_CASE("a line in shadow that is not whole is left to a person") {
  Accounts accounts;
  accounts.set_line("/etc/shadow", "dana:!\n");
  CHECK(accounts.refused("- {user: dana, groups: [sudo]}\n") == Errc::not_editable);
  CHECK(accounts.refused("- {user: dana, locked: true}\n") == Errc::not_editable);
}

TEST_CASE("a password that does not stand in shadow is left to a person, above all an empty one") {
  Accounts accounts;
  const std::string rest = ":1001:1001::/home/dana:/bin/bash\n";
  for (const char* password : {"", "*", "$y$j9T$abc"}) {
    CAPTURE(password);
    accounts.set_line("/etc/passwd", "dana:" + std::string(password) + rest);
    CHECK(accounts.refused("- {user: dana, locked: true}\n") == Errc::not_editable);
    CHECK(accounts.refused("- {user: dana, groups: [sudo]}\n") == Errc::not_editable);
  }
  accounts.set_line("/etc/passwd", "dana:x" + rest);
  CHECK(accounts.refused("- {user: dana, locked: true}\n") == Errc{});
}
