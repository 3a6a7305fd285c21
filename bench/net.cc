// What does a connection cost? Goal: at most 20 KB of resident memory for one that is idle, since
// 2,000 agents keep one each; asio::ssl::stream took 67 KB in the measurement that decided for a
// stream of our own. Beside it: requests over kept connections with TLS, against the same without,
// and new connections with a full handshake. Clients run on the same machine and are counted in.
#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <fstream>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "base/check.h"
#include "base/os_clock.h"
#include "base/os_file.h"
#include "bench/report.h"
#include "crypto/certificate.h"
#include "crypto/hash.h"
#include "crypto/key_file.h"
#include "net/client.h"
#include "net/server.h"
#include "net/tls.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program

namespace {

constexpr std::size_t kIdle = 2'000;
constexpr int kThreads = 4;
constexpr int kRequests = 4'000;  // of each thread
constexpr int kHandshakes = 250;  // of each thread
constexpr double kAsioIdle = 67'000;
constexpr double kIdleGoal = 20'000;
constexpr std::chrono::seconds kWait{30};

struct Keys {
  PrivateKey key = PrivateKey::generate_p256();
  std::string certificate =
      make_server_certificate(key, {{"localhost"}, {}}, valid_for(1, SystemClock().now())).value();
  Digest pin = sha256(key.public_key().spki());
};

ServerOptions options_with(std::optional<ServerIdentity> tls) {
  ServerOptions options;
  options.tls = std::move(tls);
  options.limits.connections_per_address_max = kIdle + 100;
  options.handler = [](const HttpRequest&) {
    return HttpResponse{200, {{"content-type", "application/json"}}, "{\"ok\":true}", {}};
  };
  return options;
}

double resident_octets() {
  std::ifstream file("/proc/self/statm");
  double all = 0;
  double resident = 0;
  file >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// One end of a silent connection.
struct Idle {
  FileDescriptor socket;
  std::unique_ptr<TlsConnection> tls;
};

Idle open_idle(std::uint16_t port, const TlsContext& context) {
  Idle idle{FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), nullptr};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  check(::connect(idle.socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0,
        "the server accepts");
  idle.tls = std::make_unique<TlsConnection>(context, idle.socket.get(), TlsSide::client);
  TlsStep step = idle.tls->handshake();
  while (step.state == TlsStep::State::wait) {
    pollfd ready{idle.socket.get(), POLLIN, 0};
    ::poll(&ready, 1, 1'000);
    step = idle.tls->handshake();
  }
  check(step.state == TlsStep::State::done, "the handshake succeeds");
  return idle;
}

/// Another process that holds the other ends, so that its memory is not counted. Forked before
/// there are threads. Reads a port and a pin, opens its connections, answers one octet, and keeps
/// them until its input ends.
class Crowd {
 public:
  Crowd() {
    std::array<int, 2> down{};
    std::array<int, 2> up{};
    check(::pipe(down.data()) == 0 && ::pipe(up.data()) == 0, "there are pipes");
    child_ = ::fork();
    if (child_ == 0) {
      ::close(down[1]);
      be_crowd(down[0], up[1]);
      ::_exit(0);
    }
    ::close(down[0]);
    in_.reset(down[1]);
    out_.reset(up[0]);
  }

  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  ~Crowd() {
    in_.reset();
    ::waitpid(child_, nullptr, 0);
  }

  void gather(std::uint16_t port, const Digest& pin) const {
    char done = 0;
    check(::write(in_.get(), &port, sizeof(port)) == sizeof(port) &&
              ::write(in_.get(), pin.view().data(), Digest::kSize) == Digest::kSize &&
              ::read(out_.get(), &done, 1) == 1,
          "the crowd is there");
  }

 private:
  static void be_crowd(int in, int out) {
    std::uint16_t port = 0;
    Bytes pin(Digest::kSize, '\0');
    if (::read(in, &port, sizeof(port)) != sizeof(port) ||
        ::read(in, pin.data(), pin.size()) != static_cast<ssize_t>(pin.size())) {
      return;
    }
    const TlsContext context = TlsContext::make_client({Digest::from_bytes(pin)}, {}).value();
    std::vector<Idle> idle;
    for (std::size_t i = 0; i < kIdle; ++i) {
      idle.push_back(open_idle(port, context));
    }
    char octet = 1;
    static_cast<void>(!::write(out, &octet, 1));
    static_cast<void>(!::read(in, &octet, 1));
  }

  pid_t child_ = -1;
  FileDescriptor in_;
  FileDescriptor out_;
};

double octets_per_idle(const Keys& keys, const Crowd& crowd) {
  Channels channels;
  auto server = HttpServer::start(
      options_with(ServerIdentity{keys.certificate, to_pkcs8_pem(keys.key), ""}), channels);
  check(server.has_value(), "the server starts");
  // What the first connections bring with them is paid once.
  for (int i = 0; i < 20; ++i) {
    check(
        make_tls_client({"127.0.0.1", (*server)->port(), {keys.pin}})->call({}, kWait).has_value(),
        "the server answers");
  }
  const double before = resident_octets();
  crowd.gather((*server)->port(), keys.pin);
  ::usleep(500'000);
  check((*server)->counters().active >= kIdle, "all are connected");
  return (resident_octets() - before) / kIdle;
}

/// Calls of kThreads threads a second, `each` of them per thread; `fresh`: on a new connection
/// each.
double calls_per_second(const ServerAddress& address, int each, bool fresh) {
  const double taken = bench::seconds([&] {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        auto client = make_tls_client(address);
        for (int i = 0; i < each; ++i) {
          check(client->call({}, kWait).has_value(), "the server answers");
          if (fresh) {
            client = make_tls_client(address);
          }
        }
      });
    }
  });
  return kThreads * each / taken;
}

}  // namespace

int main() {
  const Keys keys;
  auto crowd = std::make_unique<Crowd>();
  const double idle = octets_per_idle(keys, *crowd);
  crowd.reset();
  Channels channels;
  const auto tls = HttpServer::start(
      options_with(ServerIdentity{keys.certificate, to_pkcs8_pem(keys.key), ""}), channels);
  const auto plain = HttpServer::start(options_with({}), channels);
  check(tls.has_value() && plain.has_value(), "the servers start");
  const ServerAddress over_tls{"127.0.0.1", (*tls)->port(), {keys.pin}};
  const ServerAddress over_tcp{"127.0.0.1", (*plain)->port(), {}, Transport::plain};
  const double requests = calls_per_second(over_tls, kRequests, false);
  const double plain_requests = calls_per_second(over_tcp, kRequests, false);
  const double handshakes = calls_per_second(over_tls, kHandshakes, true);
  const double plain_connects = calls_per_second(over_tcp, kHandshakes, true);
  return bench::report("net",
                       {{.what = "memory of an idle TLS connection; reference: asio::ssl::stream",
                         .unit = "octets",
                         .ours = idle,
                         .reference = kAsioIdle,
                         .goal = kIdleGoal,
                         .side = bench::Goal::at_most},
                        {.what = "requests over kept TLS connections, 4 clients; reference: plain",
                         .unit = "1/s",
                         .ours = requests,
                         .reference = plain_requests},
                        {.what = "requests each with its own TLS handshake; reference: plain",
                         .unit = "1/s",
                         .ours = handshakes,
                         .reference = plain_connects}});
}
