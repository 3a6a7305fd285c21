#include "system/linux/linux_running_kernel.h"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <ifaddrs.h>
#include <map>
#include <memory>
#include <net/if.h>
#include <net/if_arp.h>
#include <netpacket/packet.h>
#include <set>
#include <string_view>
#include <sys/utsname.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/os_file.h"

namespace twoseal {
namespace {

struct FreeAddresses {
  void operator()(ifaddrs* list) const { ::freeifaddrs(list); }
};

struct Flag {
  unsigned bit;
  const char* name;
};

constexpr std::array kFlags = {Flag{IFF_UP, "UP"},
                               Flag{IFF_BROADCAST, "BROADCAST"},
                               Flag{IFF_DEBUG, "DEBUG"},
                               Flag{IFF_LOOPBACK, "LOOPBACK"},
                               Flag{IFF_POINTOPOINT, "POINTOPOINT"},
                               Flag{IFF_NOTRAILERS, "NOTRAILERS"},
                               Flag{IFF_RUNNING, "RUNNING"},
                               Flag{IFF_NOARP, "NOARP"},
                               Flag{IFF_PROMISC, "PROMISC"},
                               Flag{IFF_ALLMULTI, "ALLMULTI"},
                               Flag{IFF_SLAVE, "SLAVE"},
                               Flag{IFF_MULTICAST, "MULTICAST"},
                               Flag{IFF_PORTSEL, "PORTSEL"},
                               Flag{IFF_AUTOMEDIA, "AUTOMEDIA"}};

std::string type_of(unsigned short hardware) {
  switch (hardware) {
    case ARPHRD_ETHER:
      return "ARPHRD_ETHER";
    case ARPHRD_LOOPBACK:
      return "ARPHRD_LOOPBACK";
    case ARPHRD_PPP:
      return "ARPHRD_PPP";
    case ARPHRD_SLIP:
      return "ARPHRD_SLIP";
    case ARPHRD_FDDI:
      return "ARPHRD_FDDI";
    case ARPHRD_PRONET:
      return "ARPHRD_PRONET";
    default:
      return "ARPHRD_VOID";
  }
}

std::string text_of(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text = {};
  if (address == nullptr) {
    return {};
  }
  const void* octets =
      address->sa_family == AF_INET
          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr)
          : static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
  return ::inet_ntop(address->sa_family, octets, text.data(), text.size()) == nullptr
             ? std::string()
             : std::string(text.data());
}

unsigned prefix_length(const sockaddr* mask) {
  unsigned length = 0;
  if (mask != nullptr) {
    for (const unsigned char each :
         reinterpret_cast<const sockaddr_in6*>(mask)->sin6_addr.s6_addr) {
      length += static_cast<unsigned>(__builtin_popcount(each));
    }
  }
  return length;
}

int family_of(const ifaddrs& each) {
  return each.ifa_addr == nullptr ? AF_UNSPEC : each.ifa_addr->sa_family;
}

// An address of IPv4 may have a label, such as `eth0:1`, in place of the name.
std::string link_of(std::string_view name) {
  return std::string(name.substr(0, name.find(':')));
}

InterfaceAddress named(const ifaddrs& each) {
  InterfaceAddress address;
  address.name = each.ifa_name;
  for (const Flag& flag : kFlags) {
    if ((each.ifa_flags & flag.bit) != 0) {
      address.flags.emplace_back(flag.name);
    }
  }
  return address;
}

void add_hardware(const sockaddr* address, InterfaceAddress& to) {
  const auto* link = reinterpret_cast<const sockaddr_ll*>(address);
  to.type = type_of(link->sll_hatype);
  for (unsigned i = 0; i < link->sll_halen && i < sizeof link->sll_addr; ++i) {
    to.hardware += fmt::format("{}{:02X}", i == 0 ? "" : ":", link->sll_addr[i]);
  }
}

InterfaceAddress with_address(InterfaceAddress base, const ifaddrs& each) {
  base.is_ipv6 = each.ifa_addr->sa_family == AF_INET6;
  base.address = text_of(each.ifa_addr);
  if (base.is_ipv6) {
    base.address += "/" + std::to_string(prefix_length(each.ifa_netmask));
    return base;
  }
  base.netmask = text_of(each.ifa_netmask);
  if ((each.ifa_flags & IFF_BROADCAST) != 0) {
    base.broadcast = text_of(each.ifa_broadaddr);
  }
  return base;
}

}  // namespace

KernelName LinuxRunningKernel::name() const {
  struct utsname name = {};
  ::uname(&name);
  return {name.machine, name.nodename, name.sysname, name.release, name.version};
}

Result<std::vector<InterfaceAddress>> LinuxRunningKernel::interfaces() const {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) {
    return std::unexpected(os_error(errno, "listing", "network interfaces"));
  }
  const std::unique_ptr<ifaddrs, FreeAddresses> list(first);
  std::map<std::string, InterfaceAddress> links;
  for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
    if (family_of(*each) == AF_PACKET) {
      InterfaceAddress& link = links[each->ifa_name];
      link = named(*each);
      add_hardware(each->ifa_addr, link);
    }
  }
  std::vector<InterfaceAddress> addresses;
  std::set<std::string> addressed;
  for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
    if (family_of(*each) == AF_INET || family_of(*each) == AF_INET6) {
      const std::string link = link_of(each->ifa_name);
      addressed.insert(link);
      InterfaceAddress base = named(*each);
      if (const auto known = links.find(link); known != links.end()) {
        base.type = known->second.type;
        base.hardware = known->second.hardware;
      }
      addresses.push_back(with_address(std::move(base), *each));
    }
  }
  // Who listens in secret needs no address.
  for (auto& [name, link] : links) {
    if (!addressed.contains(name)) {
      addresses.push_back(std::move(link));
    }
  }
  return addresses;
}

Result<std::vector<Mount>> LinuxRunningKernel::mounts() const {
  constexpr std::size_t kMountsMax = std::size_t{16} << 20U;
  if (root_.empty()) {
    return fail(Errc::io_failed, "the kernel does not tell where the root is");
  }
  const FileDescriptor table(::open("/proc/self/mounts", O_RDONLY | O_CLOEXEC));
  if (!table.is_open()) {
    return std::unexpected(os_error(errno, "opening", "/proc/self/mounts"));
  }
  TWOSEAL_TRY(const Bytes text, read_all(table.get(), kMountsMax));
  return parse_mount_table(text, root_);
}

std::vector<EnvironmentVariable> LinuxRunningKernel::environment() const {
  std::vector<EnvironmentVariable> variables;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view text(*each);
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) {
      variables.push_back(
          {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))});
    }
  }
  return variables;
}

}  // namespace twoseal
