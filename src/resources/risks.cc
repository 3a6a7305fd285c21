#include "resources/risks.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "policy/effects.h"
#include "system/plain_path.h"

namespace twoseal {
namespace {

constexpr std::array<std::string_view, 9> kSshTouched = {"/etc/ssh",
                                                         "/root/.ssh",
                                                         "/run/sshd",
                                                         "/usr/sbin/sshd",
                                                         "/etc/systemd/system/ssh.service",
                                                         "/lib/systemd/system/ssh.service",
                                                         "/usr/lib/systemd/system/ssh.service",
                                                         "/etc/hosts.deny",
                                                         "/etc/nologin"};
constexpr std::array<std::string_view, 7> kSshNamed = {"unit:ssh.service",
                                                       "unit:ssh.socket",
                                                       "unit:sshd.service",
                                                       "unit:networking.service",
                                                       "unit:systemd-networkd.service",
                                                       "unit:nftables.service",
                                                       "package:openssh-server"};
constexpr std::array<std::string_view, 12> kAuthTouched = {"/etc/sudoers",
                                                           "/etc/sudoers.d",
                                                           "/etc/pam.d",
                                                           "/etc/pam.conf",
                                                           "/etc/nsswitch.conf",
                                                           "/etc/security",
                                                           "/etc/securetty",
                                                           "/etc/passwd",
                                                           "/etc/shadow",
                                                           "/etc/group",
                                                           "/etc/gshadow",
                                                           "/etc/polkit-1"};

bool loses_ssh(const std::string& touched) {
  return std::find(kSshNamed.begin(), kSshNamed.end(), touched) != kSshNamed.end() ||
         std::any_of(kSshTouched.begin(), kSshTouched.end(), [&](std::string_view path) {
           return is_at_or_below(path, touched) || is_at_or_below(touched, path);
         });
}

bool changes_auth(const std::string& touched) {
  return touched.find("/.ssh/authorized_keys") != std::string::npos ||
         std::any_of(kAuthTouched.begin(), kAuthTouched.end(), [&](std::string_view path) {
           return is_at_or_below(path, touched);
         });
}

// Content that goes and that no other step of the resource puts elsewhere.
bool removes_content(const Resource& resource, const std::vector<Operation>& operations) {
  return resource.kind.text() == "directory" && resource.want.contains("absent") &&
         operations.size() > 1;
}

std::set<Name> risks_by_effect(const Resource& resource) {
  std::set<Name> risks;
  for (const Name& effect : effects_of(resource)) {
    if (effect.text() == "kernel" || effect.text() == "network") {
      risks.insert(effect);
    }
    if (effect.text() == "firewall") {
      risks.insert(Name::parse("lose-ssh").value());
    }
  }
  return risks;
}

// What a resource and its handlers would touch, by the names of touched_by().
std::vector<std::string> touched_in_words(const Resource& resource) {
  std::vector<std::string> touched;
  const std::string& kind = resource.kind.text();
  if (has_path(resource.kind)) {
    touched.push_back(resource.key);
  } else if (kind == "service") {
    touched.push_back("unit:" + resource.key);
  } else if (kind == "package") {
    touched.push_back("package:" + resource.key);
  } else if (kind == "user" || kind == "group") {
    touched.emplace_back("/etc/passwd");
  }
  for (const Handler& handler : resource.then) {
    touched.push_back("unit:" + handler.unit);
  }
  return touched;
}

void add_package_risks(const PackageOperation& one, std::set<Name>& risks) {
  risks.insert(Name::parse("maintainer-scripts").value());
  if (one.kept.size() < one.closure.replaced.size() + one.closure.remove.size()) {
    risks.insert(Name::parse("undo-partial").value());
  }
}

}  // namespace

std::set<Name> risks_at(const std::string& path) {
  std::set<Name> risks;
  if (loses_ssh(path)) {
    risks.insert(Name::parse("lose-ssh").value());
  }
  if (changes_auth(path)) {
    risks.insert(Name::parse("auth-change").value());
  }
  return risks;
}

std::set<Name> risks_of(const Resource& resource, const std::vector<Operation>& operations) {
  std::set<Name> risks;
  const auto name = [&](std::string_view text) { risks.insert(Name::parse(text).value()); };
  for (const Operation& operation : operations) {
    for (const std::string& touched : touched_by(operation)) {
      risks.merge(risks_at(touched));
    }
    if (const auto* packages = std::get_if<PackageOperation>(&operation)) {
      add_package_risks(*packages, risks);
    }
    if (std::holds_alternative<CommandOperation>(operation)) {
      name("opaque");
    }
  }
  if (removes_content(resource, operations)) {
    name("data-loss");
  }
  risks.merge(risks_by_effect(resource));
  return risks;
}

std::set<Name> risks_of(const Resource& resource) {
  std::set<Name> risks = risks_by_effect(resource);
  for (const std::string& touched : touched_in_words(resource)) {
    risks.merge(risks_at(touched));
  }
  const std::string& kind = resource.kind.text();
  if (kind == "command") {
    risks.insert(Name::parse("opaque").value());
  }
  if (kind == "package") {
    risks.insert(Name::parse("maintainer-scripts").value());
  }
  if (kind == "directory" && resource.want.contains("absent")) {
    risks.insert(Name::parse("data-loss").value());
  }
  return risks;
}

bool arms_dead_man(const std::vector<Name>& risks) {
  return std::any_of(
      risks.begin(), risks.end(), [](const Name& risk) { return risk.text() == "lose-ssh"; });
}

}  // namespace twoseal
