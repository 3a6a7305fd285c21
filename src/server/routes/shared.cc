#include "server/routes/shared.h"

#include <charconv>

#include "base/limits.h"

namespace twoseal::server {
namespace {

constexpr std::chrono::seconds kCheckpointWait{5};
constexpr std::string_view kNumberPrefix = "CHG-";

std::optional<std::int64_t> digits(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number > 0
             ? std::optional(number)
             : std::nullopt;
}

std::shared_ptr<const ChangeFacts> find_change(const LedgerView& view, std::string_view text) {
  if (!text.starts_with(kNumberPrefix)) {
    const auto digest = Digest::parse_hex(text);
    return digest ? view.change(*digest) : nullptr;
  }
  text.remove_prefix(kNumberPrefix.size());
  const std::size_t dot = text.find('.');
  const auto number = digits(text.substr(0, dot));
  const auto version =
      dot == std::string_view::npos ? std::optional<std::int64_t>(0) : digits(text.substr(dot + 1));
  return number && version ? view.change(*number, *version) : nullptr;
}

}  // namespace

Result<Remembered> remembered_in(const Call& call) {
  Remembered remembered;
  const std::int64_t max = limits::kIntegerMax;
  TWOSEAL_TRY(remembered.roster, call.number("roster", 0, max));
  TWOSEAL_TRY(remembered.policy, call.number("policy", 0, max));
  TWOSEAL_TRY(remembered.restrictions, call.number("restrictions", 0, max));
  TWOSEAL_TRY(remembered.assignment, call.number("assignment", 0, max));
  TWOSEAL_TRY(const std::int64_t size, call.number("checkpoint", 0, max));
  remembered.checkpoint = static_cast<std::uint64_t>(size);
  return remembered;
}

Result<HttpResponse> archive_answer(const Call& call, const std::function<Result<Files>()>& make) {
  const std::uint64_t seen = call.parts.channels.generation(kCheckpointChannel);
  const auto files = make();
  if (files) {
    return zip_answer(*files);
  }
  if (files.error().code == Errc::try_again && !call.request.waited) {
    return park_answer(kCheckpointChannel, seen, kCheckpointWait);
  }
  return std::unexpected(files.error());
}

Result<HttpResponse> files_answer(const Call& call,
                                  const std::optional<HostId>& host,
                                  const std::optional<Digest>& change,
                                  const Remembered& remembered) {
  return archive_answer(call, [&]() -> Result<Files> {
    TWOSEAL_TRY(const HostFiles files, call.parts.files.files_for(host, change, remembered));
    if (call.caller.host && change) {
      TWOSEAL_TRY_VOID(call.parts.freshes.keep(*files.fresh));
    }
    return files.all();
  });
}

Result<std::shared_ptr<const ChangeFacts>> change_in(const Call& call) {
  auto facts = find_change(call.parts.view, call.value("change"));
  if (facts == nullptr || !call.caller.may_see(facts->change->author)) {
    return fail(Errc::not_found, "the log has no change " + call.value("change"));
  }
  return facts;
}

Result<HostId> host_named(const Documents& documents, const std::string& text) {
  if (const auto named = documents.names.find(text); named != documents.names.end()) {
    return named->second;
  }
  const auto host = HostId::parse(text);
  return host && documents.host(*host) != nullptr
             ? Result<HostId>(*host)
             : fail(Errc::not_found, "no host '" + text + "' is assigned");
}

HttpResponse recorded_answer(const Call& call, const Submitted& submitted) {
  Json::Object fields = {{"statement", submitted.statement.text()},
                         {"index", submitted.index},
                         {"at", submitted.at},
                         {"repeated", submitted.repeated}};
  if (submitted.change) {
    fields.emplace_back("change", submitted.change->text());
    if (const auto facts = call.parts.view.change(*submitted.change)) {
      fields.emplace_back("number", number_text(*facts));
    }
  }
  return json_answer(fields);
}

void tell_documents(const Call& call, const std::shared_ptr<const Documents>& before) {
  if (call.parts.view.documents() != before && call.parts.documents_moved) {
    call.parts.documents_moved();
  }
}

HostCounts count_hosts(const Call& call) {
  constexpr UnixSeconds kSilent = 180;  // seconds: three beats
  HostCounts counts;
  for (const auto& [host, held] : call.caller.documents->hosts) {
    if (!call.caller.documents->is_assigned(host, call.now)) {
      continue;
    }
    ++counts.assigned;
    const auto contact = call.parts.contacts.of(host);
    if (contact && contact->at >= call.now - kSilent) {
      ++counts.reporting;
      counts.looking_on += contact->looks_on.empty() ? 0 : 1;
    }
  }
  return counts;
}

}  // namespace twoseal::server
