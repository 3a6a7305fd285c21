// twoseal login, logout
#include <filesystem>

#include "base/encoding.h"
#include "base/os_file.h"
#include "cli/client/say.h"
#include "cli/verb_list.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "model/session.h"

namespace twoseal::cli {
namespace {

// The profile is used from any directory.
Result<std::string> absolute_path(const std::string& path) {
  std::error_code problem;
  const auto whole = std::filesystem::absolute(path, problem).lexically_normal();
  return problem ? Result<std::string>(
                       fail(Errc::io_failed, "its directory: " + problem.message(), path))
                 : whole.string();
}

// The profile that exists, changed by what the flags say; or a new one, which needs them all.
Result<ClientProfile> profile_from(const Arguments& arguments) {
  TWOSEAL_TRY(const std::string name, profile_name(arguments));
  auto known = read_profile(name);
  if (!known && known.error().code != Errc::no_profile) {
    return known;
  }
  ClientProfile profile = known.value_or(ClientProfile{.name = name});
  profile.name = name;
  if (!known) {
    for (const char* flag : {"--server", "--org", "--by", "--key"}) {
      if (!arguments.has(flag)) {
        return fail(Errc::usage, std::string(flag) + " is required for a new profile");
      }
    }
  }
  profile.server = arguments.text("--server", profile.server);
  if (const auto key = arguments.find("--key")) {
    TWOSEAL_TRY(profile.key, absolute_path(*key));
  }
  if (const auto org = arguments.find("--org")) {
    TWOSEAL_TRY(profile.org, Digest::parse(*org));
  }
  if (const auto by = arguments.find("--by")) {
    TWOSEAL_TRY(profile.by, ActorId::parse(*by));
  }
  for (const std::string& pin : arguments.all("--pin")) {
    TWOSEAL_TRY(const Digest digest, Digest::parse(pin));
    profile.pins.insert(digest);
  }
  return profile;
}

// A challenge that another organisation or server could use elsewhere is not signed.
Result<void> check_challenge(const LoginSession& challenge, const ClientProfile& profile) {
  if (challenge.org != profile.org) {
    return fail(Errc::refuse_b2,
                "the server belongs to organisation " + challenge.org.text() + ", not to " +
                    profile.org.text());
  }
  if (challenge.origin != profile.server) {
    return fail(
        Errc::usage,
        "the server calls itself " + challenge.origin + ", and you call it " + profile.server,
        "",
        "log in under the name that the server has: --server " + challenge.origin);
  }
  return {};
}

Result<std::string> get_token(ServerApi& api,
                              const ClientProfile& profile,
                              const Arguments& arguments,
                              const Session& session,
                              std::int64_t& expires) {
  const Json by(Json::Object{{"by", profile.by.text()}});
  TWOSEAL_TRY(const codec::PlainJson asked, api.post("/v1/login", by.text()));
  TWOSEAL_TRY(const Bytes bytes, base64_decode(asked.at("session").text()));
  TWOSEAL_TRY(const LoginSession challenge, codec::decode<LoginSession>(bytes));
  TWOSEAL_TRY_VOID(check_challenge(challenge, profile));
  Saying saying;
  saying.act = Act::login;
  saying.type = ObjType::session;
  saying.object = sha256(bytes);
  TWOSEAL_TRY(const Bytes record, say_unseen(saying, profile, arguments, session));
  const Json answer(Json::Object{{"record", base64_encode(record)}});
  TWOSEAL_TRY(const codec::PlainJson opened, api.post("/v1/login", answer.text()));
  expires = opened.at("expires").integer();
  return opened.at("token").text();
}

Result<Report> run(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(const ClientProfile profile, profile_from(arguments));
  TWOSEAL_TRY(ServerApi api, ServerApi::connect(profile));
  std::int64_t expires = 0;
  TWOSEAL_TRY(std::string token, get_token(api, profile, arguments, session, expires));
  api.set_token(token);
  TWOSEAL_TRY(Trust trust, Trust::open(profile));
  TWOSEAL_TRY_VOID(trust.refresh(api, Expired::tolerated));  // to renew what is over
  TWOSEAL_TRY_VOID(write_profile(profile));
  TWOSEAL_TRY_VOID(write_state(profile, kSessionFile, token));
  session.talk("next  " + command_for("status", profile));
  Report report;
  report.text = "logged in to " + profile.server + " as " + profile.by.text() +
                "; the documents and the log are verified\n";
  report.fields = {{"server", profile.server},
                   {"by", profile.by.text()},
                   {"org", profile.org.text()},
                   {"expires", expires},
                   {"log_size", trust.seen().size}};
  return report;
}

Result<Report> run_logout(const Arguments& arguments, const Session& /*session*/) {
  TWOSEAL_TRY(const std::string name, profile_name(arguments));
  TWOSEAL_TRY(const ClientProfile profile, read_profile(name));
  auto api = ServerApi::open(profile);
  if (api) {
    TWOSEAL_TRY(const codec::PlainJson me, api->get("/v1/me"));
    TWOSEAL_TRY_VOID(api->remove("/v1/sessions/" + me.at("session").at("id").text()));
  }
  TWOSEAL_TRY_VOID(remove_file(profile.state_directory() + "/" + kSessionFile));
  Report report;
  report.text = "logged out of " + profile.server + "\n";
  report.fields = {{"server", profile.server}};
  return report;
}

constexpr Flag kFlags[] = {
    {"--server", "URL", "https://HOST:8720"},
    {"--org", "DIGEST", "the organisation, as somebody you trust told you"},
    {"--pin", "DIGEST", "a key that the server may have; once for each", false, true},
    {"--by", "ID", "who you are: p:NAME, or s:NAME for a service"},
    {"--key", "FILE", "your key file; for keys in an agent the .pub file"},
    {"--passphrase-file",
     "FILE",
     "take the passphrase from the first line of FILE, - for standard input"},
    {"--profile", "NAME", "one of several servers; without it TWOSEAL_PROFILE, or default"},
};
constexpr Flag kLogoutFlags[] = {
    {"--profile", "NAME", "one of several servers; without it TWOSEAL_PROFILE, or default"},
};
constexpr std::string_view kExamples[] = {
    "twoseal login --server https://ts:8720 --org sha256:57b5… --pin sha256:9c1d… --by p:ada --key "
    "ada",
    "twoseal login"};
constexpr std::string_view kLogoutExamples[] = {"twoseal logout"};
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

const Verb kLogin = {
    "login",
    Group::daily,
    "log in to a server with your key",
    "Signs the server's challenge with your key; there are no passwords. The first time it takes "
    "the address, the digest of the organisation and the pins of the server's keys, which somebody "
    "you trust gave you, and keeps them as a profile. Then it verifies everything that the server "
    "shows, from that digest on: rosters, policy, restrictions, and that the log continues the one "
    "you saw before.",
    {},
    kFlags,
    kExamples,
    kExits,
    OutputFile::report,
    run,
};

const Verb kLogout = {
    "logout",
    Group::daily,
    "end your session",
    "Ends the session on the server and forgets its token here. The profile and what was verified "
    "stay.",
    {},
    kLogoutFlags,
    kLogoutExamples,
    kExits,
    OutputFile::report,
    run_logout,
};

}  // namespace twoseal::cli
