// The journal of the agent after a crash or a bad disk: what is read was written, in its order;
// what was only cut short loses nothing that was acknowledged; what cannot be trusted is J1. The
// first octet chooses: octets as they are, records with some damage, or records of a book.
#include "agent/journal.h"

#include "agent/run_book.h"
#include "base/check.h"
#include "crypto/hash.h"
#include "system/memory/memory_system.h"
#include "tests/fuzz/choices.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

constexpr const char* kPath = "/var/journal";

// A host in memory with one journal.
class Desk {
 public:
  Desk() { system.files().put_directory("/var"); }

  void put(Bytes bytes) {
    system.files().put(kPath, std::make_shared<const Bytes>(std::move(bytes)), 0600);
  }

  [[nodiscard]] Bytes bytes() { return system.files().text(kPath); }

  ManualClock clock{1'800'000'000};
  MemorySystem system{clock};
};

Bytes journal_of(const std::vector<Bytes>& records) {
  Desk desk;
  auto journal = Journal::open(desk.system.files(), kPath).value();
  check(journal->append(records).has_value(), "records are appended");
  return desk.bytes();
}

// Opening agrees with parsing, and what was opened goes on.
std::optional<std::vector<Bytes>> recovered(const Bytes& bytes) {
  const auto parsed = parse_journal(bytes);
  Desk desk;
  desk.put(bytes);
  auto journal = Journal::open(desk.system.files(), kPath);
  check(journal.has_value() == parsed.has_value(), "what can be parsed can be opened");
  if (!journal) {
    check(journal.error().code == Errc::refuse_j1, "damage is J1");
    check(desk.bytes() == bytes, "nothing is cut off what is damaged");
    return std::nullopt;
  }
  check((*journal)->records() == parsed->records, "both read the same records");
  check(desk.bytes() == bytes.substr(0, parsed->whole), "what was half there is cut off");
  if (!parsed->records.empty()) {
    check(journal_of(parsed->records) == desk.bytes(), "records have one framing");
  }
  check((*journal)->append("{}").has_value(), "the journal goes on");
  std::vector<Bytes> longer = parsed->records;
  longer.emplace_back("{}");
  check(Journal::open(desk.system.files(), kPath).value()->records() == longer,
        "what was appended behind is read");
  return parsed->records;
}

bool begins_with(const std::vector<Bytes>& whole, const std::vector<Bytes>& part) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

void damage_records(fuzz::Choices& choices) {
  std::vector<Bytes> records;
  const std::size_t count = 1 + choices.below(5);
  for (std::size_t i = 0; i < count; ++i) {
    records.push_back("{\"n\":\"" + std::string(choices.octet(), 'a') + "\"}");
  }
  Bytes bytes = journal_of(records);
  const std::size_t whole = bytes.size();
  if (choices.flag()) {
    // A crash: the end is missing, or of the record that was cut there as zeros.
    const std::size_t cut = choices.below(whole + 1);
    std::size_t cut_end = 0;
    for (std::size_t i = 0; i < records.size() && cut_end < cut; ++i) {
      cut_end += 8 + records[i].size();
    }
    bytes.resize(cut);
    bytes += choices.flag() ? Bytes(choices.below(cut_end - cut + 1), '\0') : "";
    const auto left = recovered(bytes);
    check(left && begins_with(records, *left), "a crash costs the end alone");
    std::size_t end = 0;
    for (std::size_t i = 0; i < records.size(); ++i) {
      end += 8 + records[i].size();
      check(end > cut || i < left->size(), "what was whole is there");
    }
    return;
  }
  // A bad disk: octets are others, none is missing.
  const std::size_t at = choices.below(whole);
  bytes[at] = static_cast<char>(octet(bytes, at) ^ (1U + choices.below(255)));
  const auto left = recovered(bytes);
  check(!left || (begins_with(records, *left) && left->size() + 1 == records.size()),
        "damage is found, or looks like a crash in the last record");
}

// A record that may or may not fit what the book says.
RunRecord chosen_record(fuzz::Choices& choices) {
  const Digest change = sha256(std::string(1, static_cast<char>('a' + choices.below(3))));
  const auto scope = ScopeId::parse(choices.flag() ? "web" : "db").value();
  switch (choices.below(7)) {
    case 0: {
      RunBegun begun;
      begun.at = static_cast<UnixSeconds>(choices.number<std::uint32_t>());
      begun.change = change;
      begun.scope = scope;
      begun.owned = {"file:/a", choices.flag() ? "file:/b" : "file:/a"};
      begun.phase = Name::parse("canary").value();
      if (choices.flag()) {
        begun.counts_for = Name::parse("patches").value();
      }
      return begun;
    }
    case 1:
      return RunMoved{change,
                      choices.flag() ? std::optional<std::int64_t>(choices.octet()) : std::nullopt,
                      choices.flag() ? RunStage::undoing : RunStage::checking,
                      choices.bytes(),
                      std::nullopt};
    case 2:
      return RunEnded{1, change, choices.flag() ? "ok" : "rolled-back", std::nullopt};
    case 3:
      return RunClosed{change};
    case 4:
      return RepairBegun{1, change, 0, {"file:/a"}, scope};
    case 5:
      return ReportMade{choices.octet()};
    default:
      return OutcomeTold{change, choices.flag() ? "ok" : "stale"};
  }
}

std::string picture(const RunBook& book) {
  std::string text = encode_record(book.memory()) + std::to_string(book.reports());
  for (const auto& [change, run] : book.runs()) {
    text += encode_record(run.begun) + (run.ended ? encode_record(*run.ended) : "") +
            (run.undoing ? "undoing" : "");
  }
  for (const auto& [scope, repair] : book.repairs()) {
    text += encode_record(repair);
  }
  for (const Digest& change : book.untold()) {
    text += change.text();
  }
  return text;
}

void tell_story(fuzz::Choices& choices) {
  Desk desk;
  auto book = RunBook::open(desk.system.files(), kPath).value();
  while (!choices.at_end()) {
    const std::string before = picture(*book);
    const bool written = book->write(chosen_record(choices)).has_value();
    check(written || picture(*book) == before, "what was not journalled did not happen");
    if (choices.below(4) == 0) {
      check(book->shorten(0).has_value(), "a journal can be shortened");
    }
  }
  const std::string living = picture(*book);
  book.reset();
  desk.system.lose_power();
  check(picture(*RunBook::open(desk.system.files(), kPath).value()) == living,
        "read again, the journal says what the living book said");
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices(data, size);
  switch (choices.below(3)) {
    case 0: {
      const Bytes bytes = choices.rest();
      recovered(bytes);
      Desk desk;
      desk.put(bytes);
      const auto book = RunBook::open(desk.system.files(), kPath);
      check(book || book.error().code == Errc::refuse_j1, "a book that cannot be read is J1");
      const Bytes kept = desk.bytes();
      const auto remains = book ? RunBook::open(desk.system.files(), kPath)
                                : RunBook::open_damaged(desk.system.files(), kPath, book.error());
      check(remains && (*remains)->damage().has_value() == !book.has_value(),
            "of a damaged one is read what can be made out");
      check(desk.bytes() == kept, "and nothing is written to it");
      return 0;
    }
    case 1:
      damage_records(choices);
      return 0;
    default:
      tell_story(choices);
      return 0;
  }
}
