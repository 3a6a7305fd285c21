#include "cli/client/conflicts.h"

#include <algorithm>
#include <array>

#include "cli/client/change_text.h"
#include "cli/client/known_change.h"
#include "cli/columns.h"
#include "codec/objects.h"

namespace twoseal::cli {
namespace {

constexpr std::array<std::string_view, 5> kOpen = {
    "in-review", "approved", "scheduled", "rolling", "verifying"};

// `/etc/hosts` of `file:/etc/hosts#line:x`; the whole identity where it names no path.
std::string place_of(const std::string& identity) {
  const std::size_t colon = identity.find(':');
  if (colon == std::string::npos || identity.compare(colon + 1, 1, "/") != 0) {
    return identity;
  }
  return identity.substr(colon + 1, identity.find('#') - colon - 1);
}

Result<Touched> touched_of(ServerApi& api, const Digest& digest, const Touched& ours) {
  TWOSEAL_TRY(const Bytes bytes, fetch_object(api, digest));
  TWOSEAL_TRY(const Change change, codec::decode<Change>(bytes));
  const auto targets = change.targets.hosts.value_or(std::vector<TargetHost>());
  const bool meets = std::any_of(targets.begin(), targets.end(), [&](const TargetHost& host) {
    return ours.contains(host.id);
  });
  if (!change.plan || !meets) {
    return Touched();
  }
  TWOSEAL_TRY(const Bytes plan_bytes, fetch_object(api, *change.plan));
  TWOSEAL_TRY(const Plan plan, codec::decode<Plan>(plan_bytes));
  std::map<Digest, PlanClass> classes;
  for (const PlannedClass& one : plan.classes) {
    const bool shared = std::any_of(one.hosts.begin(), one.hosts.end(), [&](const auto& host) {
      return ours.contains(host.id);
    });
    if (shared) {
      TWOSEAL_TRY(const Bytes class_bytes, fetch_object(api, one.class_digest));
      TWOSEAL_TRY(classes[one.class_digest], codec::decode<PlanClass>(class_bytes));
    }
  }
  return touched_in(plan, classes);
}

bool is_open(const std::string& state) {
  return std::find(kOpen.begin(), kOpen.end(), state) != kOpen.end();
}

// Of the newest few thousand changes, page by page.
Result<std::vector<codec::PlainJson>> open_changes(ServerApi& api) {
  constexpr int kPages = 10;
  std::vector<codec::PlainJson> rows;
  Query query = {{"limit", "500"}};
  for (int i = 0; i < kPages; ++i) {
    TWOSEAL_TRY(const codec::PlainJson page, api.get("/v1/changes", query));
    for (const codec::PlainJson& row : page.at("changes").list()) {
      if (is_open(row.at("state").text())) {
        rows.push_back(row);
      }
    }
    if (!page.at("before").present()) {
      break;
    }
    query["before"] = std::to_string(page.at("before").integer());
  }
  return rows;
}

}  // namespace

Touched touched_in(const Plan& plan, const std::map<Digest, PlanClass>& classes) {
  Touched touched;
  for (const PlannedClass& one : plan.classes) {
    const auto steps = classes.find(one.class_digest);
    for (const PlannedHost& host :
         steps != classes.end() ? one.hosts : std::vector<PlannedHost>()) {
      for (const PlanStep& step : steps->second.steps) {
        touched[host.id].insert(step.res);
      }
    }
  }
  return touched;
}

Touched touched_by_both(const Touched& ours, const Touched& theirs) {
  Touched both;
  for (const auto& [host, resources] : ours) {
    const auto others = theirs.find(host);
    std::set<std::string> places;
    for (const std::string& one :
         others != theirs.end() ? others->second : std::set<std::string>()) {
      places.insert(place_of(one));
    }
    for (const std::string& one : resources) {
      if (places.contains(place_of(one))) {
        both[host].insert(one);
      }
    }
  }
  return both;
}

Result<std::vector<Conflict>> find_conflicts(Client& client,
                                             const DraftedChange& drafted,
                                             const GatheredPlan& gathered,
                                             std::vector<std::string>& unread) {
  const Touched ours = touched_in(gathered.plan, gathered.classes);
  const auto names = names_of(drafted.targets);
  std::vector<Conflict> conflicts;
  if (ours.empty()) {
    return conflicts;
  }
  TWOSEAL_TRY(const auto rows, open_changes(client.api));
  for (const codec::PlainJson& row : rows) {
    const bool replaced = row.at("author").text() == client.profile.by.text() &&
                          row.at("scope").text() == drafted.draft.change.scope->text();
    if (replaced) {
      continue;
    }
    TWOSEAL_TRY(const Digest digest, Digest::parse(row.at("digest").text()));
    const auto theirs = touched_of(client.api, digest, ours);
    if (!theirs) {
      unread.push_back(row.at("number").text() + ": " + theirs.error().what);
      continue;
    }
    const Touched both = touched_by_both(ours, *theirs);
    if (both.empty()) {
      continue;
    }
    Conflict conflict{
        row.at("number").text(), row.at("state").text(), row.at("author").text(), {}, {}};
    std::set<std::string> touched;
    for (const auto& [host, resources] : both) {
      conflict.hosts.push_back(names.contains(host) ? names.at(host) : host.text());
      touched.insert(resources.begin(), resources.end());
    }
    conflict.touched.assign(touched.begin(), touched.end());
    conflicts.push_back(std::move(conflict));
  }
  return conflicts;
}

std::string conflicts_text(const std::vector<Conflict>& conflicts) {
  std::string text;
  for (const Conflict& one : conflicts) {
    text +=
        one_line("conflict  " + one.number + " (" + one.state + ", " + one.author + ") touches " +
                 list_text(one.touched) + " on " + list_text(one.hosts) + " too") +
        "\n";
  }
  return text;
}

}  // namespace twoseal::cli
