// twoseal token join
#include "base/encoding.h"
#include "base/limits.h"
#include "cli/client/trust.h"
#include "cli/join_token.h"
#include "cli/verb_list.h"
#include "crypto/random.h"

namespace twoseal::cli {
namespace {

constexpr std::int64_t kHour = 3'600;
constexpr std::int64_t kHoursMax = 168;
constexpr std::size_t kIdSize = 8;
constexpr std::uint16_t kAgentsPort = 8721;

Result<std::int64_t> hours_from(const Arguments& arguments) {
  const std::string text = arguments.text("--hours", "24");
  std::int64_t hours = 0;
  for (const char c : text) {
    hours = c >= '0' && c <= '9' && hours <= kHoursMax ? hours * 10 + (c - '0') : kHoursMax + 1;
  }
  if (text.empty() || hours < 1 || hours > kHoursMax) {
    return fail(Errc::usage, "--hours takes a number from 1 to 168, not '" + text + "'");
  }
  return hours;
}

// Where agents find the server: as people do, but on their own port.
Result<void> take_address(const Arguments& arguments,
                          const ClientProfile& profile,
                          JoinTokenText& token) {
  ClientProfile agents = profile;
  agents.server = arguments.text("--agents", profile.server);
  TWOSEAL_TRY(const ServerAddress address, server_address(agents));
  if (arguments.has("--agents") && address.transport == Transport::plain) {
    return fail(Errc::usage, "hosts speak TLS alone: --agents takes https://HOST:PORT");
  }
  token.host = address.host;
  token.port = arguments.has("--agents") ? address.port : kAgentsPort;
  return {};
}

Result<Report> run(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(const std::string name, profile_name(arguments));
  TWOSEAL_TRY(const ClientProfile profile, read_profile(name));
  TWOSEAL_TRY(const std::int64_t hours, hours_from(arguments));
  TWOSEAL_TRY(ServerApi api, ServerApi::open(profile));
  TWOSEAL_TRY(Trust trust, Trust::open(profile));
  TWOSEAL_TRY_VOID(trust.refresh(api));
  JoinTokenText token;
  TWOSEAL_TRY_VOID(take_address(arguments, profile, token));
  token.org = profile.org;
  for (const Digest& pin : trust.facts().roster->value.server_spki) {
    token.pins.insert(pin);
  }
  token.id = "j" + hex_encode(random_bytes(kIdSize));
  token.mk = random_bytes(limits::kNonceSize);
  token.expires = trust.now() + hours * kHour;
  const Json body(Json::Object{{"expires", token.expires}, {"id", token.id}});
  // The key is kept before the token is known to anybody: without it no host could be vouched for.
  TWOSEAL_TRY_VOID(write_state(profile, "tokens/" + token.id, hex_encode(token.mk)));
  TWOSEAL_TRY(const codec::PlainJson made, api.post("/v1/join-tokens", body.text()));
  static_cast<void>(made);
  session.talk("next  on the host, as root: twoseal agent join --token FILE");
  Report report;
  report.text = write_join_token(token) + "\n";
  report.fields = {
      {"id", token.id}, {"expires", token.expires}, {"token", write_join_token(token)}};
  report.secret = true;
  return report;
}

constexpr Flag kFlags[] = {
    {"--hours", "N", "how long it may be used: 24 when left out, at most 168"},
    {"--agents", "URL", "where hosts find the server: https://HOST:8721 when left out"},
    {"--profile", "NAME", "one of several servers; without it TWOSEAL_PROFILE, or default"},
};
constexpr std::string_view kExamples[] = {"twoseal token join -o web-01.token"};
constexpr Exit kExits[] = {Exit::error,
                           Exit::sign_in_needed,
                           Exit::denied,
                           Exit::verification_failed,
                           Exit::bad_data,
                           Exit::unavailable,
                           Exit::try_again,
                           Exit::permission,
                           Exit::configuration,
                           Exit::timed_out};

}  // namespace

const Verb kTokenJoin = {
    "token join",
    Group::hosts,
    "make a token with which one host may ask to join",
    "Prints one line for `twoseal agent join`. It holds a key that the server never sees: with it "
    "the host proves to you that its request is its own, so keep the line as a secret and bring it "
    "to the host yourself. It serves once.",
    {},
    kFlags,
    kExamples,
    kExits,
    OutputFile::report,
    run,
};

}  // namespace twoseal::cli
