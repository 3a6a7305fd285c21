#include "agent/outbox.h"

#include <algorithm>
#include <charconv>

#include "codec/archive.h"

namespace twoseal {
namespace {

constexpr std::string_view kResult = "-result";
constexpr std::string_view kReport = "-report";
constexpr std::size_t kDigits = 12;

std::string name_of(std::uint64_t number, MailKind kind) {
  const std::string digits = std::to_string(number);
  return std::string(kDigits - std::min(kDigits, digits.size()), '0') + digits +
         std::string(kind == MailKind::result ? kResult : kReport);
}

// Nothing for what no put() wrote: a crash may leave half a file beside the others.
std::optional<std::uint64_t> number_of(std::string_view name) {
  std::uint64_t number = 0;
  std::from_chars(name.data(), name.data() + name.size(), number);
  const bool ours =
      name == name_of(number, MailKind::result) || name == name_of(number, MailKind::report);
  return ours ? std::optional(number) : std::nullopt;
}

}  // namespace

Result<Outbox> Outbox::open(AgentHome& home) {
  Outbox box(home);
  TWOSEAL_TRY(const auto names, home.list("outbox"));
  for (const std::string& name : names) {
    if (const auto number = number_of(name)) {
      box.names_.push_back(name);
      box.next_ = std::max(box.next_, *number + 1);
    }
  }
  return box;
}

Result<void> Outbox::put(const Mail& mail) {
  TWOSEAL_TRY(Bytes bytes,
              codec::write_archive({{"object", mail.object}, {"record", mail.record}}));
  if (bytes.size() > kMailMax) {
    return fail(Errc::too_large, "what is to be told is longer than the outbox takes");
  }
  if (names_.size() >= kOutboxMax) {
    const auto oldest_report =
        std::find_if(names_.begin(), names_.end(), [](const std::string& name) {
          return name.ends_with(kReport);
        });
    if (oldest_report == names_.end()) {
      return fail(Errc::queue_full, std::to_string(kOutboxMax) + " results wait for the server");
    }
    TWOSEAL_TRY_VOID(remove(std::string(*oldest_report)));
  }
  const std::string name = name_of(next_, mail.kind);
  TWOSEAL_TRY_VOID(home_->write("outbox/" + name, std::move(bytes)));
  ++next_;
  names_.push_back(name);
  return {};
}

Result<std::vector<KeptMail>> Outbox::oldest(std::size_t count) const {
  std::vector<KeptMail> found;
  for (std::size_t i = 0; i < std::min(count, names_.size()); ++i) {
    TWOSEAL_TRY(const auto bytes, home_->read("outbox/" + names_[i], kMailMax));
    auto files = bytes ? codec::read_archive(*bytes)
                       : Result<codec::ArchiveFiles>(fail(Errc::refuse_j1, "it is gone"));
    if (!files || !files->contains("object") || !files->contains("record")) {
      return fail(Errc::refuse_j1,
                  "what waits for the server cannot be read",
                  home_->path("outbox/" + names_[i]));
    }
    found.push_back({names_[i],
                     {names_[i].ends_with(kResult) ? MailKind::result : MailKind::report,
                      std::move(files->at("object")),
                      std::move(files->at("record"))}});
  }
  return found;
}

Result<void> Outbox::remove(const std::string& name) {
  TWOSEAL_TRY_VOID(home_->remove("outbox/" + name));
  std::erase(names_, name);
  return {};
}

}  // namespace twoseal
