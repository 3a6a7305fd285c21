// What every bench reports: the figure, what it is compared with, and the goal it has to meet.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace twoseal::bench {

/// Which side of the goal is good.
enum class Goal { at_least, at_most };

/// One row. `reference`: what a simpler way, a peer or the machine gives in the same run.
struct Figure {
  std::string what;
  std::string unit;
  double ours = 0;
  std::optional<double> reference = {};
  std::optional<double> goal = {};
  Goal side = Goal::at_least;

  /// ours / reference.
  [[nodiscard]] std::optional<double> ratio() const;

  /// Whether the goal is met; nothing without one.
  [[nodiscard]] std::optional<bool> met() const;
};

/// Prints the table and writes build/bench/`name`.json in the source directory:
/// {"bench":NAME,"figures":[{"what","unit","ours","reference","ratio","goal","met"}]}, absent
/// values as null. Returns the exit code of the bench: 0 when the file was written. A missed goal
/// is shown in the table and in the file; it does not fail the run.
[[nodiscard]] int report(const std::string& name, const std::vector<Figure>& figures);

/// Seconds that `work` takes.
[[nodiscard]] double seconds(const std::function<void()>& work);

/// Seconds of the fastest of `runs` runs: what the code takes when the machine does nothing else.
[[nodiscard]] double best_seconds(int runs, const std::function<void()>& work);

}  // namespace twoseal::bench
