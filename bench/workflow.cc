// Can a server keep up? How many signed transitions a second it verifies, judges, makes durable and
// follows, with 64 callers (goal: 2,000); how long it takes to know a log of a million entries when
// it starts (goal: 10 s); how long 1,000 hosts of one change wait for what they need to decide, all
// together, one after the other (goal: 10 s). Reference of the last: one authorize() for each.
// Processor time is told too, since a machine that others use answers later: 2,000 transitions a
// second on two cores leave one second of it for 1,000.
//
//   workflow [DIRECTORY [ENTRIES]]   the directory decides which disk is measured; default:
//   build/bench; a view of fewer entries is for who profiles
#include <filesystem>
#include <latch>
#include <sys/resource.h>
#include <thread>

#include "base/check.h"
#include "bench/report.h"
#include "policy/authorize.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/support/live_server.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program

namespace {

constexpr std::size_t kCallers = 64;
constexpr std::size_t kChangesEach = 8;
constexpr std::size_t kResultsEach = 20;
constexpr std::uint64_t kEntries = 1'000'000;  // of the view, unless told otherwise

template <class T>
T expect(Result<T> result) {
  check(result.has_value(), result ? "" : result.error().what.c_str());
  return *std::move(result);
}

void expect(const Result<void>& result) {
  check(result.has_value(), result ? "" : result.error().what.c_str());
}

std::unique_ptr<LiveServer> open_server(const std::filesystem::path& path, std::size_t hosts) {
  for (const char* suffix : {"", "-wal", "-shm", "-lease"}) {
    std::filesystem::remove(path.string() + suffix);
  }
  ServerStore on = expect(open_sqlite_server_store(path.string(), OpenMode::fresh));
  auto server = std::make_unique<LiveServer>(
      LiveOrganisation(hosts), std::move(on.store), std::move(on.registry));
  expect(server->begin());
  return server;
}

// A change with its approvals and the results of some hosts, ready to be sent.
std::vector<LiveSigned> statements_of(const LiveOrganisation& organisation, std::size_t number) {
  const std::string name = std::to_string(number);
  const LiveChange change = organisation.make_change(name, "scope-" + name);
  std::vector<LiveSigned> all = {organisation.author(change, kLiveStart)};
  for (const char* who : {"amara", "bo"}) {
    all.push_back(organisation.sign(who, Act::approve, ObjType::change, change.digest, kLiveStart));
  }
  for (std::size_t i = 0; i < kResultsEach; ++i) {
    const LiveHost& host = organisation.hosts[i];
    all.push_back(
        organisation.result(host, change.digest, i == 0 ? "canary" : "rest", "ok", kLiveStart));
  }
  return all;
}

// What this process has computed so far, in seconds, also inside the kernel.
double processor_seconds() {
  struct rusage usage{};
  check(getrusage(RUSAGE_SELF, &usage) == 0, "usage can be told");
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

struct Taken {
  double wall = 0;
  double processor = 0;
};

Taken measure(const std::function<void()>& work) {
  const double before = processor_seconds();
  Taken taken;
  taken.wall = bench::seconds(work);
  taken.processor = processor_seconds() - before;
  return taken;
}

struct Rate {
  double a_second = 0;
  double processor_for_1000 = 0;
};

Rate transitions(const std::filesystem::path& path) {
  const auto server = open_server(path, kResultsEach);
  std::vector<std::vector<LiveSigned>> work(kCallers);
  std::size_t count = 0;
  for (std::size_t i = 0; i < kCallers * kChangesEach; ++i) {
    auto all = statements_of(server->organisation, i);
    count += all.size();
    auto& mine = work[i % kCallers];
    mine.insert(
        mine.end(), std::make_move_iterator(all.begin()), std::make_move_iterator(all.end()));
  }
  std::latch start(kCallers);
  const Taken taken = measure([&] {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < kCallers; ++i) {
      threads.emplace_back([&, i] {
        start.arrive_and_wait();
        for (const LiveSigned& one : work[i]) {
          static_cast<void>(expect(server->submit(one)));
        }
      });
    }
  });
  const auto all = static_cast<double>(count);
  return {all / taken.wall, taken.processor / all * 1'000};
}

EntryDraft draft_of(const LiveOrganisation& organisation,
                    std::string_view by,
                    Event event,
                    const Digest& object,
                    std::uint64_t number) {
  EntryDraft draft;
  draft.entry.by = ActorId::parse(by).value();
  draft.entry.ev = event;
  draft.entry.obj = object;
  draft.entry.org = organisation.org;
  draft.entry.stmt = sha256("statement " + std::to_string(number));
  return draft;
}

// Seconds to know a log of a million entries, nine of ten of which are results. Their records are
// not looked at, so there are none.
Taken load(const std::filesystem::path& path, std::uint64_t entries) {
  auto server = open_server(path, 40);
  const LiveOrganisation organisation = server->organisation;
  server.reset();
  const auto store = expect(open_sqlite_store(path.string(), OpenMode::existing));
  ManualClock clock(kLiveStart);
  LogKey key = log_key(PrivateKey::from_seed(organisation.key("log").secret()),
                       organisation.roster.log.origin)
                   .value();
  {
    const auto writer = expect(LedgerWriter::open(*store, clock, std::move(key), {}));
    std::uint64_t number = 0;
    while (writer->size() < entries) {
      const std::string name = std::to_string(number);
      const LiveChange change = organisation.make_change(name, "scope-" + name);
      std::vector<EntryDraft> drafts;
      drafts.push_back(draft_of(organisation, "p:leo", Event::authored, change.digest, ++number));
      drafts.back().documents.push_back({"change", 0, change.bytes});
      for (const char* by : {"p:amara", "p:bo"}) {
        drafts.push_back(draft_of(organisation, by, Event::approved, change.digest, ++number));
      }
      for (std::size_t i = 0; i < 40; ++i) {
        HostResult result;
        result.at = kLiveStart;
        result.change = change.digest;
        result.host = organisation.hosts[i].id;
        result.nonce = sha256(name + " " + std::to_string(i)).bytes().substr(0, 16);
        result.org = organisation.org;
        result.outcome = "ok";
        result.phase = Name::parse(i == 0 ? "canary" : "rest").value();
        const Bytes bytes = codec::encode(result);
        drafts.push_back(
            draft_of(organisation, result.host.text(), Event::applied, sha256(bytes), ++number));
        drafts.back().documents.push_back({"result", 0, bytes});
      }
      for (const auto& one : writer->append(drafts)) {
        check(one.has_value(), "the entry is appended");
      }
      expect(writer->maintain());
    }
  }
  return measure([&] {
    LedgerView view(*store, organisation.org);
    expect(view.load());
    check(view.point().size >= entries, "the view has the whole log");
  });
}

struct Fleet {
  double files = 0;      ///< seconds for all hosts
  double authorize = 0;  ///< the same
};

Fleet fleet(const std::filesystem::path& path) {
  const auto server = open_server(path, 1'000);
  const LiveChange change = server->organisation.make_change("one");
  static_cast<void>(expect(server->approved(change)));
  static_cast<void>(expect(server->release("eve", change.digest, "canary")));
  static_cast<void>(expect(server->result("prod-1", change.digest, "canary", "ok")));
  server->clock.advance(400);
  expect(server->refresh());
  Fleet fleet;
  std::size_t permitted = 0;
  for (const LiveHost& host : server->organisation.hosts) {
    if (host.assignment.env.text() != "prod" || host.name == "prod-1") {
      continue;
    }
    Files given;
    fleet.files += bench::seconds(
        [&] { given = expect(server->files.files_for(host.id, change.digest, {})).all(); });
    DecisionInputs inputs;
    inputs.clock = server->clock.now();
    inputs.floor = inputs.clock - 10;
    inputs.host = host.id;
    inputs.org = server->organisation.org;
    fleet.authorize += bench::seconds(
        [&] { permitted += authorize(given, inputs).decision.answer == Answer::permit ? 1 : 0; });
  }
  check(permitted == 999, "every host permits");
  return fleet;
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): only for want of memory
int main(int argc, char** argv) {
  const std::filesystem::path directory =
      std::filesystem::path(argc > 1 ? argv[1] : TWOSEAL_BENCH_SCRATCH) / "workflow";
  std::filesystem::create_directories(directory);
  const Rate rate = transitions(directory / "transitions");
  const Fleet of_fleet = fleet(directory / "fleet");
  const Taken loaded = load(directory / "load", argc > 2 ? std::stoull(argv[2]) : kEntries);
  std::filesystem::remove_all(directory);
  return bench::report(
      "workflow",
      {{"signed transitions, 64 callers, durable", "1/s", rate.a_second, {}, 2'000.0},
       {"processor time of 1,000 transitions",
        "s",
        rate.processor_for_1000,
        {},
        1.0,
        bench::Goal::at_most},
       {"files for 999 hosts of a change",
        "s",
        of_fleet.files,
        of_fleet.authorize,
        10.0,
        bench::Goal::at_most},
       {"view of a log of a million entries", "s", loaded.wall, {}, 10.0, bench::Goal::at_most},
       {"processor time of that view", "s", loaded.processor}});
}
