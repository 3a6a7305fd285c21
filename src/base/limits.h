// Everything that grows has a limit. Sizes in bytes, counts in items, times in seconds.
#pragma once

#include <cstddef>
#include <cstdint>

namespace twoseal::limits {

inline constexpr std::size_t kObjectMax = std::size_t{16} * 1024 * 1024;  ///< one canonical object
inline constexpr std::size_t kEntryMax = 60'000;                          ///< one ledger entry
inline constexpr std::size_t kDepthMax = 32;  ///< nesting; the outermost object is 1
inline constexpr std::int64_t kIntegerMax = (std::int64_t{1} << 53) - 1;

inline constexpr std::size_t kTextMax =
    std::size_t{16} * 1024;                        ///< a free text: summary, why, note
inline constexpr std::size_t kListMax = 65'536;    ///< items of a list that has no own limit
inline constexpr std::size_t kSmallListMax = 256;  ///< roles, keys, labels, phases, needs
inline constexpr std::size_t kPeopleMax = 4'096;   ///< people of a roster
inline constexpr std::size_t kRecordMax = std::size_t{64} * 1024;     ///< one signature record
inline constexpr std::size_t kStatementMax = std::size_t{32} * 1024;  ///< one statement
inline constexpr std::size_t kStatementsMax = 65'536;  ///< signature records of one decision
inline constexpr std::size_t kChainMax = 256;          ///< versions walked in one contact
inline constexpr std::size_t kCheckpointMax = std::size_t{16} * 1024;  ///< one signed note
inline constexpr std::size_t kBlobMax = std::size_t{64} * 1024 * 1024;
inline constexpr std::size_t kNonceSize = 16;

inline constexpr std::int64_t kDay = 86'400;
inline constexpr std::int64_t kClockSkew = 300;         ///< how far a signer's clock may run ahead
inline constexpr std::int64_t kStatementAgeMax = kDay;  ///< between signing and recording
inline constexpr std::int64_t kStopMax = 30 * kDay;
inline constexpr std::int64_t kOnceWindowMax = 30 * kDay;
inline constexpr std::int64_t kTtlMax = 7 * kDay;

}  // namespace twoseal::limits
