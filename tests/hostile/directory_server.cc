#include "tests/hostile/directory_server.h"

#include <algorithm>

#include "agent/run_book.h"
#include "base/check.h"
#include "codec/archive.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "net/memory_client.h"

namespace twoseal::hostile {
namespace {

// A vector may be about a host that its world does not have: then it has the keys of web-01, which
// nothing depends on, as this server checks no signature.
HostSeed seed_of(const Files& files, const vectors::World& world) {
  const DecisionInputs inputs = load_inputs(files).value();
  const auto found = std::find_if(world.hosts.begin(), world.hosts.end(), [&](const auto& one) {
    return world.host_id(one.first) == *inputs.host;
  });
  const std::string name = found != world.hosts.end() ? found->first : "web-01";
  const vectors::WorldHost& host = world.hosts.at(name);
  const OwnKeys keys{host.key.pub.encoded(), host.versions.back().keys.tls};
  return {name, {inputs.org, *inputs.host, keys}, host.key.key.get()};
}

// Puts into the agent's directory what the host of the vector remembers, as the agent keeps it.
void remember(Victim& victim, const Files& files) {
  const DecisionInputs inputs = load_inputs(files).value();
  AgentHome home(victim.system->files(), kHome);
  check(home.prepare().has_value(), "the directory can be made");
  const auto found = files.find("state.json");
  if (found == files.end()) {
    return;
  }
  AgentState state = codec::decode<AgentState>(found->second).value();
  const auto book = RunBook::open(home.files(), home.path("journal"));
  check(book.has_value() &&
            (*book)->write(RunMemory{state.applied, state.counts, state.scopes, state.used}),
        "the journal can be written");
  if (!state.keys) {
    state.keys = victim.seed().identity.keys;
  }
  DecisionInputs floor;
  floor.floor = inputs.floor;
  floor.host = inputs.host;
  floor.org = inputs.org;
  const Bytes archive = codec::write_archive({{"inputs.json", codec::encode(floor)},
                                              {"state.json", codec::encode(state)}})
                            .value();
  check(home.write("held/documents", archive).has_value(), "they can be written");
}

}  // namespace

DirectoryServer::DirectoryServer(Files files) : files_(std::move(files)) {
  org_ = load_inputs(files_).value().org;
  const auto change = files_.find("change.json");
  change_ = change != files_.end() ? sha256(change->second) : Digest();
}

Files DirectoryServer::shown(bool with_change) const {
  Files shown = files_;
  for (const char* own : {"state.json", "inputs.json", "expect.json"}) {
    shown.erase(own);
  }
  if (!with_change) {
    shown.erase("change.json");
    shown["work.json"] = codec::encode(WorkList{org_, {{change_, WorkKind::apply}}});
  }
  return shown;
}

HttpResponse DirectoryServer::handle(const HttpRequest& request) const {
  const bool contact = request.path == "/v1/contact";
  if (!contact && request.method == "POST") {
    return {.status = 204};
  }
  return {.body = codec::write_archive(shown(!contact)).value()};
}

VectorHost::VectorHost(Files files, const vectors::World& world)
    : clock(load_inputs(files).value().clock),
      server(files),
      victim(
          clock,
          seed_of(files, world),
          make_memory_client([this](const HttpRequest& request) { return server.handle(request); },
                             Peer{"192.0.2.7", {}})) {
  remember(victim, files);
  victim.start();
}

}  // namespace twoseal::hostile
