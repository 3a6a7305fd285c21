// Lines of /etc/passwd, shadow, group and gshadow: fields divided by colons, one account a line.
// Every other byte of the file stays as it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace twoseal {

/// Fields of the line that begins with `name:`; the first one counts.
[[nodiscard]] std::optional<std::vector<std::string>> find_account_line(BytesView database,
                                                                        std::string_view name);

/// The name of the first line whose third field is `id`.
[[nodiscard]] std::optional<std::string> find_account_name(BytesView database, std::uint32_t id);

/// A plain decimal number up to 4294967294.
[[nodiscard]] std::optional<std::uint32_t> account_number(std::string_view text);

/// Every third field that is a number.
[[nodiscard]] std::vector<std::uint32_t> account_numbers(BytesView database);

/// Names of all lines, in their order.
[[nodiscard]] std::vector<std::string> account_names(BytesView database);

/// The database with the line of `fields[0]` in the place of the one that was there, or at the end.
[[nodiscard]] Bytes with_account_line(BytesView database, const std::vector<std::string>& fields);

/// The database without every line of `name`.
[[nodiscard]] Bytes without_account_line(BytesView database, std::string_view name);

/// Texts divided by commas; none for an empty field.
[[nodiscard]] std::vector<std::string> split_members(std::string_view field);

[[nodiscard]] std::string join_members(const std::vector<std::string>& members);

}  // namespace twoseal
