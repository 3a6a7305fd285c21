#include "cli/compliance/given_values.h"

#include <optional>
#include <set>

namespace twoseal::cli {
namespace {

constexpr std::size_t kNamesMax = 40;  // in a message

std::string names_of(const scap::Benchmark& benchmark) {
  std::string names;
  for (std::size_t i = 0; i < benchmark.values.size(); ++i) {
    if (i == kNamesMax) {
      return names + ", …";
    }
    const scap::Text id = benchmark.values[i].id;
    const std::size_t at = id.find("_value_");
    names += (i == 0 ? "" : ", ") +
             std::string(
                 at == scap::Text::npos ? id : id.substr(at + std::string_view("_value_").size()));
  }
  return names;
}

// The index of the one that has this id, else of the only one whose id ends in it.
Result<std::size_t> find_value(const scap::Benchmark& benchmark, const std::string& id) {
  const auto& values = benchmark.values;
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].id == id) {
      return i;
    }
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i].id.ends_with("_value_" + id)) {
      continue;
    }
    if (found) {
      return fail(Errc::usage,
                  "'" + id + "' may be " + std::string(values[*found].id) + " or " +
                      std::string(values[i].id),
                  {},
                  "give the whole id");
    }
    found = i;
  }
  if (!found) {
    return fail(
        Errc::usage,
        "the benchmark has no value '" + id + "'",
        {},
        values.empty() ? "it has no values at all" : "its values are: " + names_of(benchmark));
  }
  return *found;
}

}  // namespace

Result<void> give_values(const std::vector<std::string>& given,
                         const scap::Benchmark& benchmark,
                         scap::TextArena& texts,
                         scap::Selection& selection) {
  std::set<std::size_t> seen;
  for (const std::string& each : given) {
    const std::size_t equals = each.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(Errc::usage, "--value wants ID=TEXT, not '" + each + "'");
    }
    const std::string id = each.substr(0, equals);
    TWOSEAL_TRY(const std::size_t index, find_value(benchmark, id));
    scap::SelectedValue& value = selection.values[index];
    if (seen.insert(index).second) {
      value = {};
    }
    value.values.push_back(texts.keep(std::string_view(each).substr(equals + 1)));
  }
  return {};
}

}  // namespace twoseal::cli
