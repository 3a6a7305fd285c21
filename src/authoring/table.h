// Reading a YAML tree through tables of fields: typed values, unknown keys, and every problem at
// its place. docs/formats/yaml.md.
//
// A problem never stops the reading: it is noted, the value reads as its default, and the compiler
// asks at its end whether there were any. So one run tells what is wrong in the whole file.
#pragma once

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authoring/yaml.h"
#include "base/id.h"
#include "base/limits.h"
#include "model/names.h"

namespace twoseal::authoring {

/// Gives the bytes of a file that the YAML names (a key, a source, a procedure). What a name may
/// reach is the caller's decision. Called at most kFilesMax times in one compilation.
using Reader = std::function<Result<Bytes>(std::string_view name)>;

inline constexpr std::size_t kFilesMax = 1'000;

/// One file to compile. `name` is used in messages, and for the default scope of a change.
struct Source {
  std::string_view text;
  std::string_view name;
};

/// How many bytes or items there may be.
struct Range {
  std::size_t min = 0;
  std::size_t max = limits::kListMax;
};

inline constexpr Range kLine{1, 256};                     ///< a short text
inline constexpr Range kParagraphs{1, limits::kTextMax};  ///< a free text that may not be empty
inline constexpr Range kFew{0, limits::kSmallListMax};
inline constexpr Range kOneToFew{1, limits::kSmallListMax};

/// The one among `known` that is most like `text`, or nothing when none is near.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view text,
                                                      const std::vector<std::string_view>& known);

/// `; did you mean 'x'?`, or `; known are: a, b, c`.
[[nodiscard]] std::string suggestion(std::string_view text,
                                     const std::vector<std::string_view>& known);

/// The problems of one compilation, in the order of the file.
class Problems {
 public:
  explicit Problems(std::string_view file) : file_(file) {}

  Problems(const Problems&) = delete;
  Problems& operator=(const Problems&) = delete;

  /// Keeps the first kProblemsMax; counts the others.
  void add(Place place, std::string what);

  [[nodiscard]] bool any() const { return count_ > 0; }

  [[nodiscard]] bool full() const { return problems_.size() >= kProblemsMax; }

  /// All of them in one error: the first as its fact and place, each other in a line of its own.
  [[nodiscard]] Error error() const;

  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  struct Problem {
    Place place;
    std::string what;
  };

  std::string file_;
  std::vector<Problem> problems_;
  std::size_t count_ = 0;
};

/// One value of a tree with its path, or an absent one. Reading an absent value gives the fallback
/// and notes nothing: what is required is checked by Table. Tree and problems must outlive it.
class Value {
 public:
  /// An absent value.
  explicit Value(Problems& problems) : problems_(&problems) {}

  Value(const Node& node, Problems& problems, std::string path)
      : node_(&node), problems_(&problems), path_(std::move(path)) {}

  [[nodiscard]] bool present() const { return node_ != nullptr; }

  [[nodiscard]] bool is_scalar() const { return is(NodeKind::scalar); }

  [[nodiscard]] bool is_list() const { return is(NodeKind::list); }

  [[nodiscard]] bool is_map() const { return is(NodeKind::map); }

  [[nodiscard]] Place place() const { return present() ? node_->place : Place{}; }

  [[nodiscard]] Problems& problems() const { return *problems_; }

  [[nodiscard]] const std::string& path() const { return path_; }

  /// Notes `path: what` at the place of the value.
  void refuse(std::string_view what) const;

  /// Whether a present value is of this kind; notes a problem when not. `wanted`: `a list`.
  [[nodiscard]] bool expect(NodeKind kind, std::string_view wanted) const;

  /// The scalar as written, or nothing when it is absent or no scalar. Notes nothing.
  [[nodiscard]] std::string_view raw() const;

  [[nodiscard]] std::string text(Range bytes, std::string_view fallback = {}) const;
  [[nodiscard]] std::int64_t integer(std::int64_t min,
                                     std::int64_t max,
                                     std::int64_t fallback = 0) const;
  [[nodiscard]] bool boolean(bool fallback = false) const;
  /// Seconds.
  [[nodiscard]] std::int64_t duration(std::int64_t min,
                                      std::int64_t max,
                                      std::int64_t fallback = 0) const;
  [[nodiscard]] UnixSeconds time(UnixSeconds fallback = 0) const;
  [[nodiscard]] Digest digest() const;
  /// One of a closed list of words.
  [[nodiscard]] std::string word(const std::vector<std::string_view>& known,
                                 std::string_view fallback = {}) const;
  /// The items of a list; none when absent.
  [[nodiscard]] std::vector<Value> list(Range count) const;
  [[nodiscard]] std::vector<std::string> texts(Range count, Range bytes) const;

  template <class IdType>
  [[nodiscard]] IdType id() const {
    return parsed<IdType>([](std::string_view text) { return IdType::parse(text); });
  }

  /// Ascending, without repetition.
  template <class IdType>
  [[nodiscard]] std::vector<IdType> ids(Range count) const {
    std::vector<IdType> all;
    for (const Value& item : list(count)) {
      auto one = item.id<IdType>();
      std::find(all.begin(), all.end(), one) == all.end() || one.empty()
          ? all.push_back(std::move(one))
          : item.refuse("'" + std::string(item.raw()) + "' stands twice");
    }
    std::sort(all.begin(), all.end());
    return all;
  }

  /// An id that may be any, but not one that looks like a misspelt `known` one.
  template <class IdType>
  [[nodiscard]] IdType familiar_id(const std::vector<std::string_view>& known) const {
    auto one = id<IdType>();
    if (std::find(known.begin(), known.end(), one.text()) == known.end() &&
        nearest(one.text(), known)) {
      refuse("'" + one.text() + "' is not known here" + suggestion(one.text(), known));
    }
    return one;
  }

  /// Ascending, without repetition, each as familiar_id().
  template <class IdType>
  [[nodiscard]] std::vector<IdType> familiar_ids(Range count,
                                                 const std::vector<std::string_view>& known) const {
    for (const Value& item : list(count)) {
      if (!item.raw().empty() && IdType::parse(item.raw())) {
        static_cast<void>(item.familiar_id<IdType>(known));
      }
    }
    // A wrong count was noted by the loop above.
    return is_list() && node_->items.size() >= count.min && node_->items.size() <= count.max
               ? ids<IdType>(count)
               : std::vector<IdType>();
  }

  /// Ids out of a closed list: ascending, without repetition.
  template <class IdType>
  [[nodiscard]] std::vector<IdType> words(Range count,
                                          const std::vector<std::string_view>& known) const {
    std::vector<IdType> all;
    for (const Value& item : list(count)) {
      const auto one = IdType::parse(item.word(known));
      if (one && std::find(all.begin(), all.end(), *one) != all.end()) {
        item.refuse("'" + one->text() + "' stands twice");
      } else if (one) {
        all.push_back(*one);
      }
    }
    std::sort(all.begin(), all.end());
    return all;
  }

  template <class Enum>
  [[nodiscard]] Enum enumeration(Enum fallback) const {
    std::vector<std::string_view> known;
    for (const auto& row : enum_names<Enum>()) {
      known.push_back(row.name);
    }
    return enum_value<Enum>(word(known, enum_name(fallback))).value_or(fallback);
  }

  /// What `parse` (string_view to Result<T>) makes of the scalar; its error becomes a problem.
  template <class T, class Parse>
  [[nodiscard]] T parsed(Parse&& parse) const {
    if (!present() || !expect(NodeKind::scalar, "a text")) {
      return T{};
    }
    auto result = parse(std::string_view(node_->text));
    if (!result) {
      refuse(result.error().what);
      return T{};
    }
    return *std::move(result);
  }

 private:
  friend class Table;

  [[nodiscard]] bool is(NodeKind kind) const { return present() && node_->kind == kind; }

  const Node* node_ = nullptr;
  Problems* problems_;
  std::string path_;
};

/// The fields of one map. Fields that were asked for are the known ones; finish() refuses others.
class Table {
 public:
  /// Notes a problem when `map` is present and no map; then every field is absent.
  explicit Table(const Value& map);

  [[nodiscard]] Value optional(std::string_view key);
  /// Notes `path: missing` and the hint when the key is not there.
  [[nodiscard]] Value required(std::string_view key, std::string_view hint = {});

  /// Whether the key stands in the map. Makes it a known one.
  [[nodiscard]] bool has(std::string_view key) { return optional(key).present(); }

  /// Notes every key that was not asked for, with the nearest known one.
  void finish();

  /// All keys with their values, for maps with free keys; finish() then has nothing to refuse.
  [[nodiscard]] std::vector<std::pair<std::string, Value>> members();

  [[nodiscard]] const Value& map() const { return map_; }

 private:
  [[nodiscard]] Value at(std::size_t index) const;
  [[nodiscard]] std::string path(std::string_view key) const;

  Value map_;
  bool is_map_ = false;
  bool free_ = false;
  std::vector<std::string_view> known_;
};

/// Reads files through a Reader, each time noting what fails at the value that names the file.
class Files {
 public:
  explicit Files(const Reader& reader) : reader_(reader) {}

  /// The bytes of the file that `name` names; empty after a problem.
  [[nodiscard]] Bytes read(const Value& name, std::size_t size_max);

 private:
  const Reader& reader_;
  std::size_t count_ = 0;
};

/// `90s`, `5m`, `2h`, `7d` in seconds. Errc::bad_yaml.
[[nodiscard]] Result<std::int64_t> parse_duration(std::string_view text);

/// `2026-11-24T15:00:00Z`, years 1970 to 9999. Errc::bad_yaml.
[[nodiscard]] Result<UnixSeconds> parse_time(std::string_view text);

/// Plain decimal without leading zero, |n| <= 2^53 - 1. Errc::bad_yaml.
[[nodiscard]] Result<std::int64_t> parse_integer(std::string_view text);

}  // namespace twoseal::authoring
