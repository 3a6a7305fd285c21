#include "bench/report.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "base/json.h"

namespace twoseal::bench {
namespace {

std::string text(std::optional<double> value) {
  if (!value) {
    return "-";
  }
  return *value >= 1'000 ? fmt::format("{:.0f}", *value) : fmt::format("{:.4g}", *value);
}

std::string json(std::optional<double> value) {
  return value ? fmt::format("{:.6g}", *value) : "null";
}

}  // namespace

std::optional<double> Figure::ratio() const {
  return reference && *reference != 0 ? std::optional(ours / *reference) : std::nullopt;
}

std::optional<bool> Figure::met() const {
  if (!goal) {
    return std::nullopt;
  }
  return side == Goal::at_least ? ours >= *goal : ours <= *goal;
}

int report(const std::string& name, const std::vector<Figure>& figures) {
  std::size_t width = 4;
  for (const Figure& figure : figures) {
    width = std::max(width, figure.what.size() + figure.unit.size() + 2);
  }
  fmt::print("{}\n  {:<{}}{:>12}{:>12}{:>8}{:>14}  met\n",
             name,
             "what",
             width,
             "ours",
             "reference",
             "ratio",
             "goal");
  std::string rows;
  for (const Figure& figure : figures) {
    const auto met = figure.met();
    const std::string goal =
        figure.goal ? (figure.side == Goal::at_least ? ">= " : "<= ") + text(figure.goal) : "-";
    fmt::print("  {:<{}}{:>12}{:>12}{:>8}{:>14}  {}\n",
               figure.what + ", " + figure.unit,
               width,
               text(figure.ours),
               text(figure.reference),
               figure.ratio() ? fmt::format("{:.3g}", *figure.ratio()) : "-",
               goal,
               met ? (*met ? "yes" : "NO") : "-");
    rows += fmt::format(
        "{}{{\"what\":{},\"unit\":{},\"ours\":{},\"reference\":{},\"ratio\":{},\"goal\":{},\"met\":"
        "{}}}",
        rows.empty() ? "" : ",",
        json::quote(figure.what),
        json::quote(figure.unit),
        json(figure.ours),
        json(figure.reference),
        json(figure.ratio()),
        json(figure.goal),
        met ? (*met ? "true" : "false") : "null");
  }
  const std::filesystem::path directory = TWOSEAL_BENCH_RESULTS;
  std::error_code ignored;
  std::filesystem::create_directories(directory, ignored);
  std::ofstream file(directory / (name + ".json"));
  file << "{\"bench\":" << json::quote(name) << ",\"figures\":[" << rows << "]}\n";
  file.close();
  if (!file) {
    fmt::print(stderr, "cannot write {}/{}.json\n", directory.string(), name);
    return 1;
  }
  return 0;
}

double seconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double best_seconds(int runs, const std::function<void()>& work) {
  double best = seconds(work);
  for (int run = 1; run < runs; ++run) {
    best = std::min(best, seconds(work));
  }
  return best;
}

}  // namespace twoseal::bench
