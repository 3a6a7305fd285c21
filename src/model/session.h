// What somebody signs to log in. docs/formats/session.md.
#pragma once

#include <string>

#include "base/id.h"

namespace twoseal {

/// The server's question, answered once by a `login` statement.
struct LoginSession {
  Bytes challenge;  ///< random, of the server
  UnixSeconds expires = 0;
  Digest org;
  std::string origin;  ///< where the login is wanted: `https://twoseal.example.org:8720`
};

}  // namespace twoseal
