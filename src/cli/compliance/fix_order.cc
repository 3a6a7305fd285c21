#include "cli/compliance/fix_order.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/os_file.h"
#include "cli/compliance/os_release.h"
#include "cli/compliance/said_elsewhere.h"
#include "cli/compliance/shipped_fixes.h"

namespace twoseal::cli {
namespace {

std::string_view word_of(FixOutcome outcome) {
  switch (outcome) {
    case FixOutcome::written:
      return "written";
    case FixOutcome::shared:
      return "with another rule";
    case FixOutcome::clash:
      return "left out";
    case FixOutcome::by_hand:
      return "by hand";
    case FixOutcome::not_here:
      return "not here";
    case FixOutcome::no_fix:
      break;
  }
  return "no fix known";
}

bool is_mended(const FixedRule& rule) {
  return rule.outcome == FixOutcome::written || rule.outcome == FixOutcome::shared;
}

void tell_unmended(const std::vector<FixedRule>& rules, const Session& session) {
  for (const FixedRule& rule : rules) {
    if (!is_mended(rule)) {
      session.talk(fmt::format("  {:<17}  {}{}{}",
                               word_of(rule.outcome),
                               rule.rule,
                               rule.told.empty() ? "" : ": ",
                               rule.told));
    }
  }
}

std::string mended_text(const std::vector<FixedRule>& rules) {
  return fmt::format(
      "{} of {} failing rules", std::count_if(rules.begin(), rules.end(), is_mended), rules.size());
}

Result<void> write_change(const std::string& path, const FixChange& change) {
  return write_file(path, change.text, Access::everybody, Existing::keep);
}

// Files of an earlier check would lie among the new ones, and are never replaced.
Result<void> check_directory(const std::string& path) {
  if (!is_directory(path)) {
    return fail(
        Errc::no_input, "there is no directory " + path, path, "make it with: mkdir " + path);
  }
  const auto entries = list_directory(path, 1);
  if (entries && entries->empty()) {
    return {};
  }
  if (!entries && entries.error().code != Errc::too_large) {
    return std::unexpected(entries.error());
  }
  return fail(
      Errc::exists_already, "is not empty", path, "name a directory in which nothing lies yet");
}

// A platform that fixes are for: what the host is, or what it is made from.
std::string platform_of(const OsRelease& release) {
  if (authoring::is_platform(release.id)) {
    return release.id;
  }
  const auto like = std::find_if(release.like.begin(),
                                 release.like.end(),
                                 [](const std::string& id) { return authoring::is_platform(id); });
  return like != release.like.end() ? *like : release.id;
}

FailingRule named(const scap::Rule& rule) {
  FailingRule out{.id = std::string(rule.id)};
  out.other_ids.emplace_back(rule.version);
  for (const scap::Ident& ident : rule.idents) {
    out.other_ids.emplace_back(ident.value);
  }
  for (const scap::Reference& reference : rule.references) {
    out.other_ids.emplace_back(reference.text);
  }
  return out;
}

std::string guide_of(std::string_view benchmark) {
  constexpr std::string_view kMark = "_benchmark_";
  const std::size_t at = benchmark.find(kMark);
  return std::string(at == std::string_view::npos ? benchmark
                                                  : benchmark.substr(at + kMark.size()));
}

Result<void> write_one(const std::string& path,
                       const FixRequest& request,
                       const Session& session,
                       const authoring::FixFile& fixes) {
  const FixChange change = write_fix_change(fixes, request);
  const bool mends = std::any_of(change.rules.begin(), change.rules.end(), is_mended);
  if (mends) {
    TWOSEAL_TRY_VOID(write_change(path, change));
    session.talk(fmt::format("wrote  {}  for {}", path, mended_text(change.rules)));
  } else {
    session.talk("not written: " + path + ", because " +
                 (change.rules.empty() ? "no rule failed" : "no change mends what fails"));
  }
  tell_unmended(change.rules, session);
  if (mends) {
    session.talk("next   fill in its targets, then: twoseal propose " + path);
  }
  return {};
}

Result<void> write_each(const std::string& directory,
                        const FixChanges& all,
                        const Session& session) {
  for (const NamedFixChange& each : all.changes) {
    TWOSEAL_TRY_VOID(write_change(directory + "/" + each.scope + ".yaml", each.change));
  }
  session.talk(fmt::format(
      "wrote  {} changes into {}  for {}", all.changes.size(), directory, mended_text(all.rules)));
  return {};
}

}  // namespace

Result<void> check_fix_order(const FixOrder& order) {
  if (!order.directory.empty()) {
    TWOSEAL_TRY_VOID(check_directory(order.directory));
  }
  return order.file.empty() ? Result<void>() : check_new_file(order.file);
}

FixRequest fix_request(const scap::Assessment& assessment,
                       const scap::InspectedHost& host,
                       const std::string& content) {
  FixRequest request;
  const OsRelease release = os_release(host);
  request.platform = platform_of(release);
  request.system = release.id;
  request.content = content;
  request.guide = guide_of(assessment.benchmark().id);
  request.profile = assessment.selection().profile;
  request.is_there = [files = host.files](const std::string& path) -> std::optional<bool> {
    const auto status = files->status(path, FollowLast::yes);
    return status ? std::optional(status->has_value()) : std::nullopt;
  };
  request.said_elsewhere = [&host](const Resource& resource) {
    return said_elsewhere(host, resource);
  };
  for (const scap::RuleOutcome& outcome : assessment.outcomes()) {
    FailingRule rule = named(assessment.benchmark().rules[outcome.rule]);
    rule.severity = scap::word_of(assessment.selection().rules[outcome.rule].severity);
    if (outcome.result == scap::RuleResult::fail) {
      request.rules.push_back(std::move(rule));
    } else if (outcome.result == scap::RuleResult::pass) {
      request.passing.push_back(std::move(rule));
    }
  }
  const auto& values = assessment.benchmark().values;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& chosen = assessment.selection().values[i].values;
    if (!chosen.empty()) {
      request.values.emplace(values[i].id, chosen.front());
    }
  }
  return request;
}

Result<void> write_fixes(const FixOrder& order, const FixRequest& request, const Session& session) {
  TWOSEAL_TRY(const authoring::FixFile fixes, shipped_fixes());
  if (!order.file.empty()) {
    TWOSEAL_TRY_VOID(write_one(order.file, request, session, fixes));
  }
  if (!order.directory.empty()) {
    const FixChanges all = write_fix_changes(fixes, request);
    TWOSEAL_TRY_VOID(write_each(order.directory, all, session));
    if (order.file.empty()) {
      tell_unmended(all.rules, session);
    }
  }
  return {};
}

}  // namespace twoseal::cli
