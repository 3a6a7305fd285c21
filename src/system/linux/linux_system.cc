#include "system/linux/linux_system.h"

#include <sched.h>
#include <sys/utsname.h>

#include "system/linux/host_facts.h"
#include "system/os_release.h"

namespace twoseal {
namespace {

constexpr std::size_t kTextMax = std::size_t{4} * 1024 * 1024;
constexpr std::size_t kMachineIdSize = 32;

// The text of a file; empty when it cannot be read: then the fact is not known.
Bytes text_of(const FileSystem& files, const std::string& path) {
  auto file = files.read(path, kTextMax);
  return file ? std::move(file->bytes) : Bytes();
}

// The first is a link to the second, and links at the end are not followed.
Bytes os_release_of(const FileSystem& files) {
  for (const char* path : kOsReleasePaths) {
    if (Bytes text = text_of(files, path); !text.empty()) {
      return text;
    }
  }
  return {};
}

std::string bus_of(const std::string& root, std::string bus) {
  if (!bus.empty()) {
    return bus;
  }
  return "unix:path=" + (root == "/" ? "" : root) + "/run/dbus/system_bus_socket";
}

void put_text(Facts& facts, const char* name, const std::optional<std::string>& value) {
  if (value && is_fact_text(*value)) {
    facts[name] = *value;
  }
}

void put_names(Facts& facts, const FileSystem& files, const utsname& names) {
  const std::string node = names.nodename;
  const std::string label = node.substr(0, node.find('.'));
  put_text(facts, "arch", names.machine);
  put_text(facts, "kernel.release", names.release);
  put_text(facts, "hostname", label);
  const auto full = full_host_name(text_of(files, "/etc/hosts"), node);
  put_text(facts, "fqdn", full);
  if (full && full->find('.') != std::string::npos) {
    put_text(facts, "domain", full->substr(full->find('.') + 1));
  }
}

}  // namespace

LinuxSystem::LinuxSystem(const std::string& root, std::string bus)
    : files_(root),
      services_(files_, bus_of(root, std::move(bus))),
      packages_(files_, processes_),
      kernel_(files_.paths()) {}

Facts LinuxSystem::facts() const {
  Facts facts;
  utsname names = {};
  if (::uname(&names) == 0) {
    put_names(facts, files_, names);
  }
  cpu_set_t processors;
  CPU_ZERO(&processors);
  if (::sched_getaffinity(0, sizeof(processors), &processors) == 0) {
    facts["cpu.count"] = std::int64_t{CPU_COUNT(&processors)};
  }
  if (const auto bytes = memory_bytes(text_of(files_, "/proc/meminfo"))) {
    facts["memory.bytes"] = *bytes;
  }
  const Bytes release = os_release_of(files_);
  put_text(facts, "os.id", os_release_value(release, "ID"));
  put_text(facts, "os.version", os_release_value(release, "VERSION_ID"));
  facts["machine_id_present"] = text_of(files_, "/etc/machine-id").size() >= kMachineIdSize;
  put_text(facts,
           "ipv4.default",
           default_ipv4(text_of(files_, "/proc/self/net/route"),
                        text_of(files_, "/proc/self/net/fib_trie")));
  put_text(facts,
           "ipv6.default",
           default_ipv6(text_of(files_, "/proc/self/net/ipv6_route"),
                        text_of(files_, "/proc/self/net/if_inet6")));
  return facts;
}

std::string LinuxSystem::boot_id() const {
  const Bytes text = text_of(files_, "/proc/sys/kernel/random/boot_id");
  return text.substr(0, text.find('\n'));
}

}  // namespace twoseal
