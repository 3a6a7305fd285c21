// What a host says of itself: the closed list that templates may read.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>

namespace twoseal {

using FactValue = std::variant<bool, std::int64_t, std::string>;

/// By name: `cpu.count`, `hostname`, `kernel.release`, `memory.bytes`, `os.id`, `os.version`,
/// `arch`, `domain`, `fqdn`, `machine_id_present`, `ipv4.default`, `ipv6.default`. Texts consist of
/// [A-Za-z0-9._:/-]; what does not is left out, as is what the host does not know.
using Facts = std::map<std::string, FactValue, std::less<>>;

/// Whether `name` is on the closed list.
[[nodiscard]] bool is_fact(std::string_view name);

/// Whether `text` consists of the characters that a fact may have, and is at most 256 of them.
[[nodiscard]] bool is_fact_text(std::string_view text);

}  // namespace twoseal
