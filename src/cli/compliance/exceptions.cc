#include "cli/compliance/exceptions.h"

#include <algorithm>
#include <iterator>

#include "agent/documents.h"
#include "base/os_file.h"
#include "cli/agent_home.h"
#include "compliance/xccdf/selection.h"
#include "system/linux/linux_files.h"

namespace twoseal::cli {

std::vector<Exception> exceptions_for(const Restrictions& restrictions,
                                      std::string_view name,
                                      std::string_view host,
                                      UnixSeconds now) {
  std::vector<Exception> mine;
  if (restrictions.expires <= now) {
    return mine;
  }
  std::copy_if(restrictions.exceptions.begin(),
               restrictions.exceptions.end(),
               std::back_inserter(mine),
               [&](const Exception& each) {
                 return each.until > now && (each.asset == name || each.asset == host);
               });
  return mine;
}

Result<std::vector<Exception>> held_exceptions(const std::string& home, UnixSeconds now) {
  LinuxFiles files("/");
  AgentHome agent(files, home);
  TWOSEAL_TRY(const auto host, read_joined_host(agent));
  TWOSEAL_TRY(const HeldDocuments held,
              HeldDocuments::open(agent, {host.server.org, host.host, host.keys}));
  if (held.facts() == nullptr || held.facts()->restrictions == nullptr ||
      held.assignment() == nullptr) {
    return std::vector<Exception>();
  }
  return exceptions_for(
      *held.facts()->restrictions, held.assignment()->name, host.host.text(), now);
}

const Exception* exception_of(const scap::Rule& rule,
                              const std::vector<Exception>& exceptions,
                              UnixSeconds now) {
  const Exception* last = nullptr;
  for (const Exception& each : exceptions) {
    const bool meant =
        scap::is_meant(rule, each.rule) ||
        std::any_of(rule.idents.begin(), rule.idents.end(), [&](const scap::Ident& ident) {
          return ident.value == each.rule;
        });
    if (meant && each.until > now && (last == nullptr || each.until > last->until)) {
      last = &each;
    }
  }
  return last;
}

}  // namespace twoseal::cli
