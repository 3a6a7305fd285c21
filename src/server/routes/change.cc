#include <algorithm>

#include "base/limits.h"
#include "codec/objects.h"
#include "server/routes/shared.h"

namespace twoseal::server {
namespace {

constexpr std::int64_t kPageDefault = 50;
constexpr std::int64_t kPageMax = 500;
constexpr std::int64_t kWaitMax = 60;

// The host that is asked about; nothing when none is and the change has none.
Result<std::optional<HostId>> host_in(const Call& call, const ChangeFacts& facts) {
  const auto& targets = facts.change->targets.hosts;
  const auto asked = call.request.query.find("host");
  if (asked == call.request.query.end()) {
    return targets && !targets->empty() ? std::optional(targets->front().id) : std::nullopt;
  }
  TWOSEAL_TRY(HostId host, host_named(*call.caller.documents, asked->second));
  return std::optional(std::move(host));
}

// The host that is asked about, or every target.
Result<std::vector<HostId>> hosts_in(const Call& call, const ChangeFacts& facts) {
  std::vector<HostId> hosts;
  if (call.request.query.contains("host")) {
    TWOSEAL_TRY(const auto host, host_in(call, facts));
    hosts.push_back(*host);
    return hosts;
  }
  for (const TargetHost& one : facts.change->targets.hosts.value_or(std::vector<TargetHost>())) {
    hosts.push_back(one.id);
  }
  return hosts;
}

// What the host had decided from when it said what entry `before` names.
Result<HttpResponse> files_before(const Call& call, const HostId& host, const Digest& change) {
  TWOSEAL_TRY(const std::int64_t before, call.number("before", 0, limits::kIntegerMax));
  TWOSEAL_TRY(const auto entries, call.parts.store->entries(static_cast<std::uint64_t>(before), 1));
  if (entries.empty()) {
    return fail(Errc::not_found, "the log has no entry " + std::to_string(before));
  }
  TWOSEAL_TRY(const LedgerEntry entry,
              codec::decode<LedgerEntry>(entries.front().bytes, limits::kEntryMax));
  TWOSEAL_TRY(const std::int64_t until, call.number("until", entry.at, limits::kIntegerMax));
  TWOSEAL_TRY(const KeptFresh fresh, call.parts.registry->fresh_until(std::min(until, entry.at)));
  TWOSEAL_TRY(
      const HostFiles files,
      call.parts.files.files_before(host, change, static_cast<std::uint64_t>(before), fresh));
  return zip_answer(files.all());
}

Json result_json(const HostId& host, const HostOutcome& one) {
  return Json::Object{{"host", host.text()},
                      {"outcome", one.outcome},
                      {"phase", one.phase.text()},
                      {"at", one.at},
                      {"index", one.index},
                      {"result", one.result.text()},
                      {"statement", one.statement.text()}};
}

// A word of a host, with those around it that are kept, in their order.
void add_results(Json::Array& results, const HostId& host, const HostOutcome& newest) {
  if (newest.earlier != nullptr) {
    add_results(results, host, *newest.earlier);
  }
  results.emplace_back(result_json(host, newest));
  if (const auto& refused = newest.refused_back) {
    results.emplace_back(Json::Object{{"host", host.text()},
                                      {"outcome", refused->outcome},
                                      {"phase", newest.phase.text()},
                                      {"at", refused->at},
                                      {"index", refused->index},
                                      {"result", refused->result.text()},
                                      {"statement", refused->statement.text()}});
  }
}

}  // namespace

Result<HttpResponse> list_changes(const Call& call) {
  TWOSEAL_TRY(const std::int64_t before, call.number("before", 0, limits::kIntegerMax));
  TWOSEAL_TRY(const std::int64_t limit, call.number("limit", kPageDefault, kPageMax));
  const auto wanted = call.request.query.find("state");
  Json::Array rows;
  std::int64_t next = before;
  std::int64_t looked_at = 0;
  for (const auto& facts : call.parts.view.changes(
           before, static_cast<std::size_t>(std::max<std::int64_t>(limit, 1)))) {
    next = facts->number;
    ++looked_at;
    if (!call.caller.may_see(facts->change->author)) {
      continue;
    }
    TWOSEAL_TRY(const auto shown, call.parts.courses.of(facts->digest));
    if (wanted == call.request.query.end() || wanted->second == text_of(shown->course.state)) {
      rows.emplace_back(shown->row);
    }
  }
  Json::Object page = {{"changes", std::move(rows)}};
  if (looked_at > 0 && next > 1) {
    page.emplace_back("before", next);
  }
  return json_answer(page);
}

Result<HttpResponse> get_change(const Call& call) {
  TWOSEAL_TRY(const auto named, change_in(call));
  const std::string channel = channel_of_change(named->digest);
  // Read before what it is about: a move after this moment is not lost.
  const std::uint64_t generation = call.parts.channels.generation(channel);
  TWOSEAL_TRY(const std::int64_t seen, call.number("seen", 0, limits::kIntegerMax));
  TWOSEAL_TRY(const std::int64_t wait, call.number("wait", 0, kWaitMax));
  if (wait > 0 && std::cmp_equal(seen, generation) && !call.request.waited) {
    return park_answer(channel, generation, std::chrono::seconds(wait));
  }
  TWOSEAL_TRY(const auto shown, call.parts.courses.of(named->digest));
  Json::Object fields = shown->fields;
  fields.emplace_back("generation", generation);
  return json_answer(fields);
}

Result<HttpResponse> get_change_files(const Call& call) {
  TWOSEAL_TRY(const auto facts, change_in(call));
  TWOSEAL_TRY(const auto host, host_in(call, *facts));
  if (call.request.query.contains("ended")) {
    if (!host) {
      return fail(Errc::bad_request, "the change has no hosts");
    }
    return archive_answer(call, [&] { return call.parts.files.results_of(*host, facts->digest); });
  }
  if (call.request.query.contains("before")) {
    return host ? files_before(call, *host, facts->digest)
                : fail(Errc::bad_request, "the change has no hosts");
  }
  TWOSEAL_TRY(const Remembered remembered, remembered_in(call));
  return files_answer(call, host, facts->digest, remembered);
}

Result<HttpResponse> get_change_log(const Call& call) {
  TWOSEAL_TRY(const auto facts, change_in(call));
  TWOSEAL_TRY(const std::vector<HostId> hosts, hosts_in(call, *facts));
  Json::Array lines;
  for (const HostId& host : hosts) {
    TWOSEAL_TRY(const auto found, call.parts.registry->work_lines(facts->digest, host, 0));
    for (const WorkLine& one : found) {
      lines.emplace_back(Json::Object{{"host", host.text()}, {"at", one.at}, {"text", one.text}});
      if (lines.size() >= kRowsMax) {
        return json_answer({{"lines", std::move(lines)}, {"more", true}});
      }
    }
  }
  return json_answer({{"lines", std::move(lines)}, {"more", false}});
}

Result<HttpResponse> get_change_results(const Call& call) {
  TWOSEAL_TRY(const auto facts, change_in(call));
  TWOSEAL_TRY(const std::vector<HostId> hosts, hosts_in(call, *facts));
  Json::Array results;
  for (const HostId& host : hosts) {
    if (const HostOutcome* newest = facts->outcome_of(host)) {
      add_results(results, host, *newest);
    }
  }
  return json_answer({{"results", std::move(results)}});
}

}  // namespace twoseal::server
