// What an inspection asks the database of rpm: packages, and what each says of its files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace twoseal {

struct RpmPackage {
  std::string name;
  std::string arch;  ///< empty for keys, which have none
  std::optional<std::uint64_t> epoch;
  std::string version;
  std::string release;
  std::string signer;        ///< the key of the signature: 16 hexadecimal digits, or `0`
  std::uint32_t number = 0;  ///< of the database
};

/// A file as its package brought it. `mode` has the kind too, as stat(2) tells it; `digest`: in
/// small hexadecimal digits, empty for what has none.
struct RpmFile {
  std::string path;
  std::uint32_t mode = 0;
  std::string user;
  std::string group;
  std::uint64_t size = 0;
  std::int64_t modified = 0;  ///< seconds since 1970
  std::string digest;
  std::string algorithm;      ///< of the digest, as named_hash() knows it; empty for others
  std::string link;           ///< where a link leads
  std::uint64_t device = 0;   ///< of a device file
  bool is_installed = true;   ///< false: another package took its place, or it was left out
  std::uint32_t flags = 0;    ///< RpmFileFlag
  std::uint32_t checked = 0;  ///< RpmFileCheck: what may be verified of it
};

/// Bits of RpmFile::flags, as rpm numbers them.
namespace rpm_file_flag {
inline constexpr std::uint32_t kConfiguration = 1U << 0U;
inline constexpr std::uint32_t kDocumentation = 1U << 1U;
inline constexpr std::uint32_t kGhost = 1U << 6U;
inline constexpr std::uint32_t kLicense = 1U << 7U;
inline constexpr std::uint32_t kReadme = 1U << 8U;
}  // namespace rpm_file_flag

/// Bits of RpmFile::checked, as rpm numbers them.
namespace rpm_file_check {
inline constexpr std::uint32_t kDigest = 1U << 0U;
inline constexpr std::uint32_t kSize = 1U << 1U;
inline constexpr std::uint32_t kLink = 1U << 2U;
inline constexpr std::uint32_t kUser = 1U << 3U;
inline constexpr std::uint32_t kGroup = 1U << 4U;
inline constexpr std::uint32_t kModified = 1U << 5U;
inline constexpr std::uint32_t kMode = 1U << 6U;
inline constexpr std::uint32_t kDevice = 1U << 7U;
inline constexpr std::uint32_t kCapabilities = 1U << 8U;
}  // namespace rpm_file_check

/// Errc::library_missing without librpm, Errc::io_failed when the database cannot be read.
class RpmBook {
 public:
  virtual ~RpmBook() = default;

  RpmBook() = default;
  RpmBook(const RpmBook&) = delete;
  RpmBook& operator=(const RpmBook&) = delete;

  /// Of a database that lies in this directory of the host, which has no links on its way.
  [[nodiscard]] virtual Result<std::vector<RpmPackage>> packages(const std::string& database) = 0;

  [[nodiscard]] virtual Result<std::vector<RpmFile>> files(const std::string& database,
                                                           const RpmPackage& package) = 0;
};

}  // namespace twoseal
