#include "authoring/table.h"

#include <charconv>
#include <chrono>

namespace twoseal::authoring {
namespace {

constexpr std::size_t kShownMax = 80;  // bytes of the user's text in a message
constexpr std::size_t kWordMax = 64;   // longer words are compared with nothing

std::string shown(std::string_view text) {
  if (text.size() <= kShownMax) {
    return std::string(text);
  }
  std::size_t end = kShownMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) {
    --end;
  }
  return std::string(text.substr(0, end)) + "…";
}

std::string between(std::int64_t min, std::int64_t max) {
  return std::to_string(min) + " to " + std::to_string(max);
}

// Levenshtein distance in two rows.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

// The digits at [from, from + count) of a time, or -1.
int digits(std::string_view text, std::size_t from, std::size_t count) {
  int value = 0;
  for (const char c : text.substr(from, count)) {
    if (c < '0' || c > '9') {
      return -1;
    }
    value = value * 10 + (c - '0');
  }
  return value;
}

std::string_view kind_text(NodeKind kind) {
  switch (kind) {
    case NodeKind::list:
      return "a list";
    case NodeKind::map:
      return "a map";
    case NodeKind::scalar:
      return "a text";
    case NodeKind::null:
      break;
  }
  return "nothing";
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view text,
                                        const std::vector<std::string_view>& known) {
  std::optional<std::string_view> best;
  // Two edits for a pair of swapped letters; a third of a long word.
  std::size_t best_distance = (text.size() < 4 ? 1 : std::max<std::size_t>(2, text.size() / 3)) + 1;
  for (const std::string_view word : known) {
    if (text.size() > kWordMax || word.size() > kWordMax) {
      continue;
    }
    const std::size_t distance = edit_distance(text, word);
    if (distance < best_distance) {
      best = word;
      best_distance = distance;
    }
  }
  return best;
}

std::string suggestion(std::string_view text, const std::vector<std::string_view>& known) {
  if (const auto word = nearest(text, known)) {
    return "; did you mean '" + std::string(*word) + "'?";
  }
  std::string list;
  for (const std::string_view word : known) {
    list += (list.empty() ? "" : ", ") + std::string(word);
  }
  return list.empty() ? "" : "; known are: " + list;
}

void Problems::add(Place place, std::string what) {
  ++count_;
  if (!full()) {
    problems_.push_back({place, std::move(what)});
  }
}

Error Problems::error() const {
  std::vector<Problem> sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) {
    return a.place < b.place;
  });
  if (sorted.empty()) {
    return {Errc::bad_yaml, "nothing is wrong", file_};
  }
  Error error{Errc::bad_yaml, sorted[0].what, place_text(file_, sorted[0].place)};
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    error.what += "\n" + place_text(file_, sorted[i].place) + " " + sorted[i].what;
  }
  if (count_ > sorted.size()) {
    error.what += "\nand " + std::to_string(count_ - sorted.size()) + " more";
  }
  return error;
}

void Value::refuse(std::string_view what) const {
  problems_->add(place(), (path_.empty() ? "" : path_ + ": ") + std::string(what));
}

bool Value::expect(NodeKind kind, std::string_view wanted) const {
  if (is(kind)) {
    return true;
  }
  if (present()) {
    refuse(node_->kind == NodeKind::null
               ? "has no value"
               : "must be " + std::string(wanted) + ", not " + std::string(kind_text(node_->kind)));
  }
  return false;
}

std::string_view Value::raw() const {
  return is_scalar() ? std::string_view(node_->text) : std::string_view();
}

std::string Value::text(Range bytes, std::string_view fallback) const {
  if (!present() || !expect(NodeKind::scalar, "a text")) {
    return std::string(fallback);
  }
  const std::size_t size = node_->text.size();
  if (size < bytes.min || size > bytes.max) {
    refuse(size == 0 ? "may not be empty"
                     : "has " + std::to_string(size) + " bytes; " +
                           between(static_cast<std::int64_t>(bytes.min),
                                   static_cast<std::int64_t>(bytes.max)) +
                           " are allowed");
    return std::string(fallback);
  }
  return node_->text;
}

std::int64_t Value::integer(std::int64_t min, std::int64_t max, std::int64_t fallback) const {
  if (!present() || !expect(NodeKind::scalar, "an integer")) {
    return fallback;
  }
  const auto number = parse_integer(node_->text);
  if (node_->quoted || !number) {
    refuse("must be an integer in plain decimal digits, not '" + shown(node_->text) + "'" +
           (node_->quoted ? " in quotes" : ""));
    return fallback;
  }
  if (*number < min || *number > max) {
    refuse(node_->text + " is out of range; " + between(min, max) + " is allowed");
    return fallback;
  }
  return *number;
}

bool Value::boolean(bool fallback) const {
  if (!present() || !expect(NodeKind::scalar, "true or false")) {
    return fallback;
  }
  if (node_->quoted || (node_->text != "true" && node_->text != "false")) {
    refuse("must be true or false, not '" + shown(node_->text) + "'");
    return fallback;
  }
  return node_->text == "true";
}

std::int64_t Value::duration(std::int64_t min, std::int64_t max, std::int64_t fallback) const {
  if (!present()) {
    return fallback;
  }
  const auto seconds = parsed<std::optional<std::int64_t>>(
      [](std::string_view text) { return parse_duration(text); });
  if (seconds && (*seconds < min || *seconds > max)) {
    refuse(node_->text + " is out of range; " + between(min, max) + " seconds are allowed");
    return fallback;
  }
  return seconds.value_or(fallback);
}

UnixSeconds Value::time(UnixSeconds fallback) const {
  return present() ? parsed<UnixSeconds>([](std::string_view text) { return parse_time(text); })
                   : fallback;
}

Digest Value::digest() const {
  return parsed<Digest>([](std::string_view text) { return Digest::parse(text); });
}

std::string Value::word(const std::vector<std::string_view>& known,
                        std::string_view fallback) const {
  if (!present() || !expect(NodeKind::scalar, "a word")) {
    return std::string(fallback);
  }
  if (std::find(known.begin(), known.end(), node_->text) == known.end()) {
    refuse("'" + shown(node_->text) + "' is not known here" + suggestion(node_->text, known));
    return std::string(fallback);
  }
  return node_->text;
}

std::vector<Value> Value::list(Range count) const {
  std::vector<Value> items;
  if (!present() || !expect(NodeKind::list, "a list")) {
    return items;
  }
  if (node_->items.size() < count.min || node_->items.size() > count.max) {
    refuse("has " + std::to_string(node_->items.size()) + " items; " +
           between(static_cast<std::int64_t>(count.min), static_cast<std::int64_t>(count.max)) +
           " are allowed");
    return items;
  }
  items.reserve(node_->items.size());
  for (std::size_t i = 0; i < node_->items.size(); ++i) {
    items.emplace_back(node_->items[i], *problems_, path_ + "[" + std::to_string(i) + "]");
  }
  return items;
}

std::vector<std::string> Value::texts(Range count, Range bytes) const {
  std::vector<std::string> all;
  for (const Value& item : list(count)) {
    // An absent item (null) is a problem too: text() notes it.
    all.push_back(item.text(bytes));
  }
  return all;
}

Table::Table(const Value& map) : map_(map), is_map_(map.expect(NodeKind::map, "a map")) {}

std::string Table::path(std::string_view key) const {
  return (map_.path().empty() ? "" : map_.path() + ".") + shown(key);
}

Value Table::at(std::size_t index) const {
  const auto& items = map_.node_->items;
  return {items[index + 1], map_.problems(), path(items[index].text)};
}

Value Table::optional(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
    known_.push_back(key);
  }
  if (is_map_) {
    for (std::size_t i = 0; i < map_.node_->items.size(); i += 2) {
      if (map_.node_->items[i].text == key) {
        return at(i);
      }
    }
  }
  return Value(map_.problems());
}

Value Table::required(std::string_view key, std::string_view hint) {
  Value value = optional(key);
  if (!value.present() && is_map_) {
    map_.problems().add(map_.place(),
                        path(key) + ": missing" + (hint.empty() ? "" : "; ") + std::string(hint));
  }
  return value;
}

void Table::finish() {
  if (!is_map_ || free_) {
    return;
  }
  for (std::size_t i = 0; i < map_.node_->items.size(); i += 2) {
    const Node& key = map_.node_->items[i];
    if (std::find(known_.begin(), known_.end(), key.text) == known_.end()) {
      map_.problems().add(key.place,
                          map_.problems().full() ? std::string()
                                                 : path(key.text) + ": this key is not known here" +
                                                       suggestion(key.text, known_));
    }
  }
}

std::vector<std::pair<std::string, Value>> Table::members() {
  free_ = true;
  std::vector<std::pair<std::string, Value>> all;
  for (std::size_t i = 0; is_map_ && i < map_.node_->items.size(); i += 2) {
    all.emplace_back(map_.node_->items[i].text, at(i));
  }
  return all;
}

Bytes Files::read(const Value& name, std::size_t size_max) {
  const std::string file = name.text({1, 1024});
  if (file.empty()) {
    return {};
  }
  if (++count_ > kFilesMax || !reader_) {
    name.refuse(reader_ ? "names one file more than " + std::to_string(kFilesMax)
                        : "names a file, and files cannot be read here");
    return {};
  }
  auto bytes = reader_(file);
  if (!bytes) {
    name.refuse("the file '" + shown(file) + "' cannot be read: " + bytes.error().what);
    return {};
  }
  if (bytes->size() > size_max) {
    name.refuse("the file '" + shown(file) + "' has more than " + std::to_string(size_max) +
                " bytes");
    return {};
  }
  return *std::move(bytes);
}

Result<std::int64_t> parse_integer(std::string_view text) {
  const std::string_view body = text.substr(text.starts_with('-') ? 1 : 0);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text == "-0" ||
      (body.size() > 1 && body[0] == '0') || value > limits::kIntegerMax ||
      value < -limits::kIntegerMax) {
    return fail(Errc::bad_yaml, "'" + shown(text) + "' is not an integer in plain decimal digits");
  }
  return value;
}

Result<std::int64_t> parse_duration(std::string_view text) {
  constexpr std::int64_t kLongest = 100 * 366 * limits::kDay;
  const std::int64_t unit = text.ends_with('s')   ? 1
                            : text.ends_with('m') ? 60
                            : text.ends_with('h') ? 3600
                            : text.ends_with('d') ? limits::kDay
                                                  : 0;
  const auto number = parse_integer(text.substr(0, text.empty() ? 0 : text.size() - 1));
  if (unit == 0 || !number || *number < 0 || *number > kLongest / unit) {
    return fail(Errc::bad_yaml,
                "'" + shown(text) + "' is not a duration; write for example 90s, 5m, 2h or 7d");
  }
  return *number * unit;
}

Result<UnixSeconds> parse_time(std::string_view text) {
  using namespace std::chrono;  // NOLINT(google-build-using-namespace): calendar names, this
                                // function
  const auto bad = [&] {
    return fail(
        Errc::bad_yaml,
        "'" + shown(text) + "' is not a time in UTC; write for example 2026-11-24T15:00:00Z");
  };
  constexpr std::string_view kShape = "0000-00-00T00:00:00Z";
  if (text.size() != kShape.size()) {
    return bad();
  }
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    if (kShape[i] != '0' && text[i] != kShape[i]) {
      return bad();
    }
  }
  const year_month_day date(year(digits(text, 0, 4)),
                            month(static_cast<unsigned>(digits(text, 5, 2))),
                            day(static_cast<unsigned>(digits(text, 8, 2))));
  const int h = digits(text, 11, 2);
  const int m = digits(text, 14, 2);
  const int s = digits(text, 17, 2);
  if (digits(text, 0, 4) < 1970 || digits(text, 5, 2) < 0 || digits(text, 8, 2) < 0 || !date.ok() ||
      h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59) {
    return bad();
  }
  const std::int64_t days = sys_days(date).time_since_epoch().count();
  return days * limits::kDay + h * 3600 + m * 60 + s;
}

}  // namespace twoseal::authoring
