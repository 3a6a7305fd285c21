#include "codec/archive.h"

#include <algorithm>
#include <array>

namespace twoseal::codec {
namespace {

constexpr std::uint32_t kLocalMagic = 0x04034b50;
constexpr std::uint32_t kCentralMagic = 0x02014b50;
constexpr std::uint32_t kEndMagic = 0x06054b50;
constexpr std::size_t kLocalSize = 30;
constexpr std::uint32_t kVersion = 10;  // stored files need no more
constexpr std::uint32_t kMadeByUnix = 0x030A;
constexpr std::uint32_t kEpochDate = 0x0021;  // 1980-01-01, the first day that zip knows
constexpr std::uint32_t kMode = 0100644U << 16U;

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value & 1U) != 0 ? 0xEDB88320U ^ (value >> 1U) : value >> 1U;
    }
    table[i] = value;
  }
  return table;
}

constexpr auto kCrc = crc_table();

std::uint32_t crc32(BytesView bytes) {
  std::uint32_t value = 0xFFFFFFFFU;
  for (const char c : bytes) {
    value = kCrc[(value ^ static_cast<std::uint8_t>(c)) & 0xFFU] ^ (value >> 8U);
  }
  return value ^ 0xFFFFFFFFU;
}

void put16(Bytes& out, std::uint32_t value) {
  out.push_back(static_cast<char>(value & 0xFFU));
  out.push_back(static_cast<char>((value >> 8U) & 0xFFU));
}

void put32(Bytes& out, std::uint32_t value) {
  put16(out, value & 0xFFFFU);
  put16(out, value >> 16U);
}

std::uint32_t get(BytesView bytes, std::size_t at, std::size_t width) {
  std::uint32_t value = 0;
  for (std::size_t i = width; i > 0; --i) {
    value = (value << 8U) | octet(bytes, at + i - 1);
  }
  return value;
}

// The fields that local and central headers share, from `version needed` to `extra length`.
void put_common(Bytes& out, const std::string& path, const Bytes& content, std::uint32_t crc) {
  put16(out, kVersion);
  put16(out, 0);  // flags
  put16(out, 0);  // stored
  put16(out, 0);  // time
  put16(out, kEpochDate);
  put32(out, crc);
  put32(out, static_cast<std::uint32_t>(content.size()));
  put32(out, static_cast<std::uint32_t>(content.size()));
  put16(out, static_cast<std::uint32_t>(path.size()));
  put16(out, 0);  // extra
}

Result<void> check_files(const ArchiveFiles& files) {
  std::size_t total = 0;
  for (const auto& [path, content] : files) {
    if (!is_archive_path(path)) {
      return fail(Errc::bad_zip, "'" + path.substr(0, kArchivePathMax) + "' is not a plain path");
    }
    total += content.size() + 2 * path.size() + 128;
  }
  if (files.size() > kArchiveFilesMax) {
    return fail(Errc::bad_zip, "more than " + std::to_string(kArchiveFilesMax) + " files");
  }
  if (total > kArchiveMax) {
    return fail(Errc::too_large, "more than " + std::to_string(kArchiveMax) + " bytes");
  }
  return {};
}

}  // namespace

bool is_archive_path(std::string_view path) {
  if (path.empty() || path.size() > kArchivePathMax) {
    return false;
  }
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    const bool plain = std::all_of(part.begin(), part.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '.' || c == '_' || c == '-';
    });
    if (!plain || part.empty() || part == "." || part == "..") {
      return false;
    }
    begin = end + 1;
  }
  return true;
}

Result<Bytes> write_archive(const ArchiveFiles& files) {
  TWOSEAL_TRY_VOID(check_files(files));
  Bytes out;
  Bytes central;
  for (const auto& [path, content] : files) {
    const std::uint32_t crc = crc32(content);
    put32(central, kCentralMagic);
    put16(central, kMadeByUnix);
    put_common(central, path, content, crc);
    put16(central, 0);  // comment
    put16(central, 0);  // disk
    put16(central, 0);  // internal attributes
    put32(central, kMode);
    put32(central, static_cast<std::uint32_t>(out.size()));
    central += path;
    put32(out, kLocalMagic);
    put_common(out, path, content, crc);
    out += path;
    out += content;
  }
  const auto count = static_cast<std::uint32_t>(files.size());
  const auto offset = static_cast<std::uint32_t>(out.size());
  out += central;
  put32(out, kEndMagic);
  put32(out, 0);  // disks
  put16(out, count);
  put16(out, count);
  put32(out, static_cast<std::uint32_t>(central.size()));
  put32(out, offset);
  put16(out, 0);  // comment
  return out;
}

Result<ArchiveFiles> read_archive(BytesView bytes) {
  if (bytes.size() > kArchiveMax) {
    return fail(Errc::too_large,
                std::to_string(bytes.size()) + " bytes; at most " + std::to_string(kArchiveMax));
  }
  ArchiveFiles files;
  std::size_t at = 0;
  while (bytes.size() - at >= kLocalSize && get(bytes, at, 4) == kLocalMagic) {
    const std::size_t size = get(bytes, at + 18, 4);
    const std::size_t path_size = get(bytes, at + 26, 2);
    const std::string where = "byte " + std::to_string(at);
    if (size > bytes.size() || bytes.size() - at - kLocalSize < path_size + size) {
      return fail(Errc::bad_zip, "the file is cut off", where);
    }
    std::string path(bytes.substr(at + kLocalSize, path_size));
    if (!is_archive_path(path) || files.size() >= kArchiveFilesMax) {
      return fail(Errc::bad_zip, "an entry has no plain path, or there are too many", where);
    }
    if (!files.empty() && path <= files.rbegin()->first) {
      return fail(Errc::bad_zip, "entries do not ascend by path", where);
    }
    files.emplace(std::move(path), bytes.substr(at + kLocalSize + path_size, size));
    at += kLocalSize + path_size + size;
  }
  // Everything that was not looked at above, header by header, is compared with what would be
  // written for these files.
  TWOSEAL_TRY(const Bytes expected, write_archive(files));
  if (expected != bytes) {
    const auto differs =
        std::mismatch(expected.begin(), expected.end(), bytes.begin(), bytes.end()).first;
    return fail(Errc::bad_zip,
                "not the zip that twoseal writes for these files",
                "byte " + std::to_string(differs - expected.begin()));
  }
  return files;
}

}  // namespace twoseal::codec
