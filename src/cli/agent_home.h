// What makes a host the host that it is, in the agent's directory: its keys, its organisation, and
// where its server is. docs/formats/agent-home.md.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "agent/home.h"
#include "agent/server_link.h"
#include "agent/voice.h"
#include "base/os_file.h"
#include "cli/join_token.h"
#include "crypto/private_key.h"

namespace twoseal::cli {

inline constexpr const char* kAgentHome = "/var/lib/twoseal/agent";

/// Of a host that has joined or waits for its assignment.
struct JoinedHost {
  JoinTokenText server;  ///< without `mk`, which is not kept
  HostId host;
  OwnKeys keys;
  PrivateKey identity;
  PrivateKey tls;
  Bytes token_key;  ///< of plans
  JoinSubmission submission;
  std::optional<std::string> certificate;  ///< PEM, once it is assigned
  bool taken = false;                      ///< the server is known to have the request
};

/// Keeps every other process from writing to a directory on disk, until it is closed or this
/// process ends. Errc::agent_runs when another one does.
[[nodiscard]] Result<FileDescriptor> hold_home(const AgentHome& home);

/// How a host asks its server for its standing.
using StandingSource = std::function<Result<JoinStanding>(const JoinedHost& host)>;

/// From where the host's token says, over TLS.
[[nodiscard]] Result<JoinStanding> standing_from_server(const JoinedHost& host);

/// Joins as the host `name`: makes keys and a request, keeps them, and asks the server. What the
/// server has not taken is simply repeated: with the same token and name the same request goes out
/// again, else keys and request are made anew.
///
/// Errc::joined_before once it was taken; errors of the link, after which a repetition may do.
/// `home` is prepared; nobody else writes to it. `at`: the host's clock.
[[nodiscard]] Result<JoinedHost> join_server(AgentHome& home,
                                             const JoinTokenText& token,
                                             const std::string& name,
                                             UnixSeconds at,
                                             const StandingSource& source = standing_from_server);

/// Errc::not_joined when it has not.
[[nodiscard]] Result<JoinedHost> read_joined_host(AgentHome& home);

[[nodiscard]] Result<void> keep_certificate(AgentHome& home, const std::string& pem);

/// Asks the server once how far the join has come; a certificate is kept. Whether there is one.
[[nodiscard]] Result<bool> ask_standing(AgentHome& home,
                                        JoinedHost& host,
                                        const StandingSource& source = standing_from_server);

}  // namespace twoseal::cli
