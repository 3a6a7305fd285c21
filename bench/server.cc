// How much does one server answer? Goals: 5,000 reads and 2,000 durable transitions a second over
// TLS, 99 of 100 within 50 ms; and with 1,000 hosts, 10 s from the moment that a phase opens to the
// last host that was permitted to apply, and did. Clients and hosts run on the same machine and are
// counted in: the hosts are real agents on systems in memory, which call their server's port
// without sockets.
#include "server/server.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <sys/resource.h>
#include <thread>

#include "base/os_clock.h"
#include "bench/report.h"
#include "crypto/key_file.h"
#include "tests/support/test_agent.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program
using test::TestAgent;
using test::TestServer;

namespace {

constexpr unsigned kReaders = 8;
constexpr int kReads = 4'000;  // of each reader
// Clients that each wait for their answer: with as many as keep the rate the goal is to answer in
// time, with twice as many what a queue costs is shown.
constexpr unsigned kWriters = 32;
constexpr unsigned kCrowd = 64;
constexpr std::size_t kTransitions = 4'096;
constexpr std::size_t kHosts = 1'000;
constexpr unsigned kHostThreads = 8;
constexpr std::chrono::seconds kWait{60};
constexpr std::chrono::milliseconds kCheckpointAfter{200};

double processor_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1'000'000;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::string fresh_path(const std::string& name) {
  std::filesystem::create_directories(TWOSEAL_BENCH_SCRATCH);
  const std::string path = std::string(TWOSEAL_BENCH_SCRATCH) + "/" + name;
  for (const char* suffix : {"", "-wal", "-shm", "-lease"}) {
    std::filesystem::remove(path + suffix);
  }
  return path;
}

// A server on real ports over SQLite, whose clock is that of the organisation.
struct Served {
  TestServer world{LiveOrganisation(2, 1),
                   open_sqlite_server_store(fresh_path("server.db"), OpenMode::fresh).value(),
                   kCheckpointAfter};
  std::string token = world.log_in("omar");
  std::string author = world.log_in("leo");
  PrivateKey key = LiveOrganisation::tls_key("server");
  std::unique_ptr<server::Server> server;
  ServerAddress address;

  Served() {
    server::ServerListens listens;
    listens.tls = {
        make_server_certificate(key, {{"localhost"}, {}}, valid_for(30, kLiveStart)).value(),
        to_pkcs8_pem(key)};
    const LiveChange change = world.organisation.make_change("first");
    const LiveSigned one = world.organisation.author(change, kLiveStart);
    check(world.submit(one, "leo").status == 200, "the first change is recorded");
    server = server::Server::start(std::move(world.parts), listens).value();
    address = {"127.0.0.1", server->people_port(), {sha256(key.public_key().spki())}};
  }
};

// Times of all calls, in seconds.
template <class Each>
std::vector<double> in_threads(unsigned threads, Each each) {
  std::vector<std::vector<double>> times(threads);
  {
    std::vector<std::jthread> running;
    for (unsigned i = 0; i < threads; ++i) {
      running.emplace_back([&, i] { times[i] = each(i); });
    }
  }
  std::vector<double> all;
  for (const auto& one : times) {
    all.insert(all.end(), one.begin(), one.end());
  }
  std::sort(all.begin(), all.end());
  return all;
}

double timed_call(HttpClient& client, const HttpRequest& request) {
  double took = bench::seconds([&] {
    const auto answer = client.call(request, kWait);
    check(answer && answer->status == 200, answer ? answer->body : answer.error().what);
  });
  return took;
}

void measure_reads(const Served& served, std::vector<bench::Figure>& figures) {
  std::vector<double> times;
  const double took = bench::seconds([&] {
    times = in_threads(kReaders, [&](unsigned) {
      const auto client = make_tls_client(served.address);
      HttpRequest request;
      request.path = "/v1/changes/CHG-1";
      request.headers["authorization"] = "Bearer " + served.token;
      std::vector<double> own;
      for (int i = 0; i < kReads; ++i) {
        own.push_back(timed_call(*client, request));
      }
      return own;
    });
  });
  figures.push_back({"reads of a change over TLS, 8 clients",
                     "1/s",
                     static_cast<double>(times.size()) / took,
                     {},
                     5'000});
  figures.push_back({"99 of 100 reads within",
                     "ms",
                     times[times.size() * 99 / 100] * 1'000,
                     {},
                     50,
                     bench::Goal::at_most});
}

// `series`: names changes that no other series has.
void measure_transitions(const Served& served,
                         unsigned clients,
                         const std::string& series,
                         std::vector<bench::Figure>& figures) {
  std::vector<Bytes> bodies;
  for (std::size_t i = 0; i < kTransitions; ++i) {
    const LiveChange change = served.world.organisation.make_change(
        series + std::to_string(i), "s" + series + std::to_string(i));
    bodies.push_back(test::submission_body(served.world.organisation.author(change, kLiveStart)));
  }
  std::atomic<std::size_t> next = 0;
  std::vector<double> times;
  const double took = bench::seconds([&] {
    times = in_threads(clients, [&](unsigned) {
      const auto client = make_tls_client(served.address);
      HttpRequest request;
      request.method = "POST";
      request.path = "/v1/statements";
      request.headers["authorization"] = "Bearer " + served.author;
      std::vector<double> own;
      for (std::size_t i = next++; i < bodies.size(); i = next++) {
        request.headers["idempotency-key"] =
            "bench-" + series + "-" + std::to_string(1'000'000'000 + i);
        request.body = bodies[i];
        own.push_back(timed_call(*client, request));
      }
      return own;
    });
  });
  const std::string crowd = std::to_string(clients) + " clients";
  figures.push_back({"durable transitions over TLS, " + crowd,
                     "1/s",
                     static_cast<double>(times.size()) / took,
                     {},
                     2'000});
  figures.push_back({"99 of 100 transitions within, " + crowd,
                     "ms",
                     times[times.size() * 99 / 100] * 1'000,
                     {},
                     clients == kWriters ? std::optional(50.0) : std::nullopt,
                     bench::Goal::at_most});
}

// 1,000 hosts with their agents.
struct Fleet {
  TestServer server{LiveOrganisation(kHosts, 0),
                    open_sqlite_server_store(fresh_path("fleet.db"), OpenMode::fresh).value(),
                    kCheckpointAfter};
  std::vector<std::unique_ptr<TestAgent>> agents;

  Fleet() {
    for (const LiveHost& host : server.organisation.hosts) {
      agents.push_back(
          std::make_unique<TestAgent>(server, host, AgentPace{.wait = 0, .enforce_every = 86'400}));
    }
  }

  void step_all() {
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < kHostThreads; ++i) {
      threads.emplace_back([&] {
        for (std::size_t at = next++; at < agents.size(); at = next++) {
          const std::string problem = agents[at]->step();
          check(problem.empty(), problem);
        }
      });
    }
    threads.clear();
    server.settle();
  }
};

void measure_fleet(std::vector<bench::Figure>& figures) {
  Fleet fleet;
  TestServer& server = fleet.server;
  figures.push_back(
      {"first contact of 1,000 hosts", "s", bench::seconds([&] { fleet.step_all(); })});
  const LiveChange draft = server.organisation.make_change("one");
  std::vector<HostId> hosts;
  for (const auto& one : fleet.agents) {
    hosts.push_back(one->id());
  }
  const Digest request = test::ask_for_plans(server, draft, hosts);
  figures.push_back({"plans of 1,000 hosts", "s", bench::seconds([&] { fleet.step_all(); })});
  const LiveChange change = test::with_plans(server, draft, request);
  check(server.submit(server.organisation.author(change, server.clock.now()), "leo").status == 200,
        "it is authored");
  for (const char* who : {"amara", "bo"}) {
    const LiveSigned vote = server.organisation.sign(
        who, Act::approve, ObjType::change, change.digest, server.clock.now());
    check(server.submit(vote, who).status == 200, "it is approved");
  }
  const LiveSigned released = make_live_release(server.organisation,
                                                *server.parts->view.change(change.digest),
                                                server.clock.now(),
                                                "eve",
                                                "canary");
  check(server.submit(released, "eve").status == 200, "it is released");
  for (const auto& one : fleet.agents) {
    if (one->id() == change.change.phases->front().hosts.front()) {
      check(one->step().empty(), "the canary sings");
    }
  }
  server.settle();
  server.clock.advance(301);
  const double processor = processor_seconds();
  figures.push_back({"1,000 hosts, from the open phase to the last result in the log",
                     "s",
                     bench::seconds([&] {
                       check(server.parts->tick().has_value(), "the phase opens");
                       fleet.step_all();
                     }),
                     {},
                     10,
                     bench::Goal::at_most});
  figures.push_back({"the same, processor time of server and all hosts together",
                     "s",
                     processor_seconds() - processor});
  const auto facts = server.parts->view.change(change.digest);
  const auto ok =
      std::count_if(facts->outcomes.begin(), facts->outcomes.end(), [](const auto& one) {
        return one != nullptr && one->outcome == "ok";
      });
  check(static_cast<std::size_t>(ok) == kHosts, std::to_string(ok) + " hosts applied it");
  // Of the server's side alone.
  const auto handled = [&] {
    const auto& counts = server.parts->counts.microseconds;
    return counts.at(static_cast<std::size_t>(server::Port::agents)).load();
  };
  const std::uint64_t before = handled();
  for (const auto& one : fleet.agents) {
    check(one->step().empty(), "it is heard");
  }
  figures.push_back({"the server's time for a contact without news, one after the other",
                     "µs",
                     static_cast<double>(handled() - before) / kHosts});
}

}  // namespace

int main() {
  std::vector<bench::Figure> figures;
  {
    const Served served;
    measure_reads(served, figures);
    measure_transitions(served, kWriters, "a", figures);
    measure_transitions(served, kCrowd, "b", figures);
  }
  measure_fleet(figures);
  return bench::report("server", figures);
}
