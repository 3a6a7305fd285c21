#include "cli/client/client.h"

#include <charconv>

#include "base/limits.h"
#include "crypto/hash.h"

namespace twoseal::cli {
namespace {

constexpr std::int64_t kLongest = 366 * limits::kDay;

// Seconds of `s`, `m`, `h`, `d`; 0 for anything else.
std::int64_t unit_of(std::string_view suffix) {
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 3'600;
  return suffix.empty() || suffix == "s" ? 1
         : suffix == "m"                 ? kMinute
         : suffix == "h"                 ? kHour
         : suffix == "d"                 ? limits::kDay
                                         : 0;
}

}  // namespace

Result<Client> open_client(const Arguments& arguments, Expired expired) {
  TWOSEAL_TRY(const std::string name, profile_name(arguments));
  TWOSEAL_TRY(ClientProfile profile, read_profile(name));
  TWOSEAL_TRY(ServerApi api, ServerApi::open(profile));
  TWOSEAL_TRY(Trust trust, Trust::open(profile));
  TWOSEAL_TRY_VOID(trust.refresh(api, expired));
  return Client{std::move(profile), std::move(api), std::move(trust)};
}

Result<RecordedAt> sign_and_submit(Client& client,
                                   const Saying& saying,
                                   const std::vector<Bytes>& objects,
                                   const Arguments& arguments,
                                   const Session& session) {
  TWOSEAL_TRY(const Bytes record, say(saying, client.profile, client.trust, arguments, session));
  return client.api.submit(record, objects);
}

Result<Bytes> fetch_object(ServerApi& api, const Digest& digest) {
  TWOSEAL_TRY(Bytes bytes, api.get_bytes("/v1/objects/" + digest.hex()));
  return sha256(bytes) == digest
             ? Result<Bytes>(std::move(bytes))
             : fail(Errc::refuse_c1, "the server gave another object than " + digest.text());
}

Result<std::int64_t> seconds_from(const Arguments& arguments,
                                  const char* flag,
                                  std::int64_t otherwise) {
  const auto text = arguments.find(flag);
  if (!text) {
    return otherwise;
  }
  std::int64_t number = 0;
  const char* end = text->data() + text->size();
  const auto [behind, error] = std::from_chars(text->data(), end, number);
  const std::int64_t unit = unit_of(std::string_view(behind, end));
  if (error != std::errc() || unit == 0 || number < 0 || number > kLongest / unit) {
    return fail(
        Errc::usage,
        std::string(flag) + " takes a length such as 90s, 5m, 2h or 1d, not '" + *text + "'");
  }
  return number * unit;
}

}  // namespace twoseal::cli
