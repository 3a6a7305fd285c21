#include "server/server.h"

#include <algorithm>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "server/contract.h"

namespace twoseal::server {
namespace {

constexpr std::chrono::seconds kRound{1};
// While a checkpoint is waited for that lets a new document come into force.
constexpr std::chrono::milliseconds kShortRound{20};
constexpr std::uint16_t kHttpsPort = 443;
constexpr std::size_t kFleetMax = 5'000;

std::vector<std::string> origins_of(const std::vector<std::string>& names,
                                    std::uint16_t port,
                                    bool tls) {
  std::vector<std::string> origins;
  for (const std::string& name : names) {
    origins.push_back((tls ? "https://" : "http://") + name +
                      (tls && port == kHttpsPort ? "" : ":" + std::to_string(port)));
  }
  return origins;
}

// Whoever follows the roster would refuse to talk to a server with another key.
Result<void> check_pin(const ServerParts& parts, const ServerTls& tls) {
  TWOSEAL_TRY(const CertificateFacts facts, read_certificate(tls.certificate));
  const auto& pins = parts.view.documents()->roster->value.server_spki;
  return std::find(pins.begin(), pins.end(), facts.key) != pins.end()
             ? Result<void>()
             : fail(Errc::bad_key, "the roster does not pin the TLS key of this server");
}

ServerOptions options_of(const Front& front, Port port, const Listen& listen, unsigned workers) {
  ServerOptions options;
  options.address = listen.address;
  options.port = listen.port;
  options.workers = workers;
  options.handler = [&front](const HttpRequest& request) { return front.handle(request); };
  options.body_max = [port](std::string_view method, std::string_view path) {
    return body_max_of(port, method, path);
  };
  return options;
}

}  // namespace

Server::Server(std::unique_ptr<ServerParts> parts)
    : parts_(std::move(parts)),
      people_front_(*parts_, Port::people),
      agents_front_(*parts_, Port::agents),
      local_front_(*parts_, Port::local) {}

Result<std::unique_ptr<Server>> Server::start(std::unique_ptr<ServerParts> parts,
                                              const ServerListens& listens) {
  TWOSEAL_TRY_VOID(check_contract(embedded_contract(), all_routes()));
  std::unique_ptr<Server> server(new Server(std::move(parts)));
  TWOSEAL_TRY_VOID(server->listen(listens));
  return server;
}

Result<void> Server::listen(const ServerListens& listens) {
  const bool tls = !listens.tls.certificate.empty();
  parts_->documents_moved = [this] {
    const MutexLock lock(mutex_);
    documents_moved_ = true;
    nudged_.notify_all();
  };
  parts_->origins = origins_of(parts_->settings.names, listens.people.port, tls);
  ServerOptions people = options_of(people_front_, Port::people, listens.people, listens.workers);
  people.upgrade = [this](const HttpRequest& request) { return people_front_.upgrade(request); };
  ServerOptions agents = options_of(agents_front_, Port::agents, listens.agents, listens.workers);
  // A whole fleet may stand behind one address, and is woken at once when a phase opens.
  agents.limits.connections_per_address_max = kFleetMax;
  agents.limits.queue_max = kFleetMax;
  if (tls) {
    TWOSEAL_TRY_VOID(check_pin(*parts_, listens.tls));
    people.tls = {listens.tls.certificate, listens.tls.key, ""};
    agents.tls = {listens.tls.certificate, listens.tls.key, parts_->secrets.authority_certificate};
  }
  TWOSEAL_TRY(
      local_,
      HttpServer::start(options_of(local_front_, Port::local, listens.local, 1), parts_->channels));
  if (tls) {
    TWOSEAL_TRY(agents_, HttpServer::start(std::move(agents), parts_->channels));
    parts_->agents_port = agents_->port();
  }
  TWOSEAL_TRY(people_, HttpServer::start(std::move(people), parts_->channels));
  background_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
  return {};
}

Server::~Server() {
  stop();
}

void Server::stop() {
  background_.request_stop();
  nudged_.notify_all();
  for (HttpServer* one : {people_.get(), agents_.get(), local_.get()}) {
    if (one != nullptr) {
      one->stop();
    }
  }
  if (background_.joinable()) {
    background_.join();
    static_cast<void>(parts_->contacts.flush());
  }
}

void Server::work(const std::stop_token& stop) {
  bool waits = false;  // a new document waits for its checkpoint
  auto tick_at = std::chrono::steady_clock::now();
  while (!stop.stop_requested()) {
    {
      const MutexLock lock(mutex_);
      if (!documents_moved_ && !stop.stop_requested()) {
        nudged_.wait_for(mutex_, waits ? std::chrono::milliseconds(kShortRound) : kRound);
      }
      waits = waits || documents_moved_;
      documents_moved_ = false;
    }
    if (waits) {
      const auto renewed = parts_->renew_fresh();
      waits = !renewed || !*renewed;
    }
    if (std::chrono::steady_clock::now() < tick_at) {
      continue;
    }
    tick_at = std::chrono::steady_clock::now() + kRound;
    if (const auto done = parts_->tick(); !done) {
      ++parts_->counts.background_failures;
      parts_->log.say(LogLevel::error,
                      "background-failed",
                      {{"code", error_code_text(done.error().code)}, {"what", done.error().what}});
    }
  }
}

}  // namespace twoseal::server
