// Which server a person works with, as whom, with which key: written by `twoseal login`.
#pragma once

#include <set>
#include <string>

#include "base/id.h"
#include "base/result.h"
#include "cli/verb.h"
#include "net/client.h"

namespace twoseal::cli {

/// `name`: of the profile. `org`: digest received from somebody trusted, never from the server.
struct ClientProfile {
  std::string name;
  std::string server;  ///< `https://twoseal.example.org:8720`, `http://` to loopback only
  Digest org;
  std::set<Digest> pins;
  ActorId by;
  std::string key;  ///< path of the key file

  /// Where what belongs to it is kept: session, documents, join tokens.
  [[nodiscard]] std::string state_directory() const;
};

/// Name of the profile that `arguments` (--profile) or TWOSEAL_PROFILE ask for; else `default`.
/// Errc::usage for a name that is no id.
[[nodiscard]] Result<std::string> profile_name(const Arguments& arguments);

/// `twoseal VERB`, with `--profile NAME` unless it is the default one.
[[nodiscard]] std::string command_for(const std::string& verb, const ClientProfile& profile);

/// Reads a profile. Errc::no_profile when there is none; Errc::bad_yaml.
[[nodiscard]] Result<ClientProfile> read_profile(const std::string& name);

/// Keeps a profile, readable by its owner only. Errors of write_file().
[[nodiscard]] Result<void> write_profile(const ClientProfile& profile);

/// Host, port and transport of the server. Errc::usage for an address of another form;
/// Errc::plain_http for `http://` to anything but this machine.
[[nodiscard]] Result<ServerAddress> server_address(const ClientProfile& profile);

/// A private file of the profile: nothing when there is none.
[[nodiscard]] Result<std::optional<Bytes>> read_state(const ClientProfile& profile,
                                                      const std::string& file,
                                                      std::size_t size_max);

/// Written whole, 0600, in directories of 0700 that are made when missing.
[[nodiscard]] Result<void> write_state(const ClientProfile& profile,
                                       const std::string& file,
                                       BytesView bytes);

}  // namespace twoseal::cli
