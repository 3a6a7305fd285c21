#include "net/server.h"

#include <sys/resource.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>

#include "net/connection.h"
#include "net/server_core.h"

namespace twoseal {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, io::Executor>;

// How long nothing is accepted when the process has no descriptor or memory left.
constexpr std::chrono::milliseconds kAcceptPause{100};

// 20,000 connections need as many descriptors; the usual soft limit is 1,024.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

Result<Acceptor> listen(asio::io_context& context, const ServerOptions& options) {
  error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) {
    return fail(Errc::cannot_listen, "'" + options.address + "' is not an IP address");
  }
  if (!options.tls && !address.is_loopback()) {
    return fail(Errc::plain_http, "no certificate is given for " + options.address);
  }
  const asio::ip::tcp::endpoint endpoint(address, options.port);
  Acceptor acceptor(context.get_executor());
  try {
    acceptor.open(endpoint.protocol());
    acceptor.set_option(asio::socket_base::reuse_address(true));
    if (address.is_v6()) {
      acceptor.set_option(asio::ip::v6_only(!address.is_unspecified()));
    }
    acceptor.bind(endpoint);
    acceptor.listen(asio::socket_base::max_listen_connections);
  } catch (const boost::system::system_error& failure) {
    return fail(Errc::cannot_listen,
                options.address + " port " + std::to_string(options.port) + ": " +
                    failure.code().message());
  }
  return acceptor;
}

// IPv4 in IPv6 is told as IPv4, so that one client has one address.
std::string address_of(const io::Socket& socket) {
  error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return error ? std::string() : address.to_string();
}

}  // namespace

bool ConnectionCounts::enter(const std::string& address, const ServerLimits& limits) {
  const MutexLock lock(mutex_);
  const auto found = by_address_.find(address);
  if (all_ >= limits.connections_max ||
      (found != by_address_.end() && found->second >= limits.connections_per_address_max)) {
    return false;
  }
  ++all_;
  ++by_address_[address];
  return true;
}

void ConnectionCounts::leave(const std::string& address) {
  const MutexLock lock(mutex_);
  --all_;
  const auto found = by_address_.find(address);
  if (--found->second == 0) {
    by_address_.erase(found);
  }
  changed_.notify_all();
}

std::size_t ConnectionCounts::all() const {
  const MutexLock lock(mutex_);
  return all_;
}

bool ConnectionCounts::wait_for_none(std::chrono::steady_clock::time_point until) {
  const MutexLock lock(mutex_);
  while (all_ > 0) {
    if (changed_.wait_until(mutex_, until) == std::cv_status::timeout) {
      return all_ == 0;
    }
  }
  return true;
}

/// Members end in reverse order: threads before what their connections use.
class HttpServer::Core {
 public:
  Core(ServerOptions options, Channels& channels)
      : shared_{.options = std::move(options), .channels = channels} {
    const unsigned count = std::max(1U, shared_.options.io_threads);
    for (unsigned i = 0; i < count; ++i) {
      threads_.push_back(std::make_unique<IoThread>());
    }
  }

  Result<void> start();
  void stop(std::chrono::milliseconds grace);

  [[nodiscard]] std::uint16_t port() const { return port_; }

  [[nodiscard]] ServerCounters counters() const;

 private:
  io::Task<void> accept();
  void welcome(io::Socket socket, IoThread& thread);
  void tell_all(void (Connection::*what)());

  ServerShared shared_;
  std::vector<std::unique_ptr<IoThread>> threads_;
  std::optional<Acceptor> acceptor_;
  std::uint16_t port_ = 0;
  bool stopped_ = false;
};

Result<void> HttpServer::Core::start() {
  if (shared_.options.tls) {
    TWOSEAL_TRY(shared_.tls, TlsContext::make_server(*shared_.options.tls));
  }
  raise_descriptor_limit();
  TWOSEAL_TRY(acceptor_, listen(threads_.front()->context, shared_.options));
  error_code error;
  port_ = acceptor_->local_endpoint(error).port();
  asio::co_spawn(threads_.front()->context, accept(), asio::detached);
  for (const auto& thread : threads_) {
    thread->thread = std::jthread([own = thread.get()] { own->context.run(); });
  }
  return {};
}

io::Task<void> HttpServer::Core::accept() {
  io::Timer pause(threads_.front()->context);
  for (std::size_t turn = 0; !shared_.stopping; ++turn) {
    IoThread& thread = *threads_[turn % threads_.size()];
    error_code error;
    io::Socket socket = co_await acceptor_->async_accept(thread.context.get_executor(),
                                                         asio::redirect_error(io::kUseTask, error));
    if (!error) {
      welcome(std::move(socket), thread);
    } else if (error != asio::error::connection_aborted && !shared_.stopping) {
      ++shared_.counters.accept_pauses;
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(asio::redirect_error(io::kUseTask, error));
    }
  }
}

void HttpServer::Core::welcome(io::Socket socket, IoThread& thread) {
  ++shared_.counters.accepted;
  std::string address = address_of(socket);
  if (!shared_.connections.enter(address, shared_.options.limits)) {
    ++shared_.counters.refused;
    return;
  }
  auto connection =
      std::make_shared<Connection>(shared_, thread, std::move(socket), std::move(address));
  asio::co_spawn(thread.context, Connection::serve(std::move(connection)), asio::detached);
}

void HttpServer::Core::tell_all(void (Connection::*what)()) {
  for (const auto& thread : threads_) {
    asio::post(thread->context, [own = thread.get(), what] {
      for (Connection* connection : std::vector(own->connections.begin(), own->connections.end())) {
        (connection->*what)();
      }
    });
  }
}

void HttpServer::Core::stop(std::chrono::milliseconds grace) {
  if (std::exchange(stopped_, true)) {
    return;
  }
  shared_.stopping = true;
  asio::post(threads_.front()->context, [this] {
    error_code ignored;
    if (acceptor_) {
      static_cast<void>(acceptor_->close(ignored));
    }
  });
  tell_all(&Connection::stop);
  if (!shared_.connections.wait_for_none(std::chrono::steady_clock::now() + grace)) {
    tell_all(&Connection::abort);
  }
  shared_.workers.finish();
  // Their sockets are closed and no handler runs: what is left ends by itself.
  shared_.connections.wait_for_none(std::chrono::steady_clock::now() + std::chrono::seconds(10));
  for (const auto& thread : threads_) {
    thread->work.reset();
    thread->context.stop();
  }
  for (const auto& thread : threads_) {
    if (thread->thread.joinable()) {
      thread->thread.join();
    }
  }
}

ServerCounters HttpServer::Core::counters() const {
  const LiveCounters& live = shared_.counters;
  ServerCounters counters{.accepted = live.accepted,
                          .refused = live.refused,
                          .active = shared_.connections.all(),
                          .handshake_failures = live.handshake_failures,
                          .parked = live.parked,
                          .websockets = live.websockets,
                          .overdue = live.overdue,
                          .accept_pauses = live.accept_pauses};
  for (std::size_t i = 0; i < counters.responses.size(); ++i) {
    counters.responses[i] = live.responses[i];
  }
  return counters;
}

HttpServer::HttpServer(std::unique_ptr<Core> core) : core_(std::move(core)) {}

// NOLINTNEXTLINE(bugprone-exception-escape): only without memory, which ends the process anyway
HttpServer::~HttpServer() {
  stop();
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(ServerOptions options, Channels& channels) {
  auto core = std::make_unique<Core>(std::move(options), channels);
  if (auto started = core->start(); !started) {
    return std::unexpected(std::move(started).error());
  }
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(core)));
}

std::uint16_t HttpServer::port() const {
  return core_->port();
}

ServerCounters HttpServer::counters() const {
  return core_->counters();
}

void HttpServer::stop(std::chrono::milliseconds grace) {
  core_->stop(grace);
}

}  // namespace twoseal
