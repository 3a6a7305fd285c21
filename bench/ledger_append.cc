// How many entries a second become durable when many append at once? Goals: 64 submitters, 5,000
// entries a second, 99 of 100 answered within 50 ms. Reference: one fdatasync for each entry, to a
// file of the same directory, in the same run.
//
//   ledger_append [DIRECTORY]   the directory decides which disk is measured; default: build/bench
#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <latch>
#include <thread>
#include <unistd.h>

#include "base/check.h"
#include "base/os_clock.h"
#include "bench/report.h"
#include "storage/sequencer.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/support/test_log.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program

namespace {

constexpr std::size_t kSubmitters = 64;
constexpr std::size_t kEntriesEach = 800;
constexpr std::size_t kWarmUpEach = 50;

// Entries per second with one write and one fdatasync each.
double one_sync_each(const std::string& path) {
  constexpr int kEntries = 300;
  const Bytes entry(400, 'e');
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  check(file >= 0, "the file can be made");
  const double taken = bench::seconds([&] {
    for (int i = 0; i < kEntries; ++i) {
      check(write(file, entry.data(), entry.size()) == static_cast<ssize_t>(entry.size()),
            "the file can be written");
      check(fdatasync(file) == 0, "the file can be synced");
    }
  });
  close(file);
  std::filesystem::remove(path);
  return kEntries / taken;
}

// Appends `each` entries from every submitter; the milliseconds each answer took.
std::vector<double> append_all(Sequencer& sequencer, std::size_t each) {
  std::vector<std::vector<double>> taken(kSubmitters);
  std::latch start(kSubmitters);
  {
    std::vector<std::jthread> threads;
    threads.reserve(kSubmitters);
    for (std::size_t t = 0; t < kSubmitters; ++t) {
      threads.emplace_back([&, t] {
        start.arrive_and_wait();
        for (std::size_t i = 0; i < each; ++i) {
          EntryDraft draft = test_draft(std::to_string(t * each + i));
          draft.entry.stmt = draft.entry.obj;
          taken[t].push_back(1'000 * bench::seconds([&] {
                               check(sequencer.append(std::move(draft)).has_value(),
                                     "the entry is committed");
                             }));
        }
      });
    }
  }
  std::vector<double> all;
  for (const auto& of_thread : taken) {
    all.insert(all.end(), of_thread.begin(), of_thread.end());
  }
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): only for want of memory
int main(int argc, char** argv) {
  const std::filesystem::path directory =
      std::filesystem::path(argc > 1 ? argv[1] : TWOSEAL_BENCH_SCRATCH) /
      ("ledger-append-" + std::to_string(getpid()));
  std::filesystem::create_directories(directory);
  const double single = one_sync_each((directory / "single").string());
  std::vector<double> taken;
  double elapsed = 0;
  std::uint64_t size = 0;
  {
    SystemClock clock;
    const auto store = open_sqlite_store((directory / "store").string(), OpenMode::fresh).value();
    Sequencer sequencer(LedgerWriter::open(*store, clock, test_log_key(), {}).value());
    append_all(sequencer, kWarmUpEach);
    elapsed = bench::seconds([&] { taken = append_all(sequencer, kEntriesEach); });
    size = store->head().value().size;
    check(size == kSubmitters * (kWarmUpEach + kEntriesEach), "every entry is in the log");
  }
  std::filesystem::remove_all(directory);
  const double count = static_cast<double>(taken.size());
  return bench::report("ledger_append",
                       {{.what = "durable entries, 64 submitters",
                         .unit = "1/s",
                         .ours = count / elapsed,
                         .reference = single,
                         .goal = 5'000},
                        {.what = "99 of 100 answered within",
                         .unit = "ms",
                         .ours = taken[taken.size() * 99 / 100],
                         .reference = 1'000 / single,
                         .goal = 50,
                         .side = bench::Goal::at_most},
                        {.what = "half answered within",
                         .unit = "ms",
                         .ours = taken[taken.size() / 2],
                         .reference = 1'000 / single}});
}
