#include "system/facts.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace twoseal {
namespace {

constexpr std::size_t kFactTextMax = 256;

constexpr std::array<std::string_view, 12> kFacts = {"arch",
                                                     "cpu.count",
                                                     "domain",
                                                     "fqdn",
                                                     "hostname",
                                                     "ipv4.default",
                                                     "ipv6.default",
                                                     "kernel.release",
                                                     "machine_id_present",
                                                     "memory.bytes",
                                                     "os.id",
                                                     "os.version"};

}  // namespace

bool is_fact(std::string_view name) {
  return std::find(kFacts.begin(), kFacts.end(), name) != kFacts.end();
}

bool is_fact_text(std::string_view text) {
  return !text.empty() && text.size() <= kFactTextMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("._:/-").find(c) != std::string_view::npos;
         });
}

}  // namespace twoseal
