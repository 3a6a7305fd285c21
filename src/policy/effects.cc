#include "policy/effects.h"

#include <algorithm>
#include <array>

namespace twoseal {
namespace {

struct KindRow {
  std::string_view kind;
  bool path;
  std::string_view effects;  // separated by blanks
};

constexpr std::array kKinds = {
    KindRow{"agent_update", false, "trust"},
    KindRow{"apt_source", false, "trust package"},
    KindRow{"authorized_key", false, "auth"},
    KindRow{"certificate_trust", false, "trust"},
    KindRow{"command", false, "opaque"},
    KindRow{"directory", true, ""},
    KindRow{"file", true, ""},
    KindRow{"firewall", false, "firewall network"},
    KindRow{"group", false, "auth"},
    KindRow{"kernel_module", false, "kernel"},
    KindRow{"mount", true, "data-loss"},
    KindRow{"package", false, "package"},
    KindRow{"service", false, ""},
    KindRow{"setting", true, ""},
    KindRow{"symlink", true, ""},
    KindRow{"sysctl", false, "kernel"},
    KindRow{"timer", false, "opaque"},
    KindRow{"user", false, "auth"},
};

struct PathRow {
  std::string_view prefix;
  std::string_view effects;
};

constexpr std::array kPaths = {
    PathRow{"/boot", "kernel"},
    PathRow{"/etc/NetworkManager", "network"},
    PathRow{"/etc/apparmor.d", "kernel"},
    PathRow{"/etc/apt", "trust package"},
    PathRow{"/etc/ca-certificates", "trust"},
    PathRow{"/etc/ca-certificates.conf", "trust"},
    PathRow{"/etc/default/grub", "kernel"},
    PathRow{"/etc/default/grub.d", "kernel"},
    PathRow{"/etc/environment", "auth"},
    PathRow{"/etc/group", "auth"},
    PathRow{"/etc/grub.d", "kernel"},
    PathRow{"/etc/gshadow", "auth"},
    PathRow{"/etc/hosts", "network"},
    PathRow{"/etc/initramfs-tools", "kernel"},
    PathRow{"/etc/iptables", "firewall network"},
    PathRow{"/etc/ld.so.cache", "trust"},
    PathRow{"/etc/ld.so.conf", "trust"},
    PathRow{"/etc/ld.so.conf.d", "trust"},
    PathRow{"/etc/ld.so.preload", "trust"},
    PathRow{"/etc/login.defs", "auth"},
    PathRow{"/etc/modprobe.d", "kernel"},
    PathRow{"/etc/modules", "kernel"},
    PathRow{"/etc/modules-load.d", "kernel"},
    PathRow{"/etc/netplan", "network"},
    PathRow{"/etc/network", "network"},
    PathRow{"/etc/nftables.conf", "firewall network"},
    PathRow{"/etc/nftables.d", "firewall network"},
    PathRow{"/etc/nsswitch.conf", "auth"},
    PathRow{"/etc/pam.conf", "auth"},
    PathRow{"/etc/pam.d", "auth"},
    PathRow{"/etc/passwd", "auth"},
    PathRow{"/etc/polkit-1", "auth"},
    PathRow{"/etc/resolv.conf", "network"},
    PathRow{"/etc/security", "auth"},
    PathRow{"/etc/shadow", "auth"},
    PathRow{"/etc/ssh", "auth"},
    PathRow{"/etc/ssl", "trust"},
    PathRow{"/etc/sudo.conf", "auth"},
    PathRow{"/etc/sudoers", "auth"},
    PathRow{"/etc/sudoers.d", "auth"},
    PathRow{"/etc/sysctl.conf", "kernel"},
    PathRow{"/etc/sysctl.d", "kernel"},
    PathRow{"/etc/systemd/network", "network"},
    PathRow{"/etc/systemd/resolved.conf", "network"},
    PathRow{"/etc/ufw", "firewall network"},
    PathRow{"/lib/modules", "kernel"},
    PathRow{"/lib/security", "auth"},
    PathRow{"/lib/x86_64-linux-gnu/security", "auth"},
    PathRow{"/root/.ssh", "auth"},
    PathRow{"/usr/bin/su", "auth"},
    PathRow{"/usr/bin/sudo", "auth"},
    PathRow{"/usr/lib/modules", "kernel"},
    PathRow{"/usr/lib/security", "auth"},
    PathRow{"/usr/lib/sysctl.d", "kernel"},
    PathRow{"/usr/lib/x86_64-linux-gnu/security", "auth"},
    PathRow{"/usr/local/share/ca-certificates", "trust"},
    PathRow{"/usr/sbin/sshd", "auth"},
    PathRow{"/usr/share/ca-certificates", "trust"},
    PathRow{"/usr/share/keyrings", "trust package"},
    PathRow{"/usr/share/polkit-1", "auth"},
};

const KindRow* row_of(const Name& kind) {
  const auto* found = std::find_if(
      kKinds.begin(), kKinds.end(), [&](const KindRow& row) { return row.kind == kind.text(); });
  return found != kKinds.end() ? found : nullptr;
}

void add_words(std::set<Name>& into, std::string_view words) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    into.insert(Name::parse(words.substr(0, end)).value());
    words.remove_prefix(std::min(end + 1, words.size()));
  }
}

bool starts_whole(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix) &&
         (path.size() == prefix.size() || prefix.ends_with('/') || path[prefix.size()] == '/');
}

void add_effects_of_path(std::set<Name>& effects, std::string_view key) {
  for (const PathRow& path : kPaths) {
    // A directory that holds a listed path, or lies below one.
    if (starts_whole(key, path.prefix) || starts_whole(path.prefix, key)) {
      add_words(effects, path.effects);
    }
  }
  if (key.find("/.ssh") != std::string_view::npos) {
    add_words(effects, "auth");
  }
}

}  // namespace

bool is_known_kind(const Name& kind) {
  return row_of(kind) != nullptr;
}

bool has_path(const Name& kind) {
  const KindRow* row = row_of(kind);
  return row != nullptr && row->path;
}

bool is_plain_path(std::string_view path) {
  if (!path.starts_with('/') || path.find('\0') != std::string_view::npos) {
    return false;
  }
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view part = path.substr(0, path.find('/'));
    if (part.empty() || part == "." || part == "..") {
      return false;
    }
    path.remove_prefix(part.size());
  }
  return true;
}

std::optional<std::string> link_target(const Resource& resource) {
  const auto to = resource.want.find("to");
  const auto* text = to != resource.want.end() ? std::get_if<std::string>(&to->second) : nullptr;
  return resource.kind.text() == "symlink" && text != nullptr ? std::optional(*text) : std::nullopt;
}

std::set<Name> effects_of(const Resource& resource) {
  std::set<Name> effects;
  const KindRow* row = row_of(resource.kind);
  if (row == nullptr) {
    return effects;
  }
  add_words(effects, row->effects);
  if (row->path) {
    add_effects_of_path(effects, resource.key);
  }
  // Whatever is written through a link is written where it leads.
  if (const auto to = link_target(resource)) {
    add_effects_of_path(effects, *to);
  }
  // sysctl takes slashes as well as dots between the parts of a name.
  if (resource.kind.text() == "sysctl" &&
      (resource.key.starts_with("net.") || resource.key.starts_with("net/"))) {
    add_words(effects, "network");
  }
  return effects;
}

std::vector<std::string> touched_by(const Resource& resource) {
  std::vector<std::string> touched;
  const std::string& kind = resource.kind.text();
  if (has_path(resource.kind)) {
    touched.push_back(resource.key);
  } else if (kind == "service" || kind == "timer") {
    touched.push_back("unit:" + resource.key);
  } else {
    touched.push_back(kind + ":" + resource.key);
  }
  for (const Handler& handler : resource.then) {
    touched.push_back("unit:" + handler.unit);
  }
  return touched;
}

bool reaches(const Resource& resource, std::string_view prefix) {
  const bool path = prefix.starts_with('/');
  const auto touched = touched_by(resource);
  const bool covered = std::any_of(touched.begin(), touched.end(), [&](const std::string& one) {
    return path ? starts_whole(one, prefix) : one.starts_with(prefix);
  });
  const bool stays = resource.kind.text() == "directory" && !resource.want.contains("absent");
  return covered ||
         (path && has_path(resource.kind) && !stays && starts_whole(prefix, resource.key));
}

}  // namespace twoseal
