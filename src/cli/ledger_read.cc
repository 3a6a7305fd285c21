// twoseal ledger prove, verify: what needs no key but the public one.
#include <algorithm>
#include <charconv>

#include "base/limits.h"
#include "base/os_file.h"
#include "cli/ledger_store.h"
#include "cli/verb_list.h"
#include "codec/objects.h"
#include "ledger/merkle.h"

namespace twoseal::cli {
namespace {

Result<std::uint64_t> parse_count(const std::string& text, std::string_view flag) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() ||
      std::cmp_greater(number, limits::kIntegerMax)) {
    return fail(Errc::usage, std::string(flag) + " takes a number, not '" + text + "'");
  }
  return number;
}

// --- prove ---

// Where the entry of statement `digest` stands; a plumbing verb may read the log from its end.
Result<std::uint64_t> index_of(const Store& store, const Digest& digest, std::uint64_t size) {
  for (std::uint64_t index = size; index-- > 0;) {
    TWOSEAL_TRY(const auto entries, store.entries(index, 1));
    TWOSEAL_TRY(const LedgerEntry entry,
                codec::decode<LedgerEntry>(entries.front().bytes, limits::kEntryMax));
    if (entry.stmt == digest) {
      return index;
    }
  }
  return fail(Errc::not_found,
              "the first " + std::to_string(size) + " entries have none of " + digest.text());
}

Result<Report> prove_entry(const Store& store, std::uint64_t index, std::uint64_t size) {
  TWOSEAL_TRY(auto path, inclusion_proof(nodes_of_store(store, size), index, size));
  TWOSEAL_TRY(const auto entries, store.entries(index, 1));
  const InclusionProof proof{entries.front().bytes,
                             static_cast<std::int64_t>(index),
                             std::move(path),
                             static_cast<std::int64_t>(size)};
  Report report;
  report.bytes = codec::encode(proof);
  report.fields = {{"index", index}, {"size", size}, {"proof", *report.bytes}};
  return report;
}

Result<Report> prove_growth(const Store& store, std::uint64_t from, std::uint64_t size) {
  TWOSEAL_TRY(auto path, consistency_proof(nodes_of_store(store, size), from, size));
  const ConsistencyProof proof{
      static_cast<std::int64_t>(from), std::move(path), static_cast<std::int64_t>(size)};
  Report report;
  report.bytes = codec::encode(proof);
  report.fields = {{"from", from}, {"size", size}, {"proof", *report.bytes}};
  return report;
}

Result<Report> run_prove(const Arguments& arguments, const Session&) {
  if (arguments.has("--statement") + arguments.has("--index") + arguments.has("--from") != 1) {
    return fail(Errc::usage, "give one of --statement, --index and --from");
  }
  const std::string path = arguments.text("--store");
  TWOSEAL_TRY(const auto store, open_store(path, OpenMode::reading));
  TWOSEAL_TRY(const auto saved, in_store(store->newest_checkpoint(), path));
  std::uint64_t size = saved ? saved->size : 0;
  if (const auto text = arguments.find("--size")) {
    TWOSEAL_TRY(size, parse_count(*text, "--size"));
  }
  TWOSEAL_TRY(const LedgerHead head, in_store(store->head(), path));
  if (size > head.size) {
    return fail(Errc::bad_proof, "the log has only " + std::to_string(head.size) + " entries");
  }
  if (const auto text = arguments.find("--from")) {
    TWOSEAL_TRY(const std::uint64_t from, parse_count(*text, "--from"));
    return prove_growth(*store, from, size);
  }
  std::uint64_t index = 0;
  if (const auto text = arguments.find("--index")) {
    TWOSEAL_TRY(index, parse_count(*text, "--index"));
  } else {
    TWOSEAL_TRY(const Digest digest, Digest::parse(arguments.text("--statement")));
    TWOSEAL_TRY(index, index_of(*store, digest, size));
  }
  return prove_entry(*store, index, size);
}

// --- verify ---

Result<NoteKey> public_log_key(const Arguments& arguments) {
  return NoteKey::parse(arguments.text("--vkey"));
}

Result<Checkpoint> read_checkpoint(const std::string& path, const NoteKey& key) {
  TWOSEAL_TRY(const Bytes note, read_file(path, limits::kCheckpointMax));
  auto checkpoint = open_checkpoint(note, key.name(), std::span(&key, 1));
  if (!checkpoint) {
    checkpoint.error().where = path;
  }
  return checkpoint;
}

Result<void> check_inclusion(const InclusionProof& proof, const Checkpoint& checkpoint) {
  if (std::cmp_not_equal(proof.size, checkpoint.size)) {
    return fail(Errc::bad_proof,
                "the proof is for " + std::to_string(proof.size) + " entries, the checkpoint for " +
                    std::to_string(checkpoint.size));
  }
  TWOSEAL_TRY(const LedgerEntry entry, codec::decode<LedgerEntry>(proof.entry, limits::kEntryMax));
  if (entry.seq != proof.index) {
    return fail(Errc::bad_proof, "the entry says to be entry " + std::to_string(entry.seq));
  }
  return verify_inclusion(leaf_hash(proof.entry),
                          static_cast<std::uint64_t>(proof.index),
                          checkpoint.size,
                          proof.path,
                          checkpoint.root);
}

Result<void> check_growth(const ConsistencyProof& proof,
                          const Checkpoint& old,
                          const Checkpoint& checkpoint) {
  if (std::cmp_not_equal(proof.size, checkpoint.size) || std::cmp_not_equal(proof.from, old.size)) {
    return fail(Errc::bad_proof, "the proof is for other sizes than the two checkpoints");
  }
  return verify_consistency(old.size, checkpoint.size, proof.path, old.root, checkpoint.root);
}

Result<Report> verify_proof(const Arguments& arguments) {
  if (!arguments.has("--checkpoint")) {
    return fail(Errc::usage, "a proof is checked against --checkpoint FILE");
  }
  TWOSEAL_TRY(const NoteKey key, public_log_key(arguments));
  TWOSEAL_TRY(const Checkpoint checkpoint, read_checkpoint(arguments.text("--checkpoint"), key));
  const std::string path = arguments.text("--proof");
  TWOSEAL_TRY(const Bytes bytes, read_file(path));
  Result<void> checked;
  std::string what;
  if (const auto old_path = arguments.find("--old")) {
    TWOSEAL_TRY(const Checkpoint old, read_checkpoint(*old_path, key));
    TWOSEAL_TRY(const ConsistencyProof proof, codec::decode<ConsistencyProof>(bytes));
    checked = check_growth(proof, old, checkpoint);
    what = "the log of " + std::to_string(old.size) + " entries is the beginning of this one";
  } else {
    TWOSEAL_TRY(const InclusionProof proof, codec::decode<InclusionProof>(bytes));
    checked = check_inclusion(proof, checkpoint);
    what = "the entry stands at " + std::to_string(proof.index);
  }
  if (!checked) {
    checked.error().where = path;
    return std::unexpected(std::move(checked).error());
  }
  return Report{"verified  " + what + " of " + std::to_string(checkpoint.size) + " entries\n",
                {{"verified", true}, {"size", checkpoint.size}, {"root", checkpoint.root.text()}},
                {},
                Exit::done};
}

Result<Report> run_verify(const Arguments& arguments, const Session&) {
  if (arguments.has("--store") == arguments.has("--proof")) {
    return fail(Errc::usage, "give either --store or --proof");
  }
  if (arguments.has("--proof")) {
    return verify_proof(arguments);
  }
  TWOSEAL_TRY(const NoteKey key, public_log_key(arguments));
  const std::string path = arguments.text("--store");
  TWOSEAL_TRY(const auto store, open_store(path, OpenMode::reading));
  const auto checked = check_ledger(*store, key.name(), std::span(&key, 1));
  if (!checked) {
    return std::unexpected(in_file(checked.error(), path));
  }
  const LedgerReport& found = *checked;
  if (!found.checkpoint) {
    return no_checkpoint(Errc::bad_note, path);
  }
  const std::uint64_t open = found.size - found.checkpoint->size;
  std::string text = "verified  " + std::to_string(found.checkpoint->size) + " entries, root " +
                     found.checkpoint->root.text() + "\n";
  if (open > 0) {
    text += "unsigned  " + std::to_string(open) + " entries after the newest checkpoint\n";
  }
  return Report{text,
                {{"verified", true},
                 {"size", found.size},
                 {"root", found.root.text()},
                 {"signed", found.checkpoint->size}},
                {},
                open > 0 ? Exit::pending : Exit::done};
}

constexpr Flag kProveFlags[] = {
    {"--store", "FILE", "the ledger", true},
    {"--statement", "DIGEST", "prove that the entry of this statement is in the log"},
    {"--index", "N", "prove that entry N is in the log"},
    {"--from", "N", "prove that the log of N entries is the beginning of this one"},
    {"--size", "N", "prove it for the first N entries, instead of the newest checkpoint's"},
};
constexpr Flag kVerifyFlags[] = {
    {"--vkey", "VKEY", "the public key of the log, as it stands in the roster", true},
    {"--store", "FILE", "check the whole ledger"},
    {"--proof", "FILE", "check one proof that ledger prove made"},
    {"--checkpoint", "FILE", "with --proof: the checkpoint it leads to"},
    {"--old", "FILE", "with --proof of growth: the checkpoint it begins with"},
};
constexpr std::string_view kProveExamples[] = {
    "twoseal ledger prove --store ledger.db --index 4 -o proof.json",
    "twoseal ledger prove --store ledger.db --from 3"};
constexpr std::string_view kVerifyExamples[] = {
    "twoseal ledger verify --store ledger.db --vkey \"$VKEY\"",
    "twoseal ledger verify --proof proof.json --checkpoint checkpoint.txt --vkey \"$VKEY\""};
constexpr Exit kProveExits[] = {Exit::verification_failed,
                                Exit::bad_data,
                                Exit::no_input,
                                Exit::unavailable,
                                Exit::permission,
                                Exit::configuration};
constexpr Exit kVerifyExits[] = {Exit::verification_failed,
                                 Exit::pending,
                                 Exit::bad_data,
                                 Exit::no_input,
                                 Exit::unavailable,
                                 Exit::permission,
                                 Exit::configuration};

}  // namespace

const Verb kLedgerProve = {
    "ledger prove",
    Group::ledger,
    "prove that an entry is in the ledger, or that the ledger only grew",
    "Prints a Merkle proof as canonical JSON. Together with a checkpoint of the same size it "
    "convinces anybody who has the public key of the log, without the ledger.",
    {},
    kProveFlags,
    kProveExamples,
    kProveExits,
    OutputFile::report,
    run_prove,
};

const Verb kLedgerVerify = {
    "ledger verify",
    Group::ledger,
    "check a ledger or a proof with the public key of the log",
    "With --store every entry is hashed again: its bytes, its place, its time, and the root that "
    "the newest checkpoint signs. Entries after that checkpoint end with exit 8. With --proof one "
    "proof is checked, without the ledger.",
    {},
    kVerifyFlags,
    kVerifyExamples,
    kVerifyExits,
    OutputFile::report,
    run_verify,
};

}  // namespace twoseal::cli
