// A server that answers from the files of one decision directory, whatever they hold: so every
// vector becomes what a hostile server says to a real agent.
#pragma once

#include <memory>

#include "cli/vectors/world.h"
#include "tests/hostile/victim.h"

namespace twoseal::hostile {

/// Gives the documents on contact, asks for the change to be looked at, and gives it with all the
/// files; takes whatever it is told.
class DirectoryServer {
 public:
  explicit DirectoryServer(Files files);

  [[nodiscard]] HttpResponse handle(const HttpRequest& request) const;

 private:
  [[nodiscard]] Files shown(bool with_change) const;

  Files files_;
  Digest org_;
  Digest change_;
};

/// The host of a vector, with what its state.json remembers, its clock, and such a server.
struct VectorHost {
  /// `files`: those of a vector with a host. `world`: whose keys the host has.
  VectorHost(Files files, const vectors::World& world);

  ManualClock clock;
  DirectoryServer server;
  Victim victim;
};

}  // namespace twoseal::hostile
