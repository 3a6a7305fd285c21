#include "agent/journal.h"

#include <array>

#include <boost/crc.hpp>

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

}  // namespace

std::uint32_t crc32c(BytesView bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> sum;
  sum.process_bytes(bytes.data(), bytes.size());
  return sum.checksum();
}

Result<JournalText> parse_journal(BytesView bytes) {
  JournalText text;
  std::size_t at = 0;
  while (bytes.size() - at >= kHead) {
    const std::size_t length = get_u32(bytes, at);
    if (length > kJournalRecordMax) {
      return damaged(at, "a record is longer than any that is written");
    }
    if (bytes.size() - at - kHead < length) {
      break;
    }
    const BytesView record = bytes.substr(at + kHead, length);
    const bool is_last = at + kHead + length == bytes.size();
    if (crc32c(record) != get_u32(bytes, at + 4)) {
      // Only what was written last can be half there.
      if (is_last) {
        break;
      }
      return damaged(at, "a record has another check sum");
    }
    text.records.emplace_back(record);
    at += kHead + length;
    text.whole = at;
  }
  return text;
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
  FileChange change;
  change.act = FileAct::write;
  change.path = path_;
  change.bytes = std::make_shared<const Bytes>(framed(records));
  change.mode = kPrivate;
  TWOSEAL_TRY(change.before, files_.look(path_));
  file_.reset();
  const auto written = files_.apply({&change, 1});
  TWOSEAL_TRY(file_, files_.append_to(path_));
  broken_ = !written && written.error().code == Errc::sync_failed;
  return written;
}

}  // namespace twoseal
