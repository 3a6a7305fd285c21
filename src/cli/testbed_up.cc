// twoseal testbed up: hosts that are missing are made, hosts that do not run are started.
#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "cli/testbed.h"
#include "cli/testbed/base_root.h"
#include "cli/testbed/disk.h"
#include "cli/testbed/furnish.h"
#include "cli/testbed/network.h"
#include "cli/verb_list.h"

namespace twoseal::cli {
namespace {

using testbed::Host;
using testbed::Place;
using testbed::Tools;

constexpr int kDefaultCount = 2;

// What is asked for, judged before anything is touched.
struct Order {
  int count = kDefaultCount;
  std::string prefix;
  std::string binary;
  std::optional<testbed::Subnet> subnet;
};

Result<Order> read_order(const Arguments& arguments) {
  Order order;
  const std::string count = arguments.text("N", std::to_string(kDefaultCount));
  const auto [end, code] = std::from_chars(count.data(), count.data() + count.size(), order.count);
  if (code != std::errc() || end != count.data() + count.size() || order.count < 1 ||
      order.count > testbed::kHostsMax) {
    return fail(
        Errc::usage,
        "N is a number from 1 to " + std::to_string(testbed::kHostsMax) + ", not '" + count + "'");
  }
  if (const auto subnet = arguments.find("--subnet")) {
    TWOSEAL_TRY(order.subnet, testbed::parse_subnet(*subnet));
  }
  order.prefix = arguments.text("--prefix", "web");
  order.binary = arguments.text("--binary", "/proc/self/exe");
  if (order.binary == "/proc/self/exe") {
    std::error_code ignored;
    order.binary = std::filesystem::read_symlink(order.binary, ignored).string();
  }
  if (!path_exists(order.binary)) {
    return fail(Errc::no_input, "there is no such program to install", order.binary);
  }
  return order;
}

// Makes what is missing of prefix-01 … prefix-N.
Result<void> add_hosts(const Place& place, const Order& order, const Tools& tools) {
  for (int number = 1; number <= order.count; ++number) {
    TWOSEAL_TRY(const Host host, place.add(fmt::format("{}-{:02}", order.prefix, number)));
    TWOSEAL_TRY(const bool fresh, testbed::raise_root(place, host, tools));
    if (fresh) {
      TWOSEAL_TRY_VOID(testbed::furnish(place, host, order.binary, tools));
    }
  }
  return {};
}

// Starts every host that does not run, then waits for them together.
Result<void> start_hosts(const Place& place, const std::vector<Host>& hosts, const Tools& tools) {
  for (const Host& host : hosts) {
    if (!testbed::nspawn_of(place, host)) {
      TWOSEAL_TRY_VOID(testbed::raise_root(place, host, tools));
      TWOSEAL_TRY_VOID(testbed::raise_link(place, host, tools));
      tools.talk("boot  " + host.name + "  " + place.address(host));
      TWOSEAL_TRY_VOID(testbed::boot(place, host, tools));
    }
  }
  for (const Host& host : hosts) {
    TWOSEAL_TRY_VOID(testbed::wait_until_up(place, host, tools));
    tools.talk("up    " + host.name);
  }
  return {};
}

Result<Report> run(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(const Order order, read_order(arguments));
  TWOSEAL_TRY_VOID(check_root());
  TWOSEAL_TRY_VOID(testbed::check_programs());
  const Tools tools = testbed_tools(session);
  TWOSEAL_TRY_VOID(testbed::check_kernel(tools));
  TWOSEAL_TRY(const Place place, Place::make(testbed_directory(arguments), order.subnet, tools));
  TWOSEAL_TRY(const FileDescriptor lock, place.lock());
  TWOSEAL_TRY(const std::string base,
              testbed::make_base_root(testbed_cache(arguments), arguments.find("--mirror"), tools));
  TWOSEAL_TRY_VOID(testbed::make_login_key(place, tools));
  TWOSEAL_TRY_VOID(testbed::raise_disk(place, base, tools));
  TWOSEAL_TRY_VOID(testbed::raise_bridge(place, tools));
  TWOSEAL_TRY_VOID(add_hosts(place, order, tools));
  TWOSEAL_TRY(const std::vector<Host> hosts, place.hosts());
  TWOSEAL_TRY_VOID(start_hosts(place, hosts, tools));
  TWOSEAL_TRY_VOID(testbed::introduce(place, hosts));
  session.talk("next  twoseal testbed run " + hosts.front().name + " -- COMMAND, or ssh -F " +
               place.file("ssh/config") + " " + hosts.front().name);
  return hosts_report(place, hosts);
}

constexpr Operand kOperands[] = {
    {"N", "how many hosts of this prefix there shall be, 2 unless given", Occurs::optional}};
constexpr Flag kFlags[] = {
    kTestbedDirectory,
    kTestbedCache,
    {"--prefix", "TEXT", "what names begin with: web-01, web-02 … unless given"},
    {"--binary", "FILE", "what new hosts get as /usr/bin/twoseal, instead of this program"},
    {"--mirror", "ADDRESS", "where Debian packages come from, instead of this machine's source"},
    {"--subnet", "10.X.Y.0/24", "the network of a new test bed, instead of a free one"},
};
constexpr std::string_view kExamples[] = {"twoseal testbed up",
                                          "twoseal testbed up 12 --dir /srv/fleet --prefix db"};
constexpr Exit kExits[] = {
    Exit::bad_data, Exit::no_input, Exit::unavailable, Exit::permission, Exit::configuration};

}  // namespace

const Verb kTestbedUp = {
    "testbed up",
    Group::testbed,
    "start real hosts on this machine, for tests",
    "Each host is a Debian 12 with its own systemd, sshd, network and file system, booted by "
    "systemd-nspawn. Hosts that run are left alone; what is missing is made, what does not run is "
    "started, also after a crash. The first run makes the base root, which takes about a "
    "minute.\n\n"
    "Needs root, and programs that make setup-testbed installs. A host is no prison: who is root "
    "in it can become root here.",
    kOperands,
    kFlags,
    kExamples,
    kExits,
    OutputFile::report,
    run,
};

}  // namespace twoseal::cli
