// For tests of net/: a server with TLS on a free port, its keys and an authority for clients, and
// raw octets over a socket.
#pragma once

#include <arpa/inet.h>
#include <chrono>
#include <ctime>
#include <memory>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "base/os_clock.h"
#include "base/os_file.h"
#include "crypto/certificate.h"
#include "crypto/hash.h"
#include "crypto/key_file.h"
#include "net/client.h"
#include "net/server.h"

namespace twoseal::test {

using std::chrono::milliseconds;

inline const std::string kHost = "h:b75dd10b9ffca96f72837ac323ff9e7b";

/// Waits until `holds`, for at most ten seconds. Whether it does.
template <class Condition>
bool eventually(Condition holds) {
  for (int i = 0; i < 1'000; ++i) {
    if (holds()) {
      return true;
    }
    ::usleep(10'000);
  }
  return false;
}

/// Keys and certificates of a server, of an authority and of a host.
struct Keys {
  PrivateKey server = PrivateKey::generate_p256();
  PrivateKey authority = PrivateKey::generate_p256();
  PrivateKey host = PrivateKey::generate_p256();
  Validity validity = valid_for(30, SystemClock().now());
  std::string server_certificate =
      make_server_certificate(server, {{"localhost"}, {"127.0.0.1"}}, validity).value();
  std::string authority_certificate =
      make_authority_certificate(authority, "twoseal hosts", validity);

  [[nodiscard]] Digest pin() const { return sha256(server.public_key().spki()); }

  [[nodiscard]] ServerIdentity identity() const {
    return {server_certificate, to_pkcs8_pem(server), authority_certificate};
  }

  /// What the host shows, signed by our authority.
  [[nodiscard]] TlsIdentity host_identity(Validity when) const {
    return {
        make_client_certificate(host.public_key(), kHost, when, {authority_certificate, authority})
            .value(),
        to_pkcs8_pem(host)};
  }

  [[nodiscard]] TlsIdentity host_identity() const { return host_identity(validity); }
};

inline HttpResponse text_response(std::string text) {
  return {200, {{"content-type", "text/plain"}}, std::move(text), {}};
}

inline std::unique_ptr<HttpServer> start(ServerOptions options, Channels& channels) {
  auto server = HttpServer::start(std::move(options), channels);
  REQUIRE_MESSAGE(server.has_value(), (server ? "" : server.error().what));
  return *std::move(server);
}

inline std::unique_ptr<HttpClient> plain_client(const HttpServer& server) {
  return make_tls_client({"127.0.0.1", server.port(), {}, Transport::plain});
}

/// A socket that sends exactly what it is told and reads what comes.
class RawSocket {
 public:
  explicit RawSocket(std::uint16_t port)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ =
        ::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }

  [[nodiscard]] bool connected() const { return connected_; }

  [[nodiscard]] int descriptor() const { return socket_.get(); }

  /// Whether all of it was taken.
  bool send(std::string_view octets) const {
    while (!octets.empty()) {
      const ssize_t sent = ::send(socket_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return false;
      }
      octets.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// What comes until the other side ends, or `wait` passes without an octet.
  [[nodiscard]] std::string read_all(milliseconds wait = milliseconds(5'000)) const {
    std::string text;
    char piece[4096];
    while (true) {
      pollfd ready{socket_.get(), POLLIN, 0};
      if (::poll(&ready, 1, static_cast<int>(wait.count())) <= 0) {
        return text + "(open)";
      }
      const ssize_t size = ::recv(socket_.get(), piece, sizeof(piece), 0);
      if (size <= 0) {
        return text;
      }
      text.append(piece, static_cast<std::size_t>(size));
    }
  }

  void close() { socket_.reset(); }

 private:
  FileDescriptor socket_;
  bool connected_ = false;
};

}  // namespace twoseal::test
