// What every verb that asks a server begins with: who asks, a session, and documents that were
// verified here.
#pragma once

#include "cli/client/say.h"
#include "cli/client/trust.h"
#include "cli/verb.h"

namespace twoseal::cli {

struct Client {
  ClientProfile profile;
  ServerApi api;
  Trust trust;
};

/// Reads the profile, takes up its session and verifies what is new. Errors of read_profile(),
/// ServerApi::open() and Trust::refresh().
[[nodiscard]] Result<Client> open_client(const Arguments& arguments,
                                         Expired expired = Expired::refused);

/// Signs `saying` and hands it in with the objects that go with it. Errors of say() and
/// ServerApi::submit().
[[nodiscard]] Result<RecordedAt> sign_and_submit(Client& client,
                                                 const Saying& saying,
                                                 const std::vector<Bytes>& objects,
                                                 const Arguments& arguments,
                                                 const Session& session);

/// `sha256:…` with its bytes, which are compared. Errc::refuse_c1 for others; errors of a call.
[[nodiscard]] Result<Bytes> fetch_object(ServerApi& api, const Digest& digest);

/// Numbers of seconds as flags take them: `90`, `90s`, `5m`, `2h`, `1d`. Errc::usage, naming
/// `flag`, for another text or more than 366 days.
[[nodiscard]] Result<std::int64_t> seconds_from(const Arguments& arguments,
                                                const char* flag,
                                                std::int64_t otherwise);

inline constexpr Flag kProfileFlag = {
    "--profile", "NAME", "one of several servers; without it TWOSEAL_PROFILE, or default"};
inline constexpr Flag kKeyFlag = {"--key", "FILE", "your key file, instead of the profile's"};
inline constexpr Flag kPassphraseFlag = {
    "--passphrase-file",
    "FILE",
    "take the passphrase from the first line of FILE, - for standard input"};
inline constexpr Flag kRoleFlag = {"--role", "ROLE", "the role in which it counts"};

/// Of verbs that ask a server.
inline constexpr Exit kClientExits[] = {Exit::error,
                                        Exit::difference,
                                        Exit::sign_in_needed,
                                        Exit::denied,
                                        Exit::verification_failed,
                                        Exit::stale,
                                        Exit::pending,
                                        Exit::bad_data,
                                        Exit::no_input,
                                        Exit::unavailable,
                                        Exit::try_again,
                                        Exit::permission,
                                        Exit::configuration,
                                        Exit::timed_out};

}  // namespace twoseal::cli
