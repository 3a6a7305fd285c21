#include "agent/journal.h"

#include <optional>

#include <boost/crc.hpp>

#include "base/check.h"

namespace twoseal {
namespace {

constexpr std::size_t kHead = 8;
constexpr std::uint32_t kPrivate = 0600;

void put_u32(Bytes& out, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>((number >> shift) & 0xff);
  }
}

std::uint32_t get_u32(BytesView bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    number = number << 8 | octet(bytes, at + i);
  }
  return number;
}

Bytes framed(std::span<const Bytes> records) {
  Bytes out;
  for (const Bytes& record : records) {
    put_u32(out, static_cast<std::uint32_t>(record.size()));
    put_u32(out, crc32c(record));
    out += record;
  }
  return out;
}

std::unexpected<Error> damaged(std::size_t at, std::string_view what) {
  return fail(Errc::refuse_j1, std::string(what), "journal octet " + std::to_string(at));
}

// The record that `bytes` begin with; nothing when it is not whole. No record is empty.
std::optional<BytesView> first_record(BytesView bytes) {
  const std::size_t length = bytes.size() < kHead ? 0 : get_u32(bytes, 0);
  if (length == 0 || length > kJournalRecordMax || length > bytes.size() - kHead) {
    return std::nullopt;
  }
  const BytesView record = bytes.substr(kHead, length);
  return crc32c(record) == get_u32(bytes, 4) ? std::optional(record) : std::nullopt;
}

// What has no whole record at its beginning was cut by a crash only when it was written last: it
// goes to the end of the file, and no whole record follows. A damaged length would else take every
// record behind it along. Zeros are a file that grew before its bytes were written. A length begins
// with an octet of 0 or 1 and the texts in records hold no such one, so hardly a place is tried.
Result<void> check_cut(BytesView rest, std::size_t at) {
  if (rest.size() < kHead || rest.find_first_not_of('\0') == BytesView::npos) {
    return {};
  }
  const std::size_t length = get_u32(rest, 0);
  if (length == 0 || length > kJournalRecordMax) {
    return damaged(at, "a record has a length that is never written");
  }
  if (length < rest.size() - kHead) {
    return damaged(at, "a record has another check sum");
  }
  for (std::size_t i = 1; i + kHead < rest.size(); ++i) {
    if (first_record(rest.substr(i))) {
      return damaged(at, "a record reaches into the next one");
    }
  }
  return {};
}

// Errc::too_large for what could not be read again.
Result<void> check_sizes(std::span<const Bytes> records, const std::string& path) {
  for (const Bytes& record : records) {
    check(!record.empty(), "no record is empty");
    if (record.size() > kJournalRecordMax) {
      return fail(Errc::too_large, "a record is longer than the journal takes", path);
    }
  }
  return {};
}

}  // namespace

std::uint32_t crc32c(BytesView bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> sum;
  sum.process_bytes(bytes.data(), bytes.size());
  return sum.checksum();
}

Result<JournalText> parse_journal(BytesView bytes) {
  JournalText text;
  while (text.whole < bytes.size()) {
    const BytesView rest = bytes.substr(text.whole);
    const auto record = first_record(rest);
    if (!record) {
      TWOSEAL_TRY_VOID(check_cut(rest, text.whole));
      break;
    }
    text.records.emplace_back(*record);
    text.whole += kHead + record->size();
  }
  return text;
}

JournalRemains remains_of_journal(BytesView bytes) {
  JournalRemains remains;
  bool is_damaged = false;
  for (std::size_t at = 0; at < bytes.size();) {
    if (const auto record = first_record(bytes.substr(at))) {
      (is_damaged ? remains.behind : remains.before).emplace_back(*record);
      at += kHead + record->size();
    } else {
      is_damaged = true;
      ++at;
    }
  }
  return remains;
}

Result<std::unique_ptr<Journal>> Journal::open(FileSystem& files, std::string path) {
  std::unique_ptr<Journal> journal(new Journal(files, std::move(path)));
  TWOSEAL_TRY(journal->file_, files.append_to(journal->path_));
  TWOSEAL_TRY(const FileBytes read, files.read(journal->path_, kJournalMax));
  TWOSEAL_TRY(JournalText text, parse_journal(read.bytes));
  if (text.whole < read.bytes.size()) {
    TWOSEAL_TRY_VOID(journal->file_->truncate(text.whole));
    TWOSEAL_TRY_VOID(journal->file_->sync());
  }
  journal->records_ = std::move(text.records);
  return journal;
}

Result<void> Journal::append(std::span<const Bytes> records) {
  if (broken_) {
    return fail(Errc::sync_failed, "an earlier record is not known to be on the disk", path_);
  }
  TWOSEAL_TRY_VOID(check_sizes(records, path_));
  const std::uint64_t before = file_->size();
  const Bytes bytes = framed(records);
  if (before + bytes.size() > kJournalMax) {
    return fail(Errc::refuse_j1, "the journal has reached its largest size", path_);
  }
  if (auto appended = file_->append(bytes); !appended) {
    // What is there of it has no whole record at its end; cut it off, or the next one would follow
    // a torn one.
    broken_ = !file_->truncate(before);
    return appended;
  }
  if (auto synced = file_->sync(); !synced) {
    broken_ = true;
    return synced;
  }
  return {};
}

Result<void> Journal::rewrite(std::span<const Bytes> records) {
  if (broken_) {
    return fail(Errc::sync_failed, "an earlier record is not known to be on the disk", path_);
  }
  TWOSEAL_TRY_VOID(check_sizes(records, path_));
  FileChange change;
  change.act = FileAct::write;
  change.path = path_;
  change.bytes = std::make_shared<const Bytes>(framed(records));
  change.mode = kPrivate;
  if (change.bytes->size() > kJournalMax) {
    return fail(Errc::too_large, "what is to be remembered is longer than a journal", path_);
  }
  TWOSEAL_TRY(change.before, files_.look(path_));
  if (auto written = files_.apply({&change, 1}); !written) {
    broken_ = written.error().code == Errc::sync_failed;
    return written;
  }
  // The open file is the old one, which has no name any more: nothing may go there.
  auto reopened = files_.append_to(path_);
  if (!reopened) {
    broken_ = true;
    return std::unexpected(std::move(reopened).error());
  }
  file_ = *std::move(reopened);
  return {};
}

}  // namespace twoseal
