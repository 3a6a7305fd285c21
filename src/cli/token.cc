// twoseal token join, token list, token revoke
#include <algorithm>

#include "base/encoding.h"
#include "base/limits.h"
#include "cli/client/trust.h"
#include "cli/columns.h"
#include "cli/join_token.h"
#include "cli/time_text.h"
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

// As the server says; one that does not know it answers hosts where servers usually do.
std::uint16_t agents_port(const codec::PlainJson& made) {
  constexpr std::int64_t kPortMax = 65'535;
  const std::int64_t port = made.at("agents_port").present() ? made.at("agents_port").integer() : 0;
  return port > 0 && port <= kPortMax ? static_cast<std::uint16_t>(port) : kAgentsPort;
}

// Where agents find the server: as people do, but on their own port, which is 0 until it is known.
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
  token.port = arguments.has("--agents") ? address.port : 0;
  return {};
}

bool names_field(const std::vector<std::string>& json, const std::string& field) {
  return std::find(json.begin(), json.end(), field) != json.end();
}

Result<Report> run(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(const std::string name, profile_name(arguments));
  TWOSEAL_TRY(const ClientProfile profile, read_profile(name));
  TWOSEAL_TRY(const std::int64_t hours, hours_from(arguments));
  TWOSEAL_TRY(ServerApi api, ServerApi::open(profile));
  TWOSEAL_TRY(Trust trust, Trust::open(profile));
  TWOSEAL_TRY_VOID(trust.refresh(api));
  if (session.flags().output && names_field(session.flags().json, "token")) {
    return fail(Errc::usage, "with --output the token is in the file alone: --json has no token");
  }
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
  if (token.port == 0) {
    token.port = agents_port(made);
  }
  session.talk("next  on the host, as root: twoseal agent join --token FILE");
  Report report;
  report.bytes = write_join_token(token) + "\n";
  report.fields = {{"id", token.id}, {"expires", token.expires}};
  if (!session.flags().output) {  // else its key is in the file, and nowhere on the screen
    report.fields.emplace_back("token", write_join_token(token));
  }
  report.secret = true;
  return report;
}

// --- list, revoke -----------------------------------------------------------------------------

Result<Report> run_list(const Arguments& arguments, const Session& /*session*/) {
  TWOSEAL_TRY(const std::string name, profile_name(arguments));
  TWOSEAL_TRY(const ClientProfile profile, read_profile(name));
  TWOSEAL_TRY(ServerApi api, ServerApi::open(profile));
  TWOSEAL_TRY(const codec::PlainJson page, api.get("/v1/join-tokens"));
  Columns columns;
  columns.add({"token", "made by", "made", "until", "used by"});
  Json::Array rows;
  for (const codec::PlainJson& one : page.at("tokens").list()) {
    const std::string used = one.at("used_by").present() ? one.at("used_by").text() : "";
    columns.add({one.at("id").text(),
                 one.at("made_by").text(),
                 utc_text(one.at("made_at").integer()),
                 utc_text(one.at("expires").integer()),
                 used.empty() ? "nobody yet" : used});
    rows.emplace_back(Json::Object{{"id", one.at("id").text()},
                                   {"made_by", one.at("made_by").text()},
                                   {"made_at", one.at("made_at").integer()},
                                   {"expires", one.at("expires").integer()},
                                   {"used_by", used}});
  }
  Report report;
  report.text = rows.empty() ? "no join token is open\n" : columns.text();
  report.fields = {{"tokens", std::move(rows)}};
  return report;
}

Result<Report> run_revoke(const Arguments& arguments, const Session& /*session*/) {
  const std::string id = arguments.text("ID");
  if (!is_id_text(id)) {
    return fail(Errc::usage, "'" + id + "' is no join token: twoseal token list shows them");
  }
  TWOSEAL_TRY(const std::string name, profile_name(arguments));
  TWOSEAL_TRY(const ClientProfile profile, read_profile(name));
  TWOSEAL_TRY(ServerApi api, ServerApi::open(profile));
  TWOSEAL_TRY_VOID(api.remove("/v1/join-tokens/" + id));
  Report report;
  report.text = "revoked join token " + id + "\n";
  report.fields = {{"id", id}};
  return report;
}

constexpr Flag kFlags[] = {
    {"--hours", "N", "how long it may be used: 24 when left out, at most 168"},
    {"--agents",
     "URL",
     "where hosts find the server; when left out, the host of the profile and the server's port "
     "for hosts"},
    {"--profile", "NAME", "one of several servers; without it TWOSEAL_PROFILE, or default"},
};
constexpr Flag kOtherFlags[] = {
    {"--profile", "NAME", "one of several servers; without it TWOSEAL_PROFILE, or default"},
};
constexpr Operand kRevokeOperands[] = {{"ID", "as token list shows it"}};
constexpr std::string_view kExamples[] = {"twoseal token join -o web-01.token"};
constexpr std::string_view kListExamples[] = {"twoseal token list"};
constexpr std::string_view kRevokeExamples[] = {"twoseal token revoke j4f1c09a2b7d3e586"};
constexpr Exit kExits[] = {Exit::error,
                           Exit::sign_in_needed,
                           Exit::denied,
                           Exit::verification_failed,
                           Exit::bad_data,
                           Exit::no_input,
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

const Verb kTokenList = {
    "token list",
    Group::hosts,
    "list join tokens that are not over",
    "Who made each, until when it may be used, and which host has used it. Their keys are not "
    "here: "
    "they stay with who made them.",
    {},
    kOtherFlags,
    kListExamples,
    kExits,
    OutputFile::report,
    run_list,
};

const Verb kTokenRevoke = {
    "token revoke",
    Group::hosts,
    "make a join token useless",
    "For one that was lost or is no longer needed. A host that has used it already goes on asking "
    "to "
    "join; it stays what nobody assigns.",
    kRevokeOperands,
    kOtherFlags,
    kRevokeExamples,
    kExits,
    OutputFile::report,
    run_revoke,
};

}  // namespace twoseal::cli
