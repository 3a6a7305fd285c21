// What makes a host the host that it is, in the agent's directory: its keys, its organisation, and
// where its server is. docs/formats/agent-home.md.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "agent/home.h"
#include "agent/server_link.h"
#include "agent/voice.h"
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
};

/// Makes keys and a join request for a host called `name`, and keeps all of it.
/// Errc::exists_already when the host has joined something before. `at`: the host's clock.
[[nodiscard]] Result<JoinedHost> make_joined_host(AgentHome& home,
                                                  const JoinTokenText& token,
                                                  const std::string& name,
                                                  UnixSeconds at);

/// Errc::not_joined when it has not.
[[nodiscard]] Result<JoinedHost> read_joined_host(AgentHome& home);

[[nodiscard]] Result<void> keep_certificate(AgentHome& home, const std::string& pem);

/// Asks the server once how far the join has come; a certificate is kept. Whether there is one.
[[nodiscard]] Result<bool> ask_standing(AgentHome& home, JoinedHost& host);

}  // namespace twoseal::cli
