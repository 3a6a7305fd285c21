#include "cli/testbed/network.h"

#include <chrono>

namespace twoseal::testbed {
namespace {

constexpr const char* kNamespaces = "/run/netns";
constexpr const char* kPrefixBits = "/24";
constexpr const char* kInterfaces = "/sys/class/net";
constexpr std::size_t kNamesMax = 100'000;
constexpr auto kLinkWait = std::chrono::seconds(5);

bool interface_exists(const std::string& name) {
  return path_exists(std::string(kInterfaces) + "/" + name);
}

// The machine's ends of the links to hosts.
Result<std::vector<std::string>> links_of(const Place& place) {
  TWOSEAL_TRY(const auto all, list_directory(kInterfaces, kNamesMax));
  std::vector<std::string> links;
  for (const DirectoryEntry& entry : all) {
    if (entry.name.starts_with(place.tag() + "-")) {
      links.push_back(entry.name);
    }
  }
  return links;
}

// With its namespace a link goes too, but some time later, and the child of a killed command may
// still be removing it: one that is just going cannot be removed, and is waited for.
Result<void> remove_link(const std::string& link, const Tools& tools) {
  const auto end = std::chrono::steady_clock::now() + kLinkWait;
  while (interface_exists(link)) {
    TWOSEAL_TRY_VOID(tools.attempt({"ip", "link", "del", link}));
    if (std::chrono::steady_clock::now() > end) {
      return fail(Errc::testbed_stuck, "this network link does not go", link);
    }
  }
  return {};
}

Result<void> remove_namespace(const std::string& space, const Tools& tools) {
  const std::string path = std::string(kNamespaces) + "/" + space;
  const auto end = std::chrono::steady_clock::now() + kLinkWait;
  while (path_exists(path)) {
    TWOSEAL_TRY_VOID(tools.attempt({"ip", "netns", "del", space}));
    if (std::chrono::steady_clock::now() > end) {
      return fail(Errc::testbed_stuck, "this network namespace does not go", path);
    }
  }
  return {};
}

Result<void> remove_links(const Place& place, const Tools& tools) {
  TWOSEAL_TRY(const std::vector<std::string> links, links_of(place));
  for (const std::string& link : links) {
    TWOSEAL_TRY_VOID(remove_link(link, tools));
  }
  return {};
}

// Each line is a call of `ip`.
Result<void> ip(const Tools& tools, const std::vector<std::vector<std::string>>& calls) {
  for (const auto& call : calls) {
    std::vector<std::string> command = {"ip"};
    command.insert(command.end(), call.begin(), call.end());
    TWOSEAL_TRY_VOID(tools.run(Errc::testbed_refused, std::move(command)));
  }
  return {};
}

}  // namespace

Result<void> raise_bridge(const Place& place, const Tools& tools) {
  const std::string& bridge = place.tag();
  if (!interface_exists(bridge)) {
    TWOSEAL_TRY(const Bytes routes,
                tools.run(Errc::testbed_refused, {"ip", "-4", "route", "show", "table", "all"}));
    if (const auto other = clash(place.subnet(), routes)) {
      return fail(Errc::testbed_subnet,
                  place.subnet().text() + " clashes with the route " + *other,
                  place.directory(),
                  "twoseal testbed down, then up, chooses another");
    }
    TWOSEAL_TRY_VOID(ip(tools, {{"link", "add", bridge, "type", "bridge"}}));
  }
  return ip(tools,
            {{"addr", "replace", place.machine_address() + kPrefixBits, "dev", bridge},
             {"link", "set", bridge, "up"}});
}

Result<void> raise_link(const Place& place, const Host& host, const Tools& tools) {
  const std::string space = place.host_tag(host);
  const std::string link = place.link(host);
  TWOSEAL_TRY_VOID(remove_link(link, tools));
  TWOSEAL_TRY_VOID(remove_namespace(space, tools));
  return ip(tools,
            {{"netns", "add", space},
             {"link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", space},
             {"link", "set", link, "master", place.tag(), "up"},
             {"-n", space, "addr", "add", place.address(host) + kPrefixBits, "dev", "eth0"},
             {"-n", space, "link", "set", "eth0", "address", place.hardware_address(host)},
             {"-n", space, "link", "set", "lo", "up"},
             {"-n", space, "link", "set", "eth0", "up"},
             {"-n", space, "route", "add", "default", "via", place.machine_address()}});
}

Result<void> release_network(const Place& place, const Tools& tools) {
  TWOSEAL_TRY_VOID(remove_links(place, tools));
  if (path_exists(kNamespaces)) {
    TWOSEAL_TRY(const auto spaces, list_directory(kNamespaces, kNamesMax));
    for (const DirectoryEntry& space : spaces) {
      if (space.name.starts_with(place.tag() + "-")) {
        TWOSEAL_TRY_VOID(remove_namespace(space.name, tools));
      }
    }
  }
  return remove_link(place.tag(), tools);
}

}  // namespace twoseal::testbed
