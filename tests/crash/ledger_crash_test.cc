// Crashes and bad disks: a child process works on a store and meets a fault at its N-th write-class
// system call, for every N. Whatever happens, what the child had acknowledged is in the store
// afterwards, nothing is torn, and the store goes on.
//
// By default kills are injected at every call and other faults at a part of them, a good 10 s in
// all. TWOSEAL_CRASH_ALL=1 injects every fault at every call.
#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <map>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "base/os_clock.h"
#include "codec/objects.h"
#include "storage/sequencer.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/crash/faults.h"
#include "tests/support/test_log.h"

using namespace twoseal;          // NOLINT(google-build-using-namespace): a test
using namespace twoseal::faults;  // NOLINT(google-build-using-namespace): a test
using namespace std::chrono_literals;

namespace {

// --- what the child tells its parent ---

enum class What : int {
  opened,      ///< the writer has the lease
  refused,     ///< opening failed with `code`
  entry,       ///< entry `number` was acknowledged at index `place`
  no_entry,    ///< entry `number` was refused with `code`
  checkpoint,  ///< a checkpoint of size `place` was acknowledged
  blob,        ///< blob `number` was acknowledged
  erasing,     ///< its erasure began
  erased,      ///< and was acknowledged
  ended,       ///< the whole work was done
};

struct Message {
  What what = What::ended;
  Errc code = {};
  std::uint64_t number = 0;
  std::uint64_t place = 0;
};

// A pipe to the parent. Written with the bare system call, which is not counted and never fails.
class Reporter {
 public:
  explicit Reporter(int file) : file_(file) {}

  void say(const Message& message) const {
    [[maybe_unused]] const long written = syscall(SYS_write, file_, &message, sizeof message);
  }

 private:
  int file_;
};

// --- what the child does ---

Bytes document_text(std::uint64_t number) {
  return "{\"d\":" + std::to_string(number) + "}";
}

Bytes blob_text(std::uint64_t number) {
  return Bytes(6'000, static_cast<char>('a' + number % 26));
}

// Entry `number` brings a record and a document; so a torn commit would show.
EntryDraft draft_of(std::uint64_t number) {
  const std::string text = std::to_string(number);
  EntryDraft draft = test_draft(text);
  draft.records.push_back({sha256("statement " + text), sha256(text), "record " + text});
  draft.documents.push_back({"change", 0, document_text(number)});
  return draft;
}

void say_answer(const Reporter& reporter, std::uint64_t number, const Result<Appended>& answer) {
  reporter.say(answer ? Message{What::entry, {}, number, answer->seq}
                      : Message{What::no_entry, answer.error().code, number, 0});
}

// Opens the store, appends in batches, signs, keeps and erases blobs, closes.
void one_writer(const std::string& path, const Reporter& reporter) {
  SystemClock clock;
  const auto store = open_sqlite_store(path, OpenMode::either);
  if (!store) {
    return reporter.say({What::refused, store.error().code});
  }
  const auto writer = LedgerWriter::open(**store, clock, test_log_key(), {});
  if (!writer) {
    return reporter.say({What::refused, writer.error().code});
  }
  reporter.say({What::opened});
  std::uint64_t number = (*writer)->size() + 1'000;
  for (const std::size_t count : {1U, 3U, 2U}) {
    std::vector<EntryDraft> drafts;
    drafts.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      drafts.push_back(draft_of(number + i));
    }
    for (const auto& answer : (*writer)->append(drafts)) {
      say_answer(reporter, number++, answer);
    }
    if ((*writer)->sign_checkpoint()) {
      reporter.say({What::checkpoint, {}, 0, (*writer)->size()});
    }
    if ((*store)->put_blob(blob_text(number))) {
      reporter.say({What::blob, {}, number});
    }
    if (count == 3) {
      reporter.say({What::erasing, {}, number});
      if ((*store)->erase_blob(sha256(blob_text(number)))) {
        reporter.say({What::erased, {}, number});
      }
    }
    [[maybe_unused]] const auto kept = (*writer)->maintain();
  }
}

// Four threads append through a sequencer.
void many_submitters(const std::string& path, const Reporter& reporter) {
  SystemClock clock;
  auto store = open_sqlite_store(path, OpenMode::either);
  if (!store) {
    return reporter.say({What::refused, store.error().code});
  }
  auto writer = LedgerWriter::open(**store, clock, test_log_key(), {});
  if (!writer) {
    return reporter.say({What::refused, writer.error().code});
  }
  reporter.say({What::opened});
  Sequencer sequencer(*std::move(writer), {.checkpoint_after = 1ms});
  std::vector<std::jthread> threads;
  threads.reserve(4);
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < 4; ++i) {
        const std::uint64_t number = 1'000 + t * 100 + i;
        say_answer(reporter, number, sequencer.append(draft_of(number)));
      }
    });
  }
}

using Work = void (*)(const std::string& path, const Reporter& reporter);

// --- running it ---

// A directory in memory when there is one: a kill does not lose what the kernel has, and syncs are
// free there.
class Scratch {
 public:
  Scratch() {
    std::string name =
        std::string(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp") + "/twoseal-crash-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    directory_ = name;
  }

  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  ~Scratch() { std::filesystem::remove_all(directory_); }

  [[nodiscard]] std::string store() const { return (directory_ / "store").string(); }

  void copy_from(const Scratch& other) const {
    std::filesystem::copy(other.directory_, directory_);
  }

 private:
  std::filesystem::path directory_;
};

struct Run {
  std::vector<Message> messages;
  std::uint64_t calls = 0;
  bool killed = false;
};

Run run_child(Work work, const std::string& path, Fault fault, std::uint64_t at) {
  using Counter = std::atomic<std::uint64_t>;
  auto* calls = static_cast<Counter*>(
      mmap(nullptr, sizeof(Counter), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  REQUIRE(calls != MAP_FAILED);
  new (calls) Counter(0);
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    close(ends[0]);
    const Reporter reporter(ends[1]);
    arm(fault, at, *calls);
    work(path, reporter);
    reporter.say({What::ended});
    _exit(0);
  }
  close(ends[1]);
  Run run;
  Message message;
  while (read(ends[0], &message, sizeof message) == static_cast<ssize_t>(sizeof message)) {
    run.messages.push_back(message);
  }
  close(ends[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  run.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  run.calls = *calls;
  munmap(calls, sizeof(Counter));
  return run;
}

// --- what must hold afterwards ---

// What each entry is about, in order; fails when one is there without what it names.
Result<std::vector<Digest>> objects_of(const Store& store, std::uint64_t size) {
  TWOSEAL_TRY(const std::vector<StoredEntry> entries, store.entries(0, size));
  std::vector<Digest> objects;
  for (const StoredEntry& stored : entries) {
    objects.push_back(codec::decode<LedgerEntry>(stored.bytes).value().obj);
    const auto records = store.records_about(objects.back());
    if (!records || records->size() != 1 ||
        !store.document(sha256(document_text(std::stoull(records->front().bytes.substr(7)))))) {
      return fail(Errc::internal, "an entry is there without what it names");
    }
  }
  return objects;
}

// What is wrong with entries and checkpoints, seen from one message.
std::string wrong_log(const Message& message,
                      const std::vector<Digest>& objects,
                      const std::optional<Checkpoint>& checkpoint) {
  const Digest object = sha256(std::to_string(message.number));
  if (message.what == What::entry &&
      (message.place >= objects.size() || objects[message.place] != object)) {
    return "acknowledged entry " + std::to_string(message.number) + " is lost";
  }
  // Only after a failed sync nobody can say whether the entry is there.
  if (message.what == What::no_entry && message.code != Errc::store_failed &&
      std::find(objects.begin(), objects.end(), object) != objects.end()) {
    return "refused entry " + std::to_string(message.number) + " is there";
  }
  if (message.what == What::checkpoint && (!checkpoint || checkpoint->size < message.place)) {
    return "an acknowledged checkpoint is lost";
  }
  return "";
}

// What is wrong with blobs.
std::string wrong_blobs(const Store& store, const std::vector<Message>& messages) {
  std::map<std::uint64_t, What> newest;
  for (const Message& message : messages) {
    if (message.what == What::blob || message.what == What::erasing ||
        message.what == What::erased) {
      newest[message.number] = message.what;
    }
  }
  for (const auto& [number, what] : newest) {
    const bool there = read_blob(store, sha256(blob_text(number))).has_value();
    if (what == What::blob && !there) {
      return "an acknowledged blob is lost";
    }
    if (what == What::erased && there) {
      return "an erased blob is back";
    }
  }
  return "";
}

// Whether the log has nothing torn and everything in `messages` that was acknowledged.
std::string wrong_with(const Store& store, const std::vector<Message>& messages) {
  const std::vector<NoteKey> keys{test_log_key().key};
  const auto report = check_ledger(store, kTestOrigin, keys);
  if (!report) {
    return report.error().what + " " + report.error().where;
  }
  const auto objects = objects_of(store, report->size);
  if (!objects) {
    return objects.error().what;
  }
  for (const Message& message : messages) {
    if (std::string wrong = wrong_log(message, *objects, report->checkpoint); !wrong.empty()) {
      return wrong;
    }
  }
  return wrong_blobs(store, messages);
}

// The same, and the store opens again and takes the next entry at once.
std::string wrong_after(const std::string& path, const std::vector<Message>& messages) {
  const auto store = open_sqlite_store(path, OpenMode::either);
  if (!store) {
    return "does not open: " + store.error().what;
  }
  if (std::string wrong = wrong_with(**store, messages); !wrong.empty()) {
    return wrong;
  }
  SystemClock clock;
  const auto writer = LedgerWriter::open(**store, clock, test_log_key(), {"next", 30});
  if (!writer) {
    return "nobody may append: " + writer.error().what;
  }
  const std::uint64_t size = (*writer)->size();
  const auto next = (*writer)->append(draft_of(999'999));
  if (!next || next->seq != size || !(*writer)->sign_checkpoint()) {
    return "the next entry is not appended";
  }
  return wrong_with(**store, messages);
}

// Whether a run shows what the store promises about errors: after a failed write nothing is
// acknowledged any more. Appending one after the other only.
bool goes_on_after_failure(const std::vector<Message>& messages) {
  bool failed = false;
  for (const Message& message : messages) {
    failed = failed || (message.what == What::no_entry && message.code == Errc::store_failed);
    if (failed && message.what == What::entry) {
      return true;
    }
  }
  return false;
}

// Whether an entry was refused for want of space and a later one was acknowledged.
bool goes_on_after_full_disk(const std::vector<Message>& messages) {
  bool full = false;
  for (const Message& message : messages) {
    full = full || (message.what == What::no_entry && message.code == Errc::disk_full);
    if (full && message.what == What::entry) {
      return true;
    }
  }
  return false;
}

bool everything() {
  const char* all = std::getenv("TWOSEAL_CRASH_ALL");  // NOLINT(concurrency-mt-unsafe): one thread
  return all != nullptr && std::string_view(all) == "1";
}

// A sanitizer makes each fork ten times as dear; every eighth call then suffices.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

constexpr Fault kFaults[] = {Fault::kill,
                             Fault::torn_kill,
                             Fault::io_error,
                             Fault::no_space,
                             Fault::stays_full,
                             Fault::interrupted,
                             Fault::short_write};

struct Summary {
  std::uint64_t points = 0;
  std::uint64_t failures = 0;    ///< runs in which entries were refused after a failed write
  std::uint64_t recoveries = 0;  ///< runs that went on after a full disk
};

// Runs `work` with one fault at one call, on a copy of `before` when there is one, and checks what
// is left.
Run inject(Work work, const Scratch* before, Fault fault, std::uint64_t at) {
  const Scratch scratch;
  if (before != nullptr) {
    scratch.copy_from(*before);
  }
  Run run = run_child(work, scratch.store(), fault, at);
  const std::string wrong = wrong_after(scratch.store(), run.messages);
  CAPTURE(fault_name(fault));
  CAPTURE(at);
  REQUIRE(wrong == "");
  const bool kills = fault == Fault::kill || fault == Fault::torn_kill;
  REQUIRE((kills || run.messages.back().what == What::ended));
  REQUIRE((!kills || run.killed || run.calls < at));
  REQUIRE_FALSE((work == one_writer && goes_on_after_failure(run.messages)));
  return run;
}

// The same with each fault at each call.
Summary inject_everywhere(Work work, const Scratch* before = nullptr) {
  const std::uint64_t calls = inject(work, before, Fault::none, 0).calls;
  REQUIRE(calls > 30);
  Summary summary;
  for (const Fault fault : kFaults) {
    const std::uint64_t step = everything() ? 1 : kSanitized ? 8 : fault == Fault::kill ? 1 : 3;
    for (std::uint64_t at = 1; at <= calls; at += step) {
      const Run run = inject(work, before, fault, at);
      ++summary.points;
      summary.recoveries += goes_on_after_full_disk(run.messages) ? 1 : 0;
      summary.failures +=
          std::any_of(run.messages.begin(), run.messages.end(), [](const Message& m) {
            return m.what == What::no_entry && m.code == Errc::store_failed;
          });
    }
  }
  MESSAGE("" << summary.points << " points at " << calls << " calls");
  return summary;
}

}  // namespace

TEST_CASE("no fault loses what was acknowledged by a new store") {
  const Summary summary = inject_everywhere(one_writer);
  CHECK(summary.points > (kSanitized ? 150 : 500));
  CHECK(summary.failures > (kSanitized ? 1 : 10));
  CHECK(summary.recoveries > (kSanitized ? 1 : 5));
}

TEST_CASE("no fault loses what was acknowledged while a crash is recovered from") {
  const Scratch crashed;
  // The first run makes the store; a later one makes fewer calls.
  REQUIRE(run_child(one_writer, crashed.store(), Fault::none, 0).calls > 0);
  const Run whole = run_child(one_writer, crashed.store(), Fault::none, 0);
  const Run run = run_child(one_writer, crashed.store(), Fault::torn_kill, whole.calls * 2 / 3);
  REQUIRE(run.killed);
  REQUIRE(std::filesystem::file_size(crashed.store() + "-wal") > 0);
  CHECK(inject_everywhere(one_writer, &crashed).points > (kSanitized ? 100 : 400));
}

TEST_CASE("no fault loses what was acknowledged to many submitters") {
  CHECK(inject_everywhere(many_submitters).points > (kSanitized ? 100 : 300));
}

TEST_CASE("the check itself notices a lost entry, a lost checkpoint and a torn commit") {
  const Scratch scratch;
  const Run run = run_child(one_writer, scratch.store(), Fault::none, 0);
  const auto store = open_sqlite_store(scratch.store(), OpenMode::existing).value();
  auto behind = sqlite::Connection::open(scratch.store()).value();
  REQUIRE(wrong_with(*store, run.messages) == "");
  SUBCASE("lost entry") {
    auto messages = run.messages;
    messages.push_back({What::entry, {}, 5, 6});
    CHECK(wrong_with(*store, messages) == "acknowledged entry 5 is lost");
  }
  SUBCASE("refused entry") {
    auto messages = run.messages;
    messages.push_back({What::no_entry, Errc::disk_full, 1'000});
    CHECK(wrong_with(*store, messages) == "refused entry 1000 is there");
  }
  SUBCASE("lost checkpoint") {
    REQUIRE(behind.execute("delete from checkpoint").has_value());
    CHECK(wrong_with(*store, run.messages) == "an acknowledged checkpoint is lost");
  }
  SUBCASE("torn commit") {
    REQUIRE(behind.execute("delete from document").has_value());
    CHECK(wrong_with(*store, run.messages) == "an entry is there without what it names");
  }
  SUBCASE("lost blob") {
    REQUIRE(behind.execute("delete from blob").has_value());
    CHECK(wrong_with(*store, run.messages) == "an acknowledged blob is lost");
  }
  SUBCASE("changed entry") {
    REQUIRE(behind.execute("update entry set leaf = zeroblob(32) where seq = 2").has_value());
    CHECK(wrong_with(*store, run.messages) == "the entry has another leaf hash entry 2");
  }
}

TEST_CASE("while one process appends, a second one is refused") {
  const Scratch scratch;
  SystemClock clock;
  const auto store = open_sqlite_store(scratch.store(), OpenMode::fresh).value();
  const auto writer = LedgerWriter::open(*store, clock, test_log_key(), {}).value();
  const Run second = run_child(one_writer, scratch.store(), Fault::none, 0);
  REQUIRE(second.messages.size() == 2);
  CHECK(second.messages[0].what == What::refused);
  CHECK(second.messages[0].code == Errc::store_busy);
  CHECK(writer->append(draft_of(1)).value().seq == 0);
  CHECK(wrong_with(*store, {}) == "");
}

TEST_CASE("a process that was stopped and overtaken appends nothing when it wakes") {
  const Scratch scratch;
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t sleeper = fork();
  REQUIRE(sleeper >= 0);
  if (sleeper == 0) {
    const Reporter reporter(ends[1]);
    SystemClock clock;
    const auto store = open_sqlite_store(scratch.store(), OpenMode::fresh).value();
    const auto writer = LedgerWriter::open(*store, clock, test_log_key(), {}).value();
    say_answer(reporter, 1, writer->append(draft_of(1)));
    raise(SIGSTOP);
    say_answer(reporter, 2, writer->append(draft_of(2)));
    reporter.say({What::checkpoint, writer->sign_checkpoint() ? Errc{} : Errc::store_busy, 0, 0});
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(sleeper, &status, WUNTRACED) == sleeper);
  REQUIRE(WIFSTOPPED(status));
  const auto store = open_sqlite_store(scratch.store(), OpenMode::existing).value();
  SystemClock now;
  CHECK(LedgerWriter::open(*store, now, test_log_key(), {}).error().code == Errc::store_busy);
  ManualClock later(now.now() + 60);
  const auto writer = LedgerWriter::open(*store, later, test_log_key(), {}).value();
  CHECK(writer->append(draft_of(3)).value().seq == 1);
  REQUIRE(kill(sleeper, SIGCONT) == 0);
  REQUIRE(waitpid(sleeper, &status, 0) == sleeper);
  Message said[3];
  REQUIRE(read(ends[0], said, sizeof said) == static_cast<ssize_t>(sizeof said));
  CHECK(said[0].what == What::entry);
  CHECK(said[1].what == What::no_entry);
  CHECK(said[1].code == Errc::store_busy);
  CHECK(said[2].code == Errc::store_busy);
  CHECK(writer->append(draft_of(4)).value().seq == 2);
  REQUIRE(writer->sign_checkpoint().has_value());
  CHECK(wrong_with(*store, {said[0]}) == "");
  close(ends[0]);
  close(ends[1]);
}
