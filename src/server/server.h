// A running server: its parts, three ports, and the background work.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "net/server.h"
#include "server/front.h"

namespace twoseal::server {

/// Where a port listens. `address`: numeric.
struct Listen {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: any that is free
};

/// Certificate and key for TLS, PEM; both empty: plain HTTP for people, on loopback alone, and no
/// agents.
struct ServerTls {
  std::string certificate;
  std::string key;
};

struct ServerListens {
  Listen people;
  Listen agents;
  Listen local;
  ServerTls tls;
  unsigned workers = 48;  ///< of people and of agents: most of them wait for the disk together
};

class Server {
 public:
  /// Checks the contract, then listens: everything that `parts` do was done before. Errors of
  /// HttpServer::start(); Errc::contract_differs; Errc::bad_key when the roster does not pin the
  /// TLS key.
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(std::unique_ptr<ServerParts> parts,
                                                             const ServerListens& listens);

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// As stop().
  ~Server();

  [[nodiscard]] ServerParts& parts() { return *parts_; }

  [[nodiscard]] std::uint16_t people_port() const { return people_->port(); }

  /// 0 without TLS.
  [[nodiscard]] std::uint16_t agents_port() const {
    return agents_ != nullptr ? agents_->port() : 0;
  }

  [[nodiscard]] std::uint16_t local_port() const { return local_->port(); }

  /// Answers what runs, then ends everything. Does nothing the second time.
  void stop();

 private:
  explicit Server(std::unique_ptr<ServerParts> parts);

  [[nodiscard]] Result<void> listen(const ServerListens& listens);
  void work(const std::stop_token& stop);

  const std::unique_ptr<ServerParts> parts_;
  const Front people_front_;
  const Front agents_front_;
  const Front local_front_;
  std::unique_ptr<HttpServer> people_;
  std::unique_ptr<HttpServer> agents_;
  std::unique_ptr<HttpServer> local_;

  Mutex mutex_;
  ConditionVariable nudged_;
  bool documents_moved_ GUARDED_BY(mutex_) = false;
  std::jthread background_;  ///< last: it starts when all else is there
};

}  // namespace twoseal::server
