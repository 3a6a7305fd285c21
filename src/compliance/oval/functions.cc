#include "compliance/oval/functions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

namespace twoseal::scap {
namespace {

VariableValues broken(std::string why) {
  return {Flag::error, {}, std::move(why)};
}

VariableValues too_many() {
  return broken("a function makes too many values, or too long ones");
}

// What is left of the limits while a function makes its values.
class Room {
 public:
  /// Whether texts of so many octets fit, without taking them.
  [[nodiscard]] bool fits(std::size_t octets) const { return octets <= octets_; }

  /// Takes one value of so many octets; false when there is no room for it.
  [[nodiscard]] bool take(std::size_t octets) {
    if (values_ == 0 || !fits(octets)) {
      return false;
    }
    --values_;
    octets_ -= octets;
    return true;
  }

 private:
  std::size_t values_ = kValuesMax;
  std::size_t octets_ = kValuesOctetsMax;
};

std::vector<std::string> texts_of(const VariableValues& from) {
  std::vector<std::string> texts;
  texts.reserve(from.values.size());
  for (const ItemValue& value : from.values) {
    texts.push_back(value.written());
  }
  return texts;
}

std::size_t octets_of(const std::vector<std::string>& texts) {
  std::size_t octets = 0;
  for (const std::string& text : texts) {
    octets += text.size();
  }
  return octets;
}

// Each value of the argument by itself. `growth`: how many octets one octet becomes at most.
template <class Change>
VariableValues each_value(const VariableValues& from, std::size_t growth, Change change) {
  VariableValues to{from.flag, {}, from.why};
  Room room;
  for (const ItemValue& value : from.values) {
    const std::string text = value.written();
    if (!room.fits(text.size() * growth)) {
      return too_many();
    }
    std::string changed = change(text);
    if (!room.take(changed.size())) {
      return too_many();
    }
    to.values.push_back(ItemValue::of(changed));
  }
  return to;
}

Flag flag_of_all(const std::vector<VariableValues>& arguments) {
  Flag flag = arguments.front().flag;
  for (const VariableValues& each : arguments) {
    if (flag == Flag::error || each.flag == Flag::error) {
      return Flag::error;
    }
    // One part that is not there leaves nothing of the whole.
    flag = flag == Flag::does_not_exist || each.flag == Flag::does_not_exist
               ? Flag::does_not_exist
               : united(flag, each.flag);
  }
  return flag;
}

std::string why_of(const std::vector<VariableValues>& arguments) {
  for (const VariableValues& each : arguments) {
    if (!each.why.empty()) {
      return each.why;
    }
  }
  return {};
}

bool has_values(Flag flag) {
  return flag == Flag::complete || flag == Flag::incomplete;
}

// --- text --------------------------------------------------------------------------------------

VariableValues concatenated(const std::vector<VariableValues>& arguments) {
  VariableValues to{flag_of_all(arguments), {}, why_of(arguments)};
  if (!has_values(to.flag)) {
    return to;
  }
  std::vector<std::string> made = {""};
  std::size_t octets = 0;  // of all that is made
  // The last argument goes first, so that the first varies fastest.
  for (auto argument = arguments.rbegin(); argument != arguments.rend(); ++argument) {
    const std::vector<std::string> texts = texts_of(*argument);
    if (texts.empty()) {
      continue;
    }
    // Neither product can overflow: each part of them is within its limit, or the memory's.
    octets = octets * texts.size() + octets_of(texts) * made.size();
    if (made.size() * texts.size() > kValuesMax || octets > kValuesOctetsMax) {
      return too_many();
    }
    std::vector<std::string> longer;
    for (const std::string& rest : made) {
      for (const std::string& text : texts) {
        longer.push_back(text + rest);
      }
    }
    made = std::move(longer);
  }
  for (std::string& text : made) {
    to.values.push_back(ItemValue::of(text));
  }
  return to;
}

VariableValues split(const VariableValues& from, std::string_view delimiter) {
  VariableValues to{from.flag, {}, from.why};
  Room room;
  const auto add = [&](std::string_view piece) {
    const bool fits = room.take(piece.size());
    if (fits) {
      to.values.push_back(ItemValue::of(piece));
    }
    return fits;
  };
  for (const ItemValue& value : from.values) {
    const std::string text = value.written();
    std::string_view rest = text;
    if (delimiter.empty()) {
      for (std::size_t i = 0; i < rest.size(); ++i) {
        if (!add(rest.substr(i, 1))) {
          return too_many();
        }
      }
      continue;
    }
    for (;;) {
      const std::size_t end = rest.find(delimiter);
      if (!add(rest.substr(0, end))) {
        return too_many();
      }
      if (end == std::string_view::npos) {
        break;
      }
      rest.remove_prefix(end + delimiter.size());
    }
  }
  return to;
}

VariableValues substring(const VariableValues& from, std::int64_t start, std::int64_t length) {
  VariableValues to{from.flag, {}, from.why};
  const auto begin = static_cast<std::size_t>(std::max<std::int64_t>(start, 1) - 1);
  const std::size_t count = length < 0 ? std::string::npos : static_cast<std::size_t>(length);
  for (const std::string& text : texts_of(from)) {
    if (begin >= text.size()) {
      to.flag = Flag::error;
      to.why = "a substring begins behind the end of '" + text + "'";
      continue;
    }
    to.values.push_back(ItemValue::of(text.substr(begin, count)));
  }
  return to;
}

VariableValues captured(const VariableValues& from, std::string_view pattern, RegexCache& regexes) {
  const auto regex = regexes.get(pattern);
  if (!regex) {
    return broken(regex.error().what);
  }
  VariableValues to{from.flag, {}, from.why};
  std::vector<Capture> groups;
  for (const std::string& text : texts_of(from)) {
    const Matched matched = (*regex)->search(text, 0, &groups);
    if (matched == Matched::failed) {
      return broken("a pattern was cut off: it tries too many ways");
    }
    const bool found = matched == Matched::yes && groups.size() > 1 && groups[1];
    to.values.push_back(ItemValue::of(found ? *groups[1] : std::string_view()));
  }
  return to;
}

std::string escaped(std::string_view text) {
  std::string to;
  for (const char c : text) {
    if (std::string_view("^$\\.[](){}*+?|").find(c) != std::string_view::npos) {
      to += '\\';
    }
    to += c;
  }
  return to;
}

// --- lists -------------------------------------------------------------------------------------

VariableValues counted(const std::vector<VariableValues>& arguments) {
  VariableValues to{flag_of_all(arguments), {}, why_of(arguments)};
  if (!has_values(to.flag)) {
    return to;  // nothing to count is not the number 0: content counts on it
  }
  if (to.flag == Flag::incomplete) {
    return broken(to.why.empty() ? "not everything that is counted is known" : to.why);
  }
  std::size_t count = 0;
  for (const VariableValues& each : arguments) {
    count += each.values.size();
  }
  to.values.push_back(ItemValue::of_integer(static_cast<std::int64_t>(count)));
  return to;
}

VariableValues unique(const std::vector<VariableValues>& arguments) {
  VariableValues to{flag_of_all(arguments), {}, why_of(arguments)};
  std::set<std::string> texts;
  Room room;
  for (const VariableValues& each : arguments) {
    for (const ItemValue& value : each.values) {
      const auto [text, added] = texts.insert(value.written());
      if (added && !room.take(text->size())) {
        return too_many();
      }
    }
  }
  if (has_values(to.flag)) {
    for (const std::string& text : texts) {
      to.values.push_back(ItemValue::of(text));
    }
  }
  return to;
}

VariableValues merged(const std::vector<VariableValues>& arguments) {
  VariableValues to{flag_of_all(arguments), {}, why_of(arguments)};
  Room room;
  for (const VariableValues& each : arguments) {
    for (const ItemValue& value : each.values) {
      if (!room.take(value.text.size())) {
        return too_many();
      }
      to.values.push_back(value);
    }
  }
  return to;
}

// --- numbers -----------------------------------------------------------------------------------

struct Number {
  bool is_float = false;
  std::int64_t whole = 0;
  double real = 0;
};

std::optional<Number> number_of(const ItemValue& value) {
  if (value.is_number) {
    return Number{false, value.number, static_cast<double>(value.number)};
  }
  Number number;
  std::string_view text = value.text;
  const char* end = text.data() + text.size();
  const auto whole = std::from_chars(text.data(), end, number.whole);
  if (whole.ec == std::errc() && whole.ptr == end && !text.empty()) {
    number.real = static_cast<double>(number.whole);
    return number;
  }
  const auto real = std::from_chars(text.data(), end, number.real);
  if (real.ec != std::errc() || real.ptr != end || !std::isfinite(number.real)) {
    return std::nullopt;
  }
  number.is_float = true;
  return number;
}

std::optional<Number> combined(const Number& a, const Number& b, bool multiply) {
  Number result;
  result.is_float = a.is_float || b.is_float;
  result.real = multiply ? a.real * b.real : a.real + b.real;
  const bool overflow = multiply ? __builtin_mul_overflow(a.whole, b.whole, &result.whole)
                                 : __builtin_add_overflow(a.whole, b.whole, &result.whole);
  if (result.is_float ? !std::isfinite(result.real) : overflow) {
    return std::nullopt;
  }
  return result;
}

ItemValue value_of(const Number& number) {
  if (!number.is_float) {
    return ItemValue::of_integer(number.whole);
  }
  ItemValue value = ItemValue::of(std::to_string(number.real));
  value.datatype = Datatype::floating;
  return value;
}

VariableValues calculated(const std::vector<VariableValues>& arguments, bool multiply) {
  VariableValues to{flag_of_all(arguments), {}, why_of(arguments)};
  if (!has_values(to.flag)) {
    return to;
  }
  std::vector<Number> made;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::vector<Number> next;
    if (i > 0 && made.size() * arguments[i].values.size() > kValuesMax) {
      return too_many();
    }
    for (const ItemValue& value : arguments[i].values) {
      const auto number = number_of(value);
      if (!number) {
        return broken("'" + value.written() + "' is no number");
      }
      if (i == 0) {
        next.push_back(*number);
      }
      for (const Number& before : made) {
        const auto result = combined(before, *number, multiply);
        if (!result) {
          return broken("the result of a calculation is too great");
        }
        next.push_back(*result);
      }
    }
    made = std::move(next);
  }
  for (const Number& number : made) {
    to.values.push_back(value_of(number));
  }
  return to;
}

// --- time --------------------------------------------------------------------------------------

std::int64_t days_since_1970(std::int64_t year, std::int64_t month, std::int64_t day) {
  // Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil.
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t of_era = year - era * 400;
  const std::int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
}

std::int64_t days_of(std::int64_t year, std::int64_t month) {
  const std::int64_t next =
      month == 12 ? days_since_1970(year + 1, 1, 1) : days_since_1970(year, month + 1, 1);
  return next - days_since_1970(year, month, 1);
}

// The numbers of a text, whatever stands between them; a name of a month is its number.
std::vector<std::int64_t> numbers_of(std::string_view text) {
  constexpr std::string_view kMonths = "janfebmaraprmayjunjulaugsepoctnovdec";
  std::vector<std::int64_t> numbers;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (std::isdigit(c) != 0) {
      std::int64_t value = 0;
      const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), value);
      if (error != std::errc()) {
        return {};
      }
      numbers.push_back(value);
      at = static_cast<std::size_t>(end - text.data());
    } else if (std::isalpha(c) != 0 && c != 'T') {
      std::string word;
      while (at < text.size() && std::isalpha(static_cast<unsigned char>(text[at])) != 0) {
        word += static_cast<char>(std::tolower(static_cast<unsigned char>(text[at++])));
      }
      const std::size_t month = kMonths.find(word.substr(0, 3));
      if (word.size() < 3 || month == std::string_view::npos || month % 3 != 0) {
        return {};
      }
      numbers.push_back(static_cast<std::int64_t>(month / 3 + 1));
    } else {
      ++at;
    }
  }
  return numbers;
}

// `20261126` and `20261126T101500` have their numbers by position.
std::string spread(std::string_view date) {
  std::string text;
  for (std::size_t i = 0; i < date.size(); ++i) {
    const bool cut = i == 4 || i == 6 || (i > 9 && i % 2 == 1);
    text += cut ? " " : "";
    text += date[i];
  }
  return text;
}

bool is_packed(std::string_view date) {
  return date.size() >= 8 && std::all_of(date.begin(), date.begin() + 8, [](unsigned char c) {
           return std::isdigit(c) != 0;
         });
}

std::optional<std::int64_t> civil(std::array<std::size_t, 3> order,
                                  const std::vector<std::int64_t>& numbers) {
  if (numbers.size() != 3 && numbers.size() != 6) {
    return std::nullopt;
  }
  const std::int64_t year = numbers[order[0]];
  const std::int64_t month = numbers[order[1]];
  const std::int64_t day = numbers[order[2]];
  if (year > 9999 || month < 1 || month > 12 || day < 1 || day > days_of(year, month)) {
    return std::nullopt;
  }
  std::int64_t seconds = days_since_1970(year, month, day) * 86'400;
  if (numbers.size() == 6) {
    if (numbers[3] > 23 || numbers[4] > 59 || numbers[5] > 60) {
      return std::nullopt;
    }
    seconds += numbers[3] * 3600 + numbers[4] * 60 + numbers[5];
  }
  return seconds;
}

VariableValues time_difference(const Component& component,
                               const std::vector<VariableValues>& arguments,
                               std::int64_t now) {
  VariableValues to{flag_of_all(arguments), {}, why_of(arguments)};
  const bool to_now = arguments.size() == 1;
  if (!has_values(to.flag)) {
    return to;
  }
  const std::vector<std::string> first =
      to_now ? std::vector<std::string>{std::to_string(now)} : texts_of(arguments[0]);
  const std::vector<std::string> second = texts_of(arguments.back());
  if (first.size() * second.size() > kValuesMax) {
    return too_many();
  }
  const TimeFormat first_format = to_now ? TimeFormat::seconds_since_epoch : component.format_1;
  for (const std::string& a : first) {
    for (const std::string& b : second) {
      const auto x = seconds_of(a, first_format);
      const auto y = seconds_of(b, component.format_2);
      if (!x || !y) {
        return broken("'" + (x ? b : a) + "' is no date of its format");
      }
      std::int64_t difference = 0;
      if (__builtin_sub_overflow(*x, *y, &difference)) {
        return broken("the difference of '" + a + "' and '" + b + "' is too great");
      }
      to.values.push_back(ItemValue::of_integer(difference));
    }
  }
  return to;
}

}  // namespace

Flag united(Flag a, Flag b) {
  if (a == b) {
    return a;
  }
  if (a == Flag::error || b == Flag::error) {
    return Flag::error;
  }
  const auto either = [&](Flag flag) { return a == flag || b == flag; };
  if (either(Flag::incomplete)) {
    return Flag::incomplete;
  }
  if (either(Flag::not_collected)) {
    return either(Flag::not_applicable) ? Flag::not_collected : Flag::incomplete;
  }
  return either(Flag::complete) ? Flag::complete : Flag::does_not_exist;
}

std::string regex_of_glob(std::string_view glob, bool noescape) {
  std::string regex = "^";
  bool at_start = true;  // of a part of a path, where a dot must be named
  for (std::size_t i = 0; i < glob.size(); ++i) {
    const char c = glob[i];
    const bool starts = at_start;
    at_start = c == '/';
    if (c == '*') {
      regex += starts ? "(?=[^.])[^/]*" : "[^/]*";
    } else if (c == '?') {
      regex += starts ? "[^./]" : "[^/]";
    } else if (c == '[') {
      const bool negates = i + 1 < glob.size() && glob[i + 1] == '!';
      // A bracket that stands first is of the set and does not end it.
      const std::size_t end = glob.find(']', i + (negates ? 3 : 2));
      if (end == std::string_view::npos) {
        regex += "\\[";
        continue;
      }
      std::string set(glob.substr(i + 1, end - i - 1));
      if (negates) {
        set[0] = '^';
      }
      regex += "[" + set + "]";
      i = end;
    } else if (c == '\\' && !noescape && i + 1 < glob.size()) {
      regex += escaped(glob.substr(++i, 1));
    } else {
      regex += escaped(std::string_view(&c, 1));
    }
  }
  return regex + "$";
}

std::optional<std::int64_t> seconds_of(std::string_view date, TimeFormat format) {
  switch (format) {
    case TimeFormat::seconds_since_epoch: {
      std::int64_t value = 0;
      const auto [end, error] = std::from_chars(date.data(), date.data() + date.size(), value);
      return error == std::errc() && end == date.data() + date.size() && !date.empty()
                 ? std::optional(value)
                 : std::nullopt;
    }
    case TimeFormat::win_filetime: {
      // Ten millionths of a second since 1601, in hexadecimal.
      std::uint64_t value = 0;
      const auto [end, error] = std::from_chars(date.data(), date.data() + date.size(), value, 16);
      if (error != std::errc() || end != date.data() + date.size()) {
        return std::nullopt;
      }
      return static_cast<std::int64_t>(value / 10'000'000U) - 11'644'473'600;
    }
    case TimeFormat::cim_datetime:
      if (date.size() < 14) {
        return std::nullopt;
      }
      return civil({0, 1, 2},
                   numbers_of(spread(std::string(date.substr(0, 8)) + "T" +
                                     std::string(date.substr(8, 6)))));
    case TimeFormat::year_month_day:
      return civil({0, 1, 2}, numbers_of(is_packed(date) ? spread(date) : std::string(date)));
    case TimeFormat::month_day_year:
      return civil({2, 0, 1}, numbers_of(date));
    case TimeFormat::day_month_year:
      return civil({2, 1, 0}, numbers_of(date));
  }
  return std::nullopt;
}

VariableValues apply_function(const Component& component,
                              std::vector<VariableValues> arguments,
                              std::int64_t now,
                              RegexCache& regexes) {
  // An asterisk becomes the most.
  constexpr std::size_t kGlobGrowth = sizeof "(?=[^.])[^/]*";
  const VariableValues& first = arguments.front();
  const std::string text(component.text);
  switch (component.kind) {
    case ComponentKind::arithmetic:
      return calculated(arguments, component.multiply);
    case ComponentKind::begin:
      return each_value(first, 1, [&](const std::string& value) {
        return value.starts_with(text) ? value : text + value;
      });
    case ComponentKind::end:
      return each_value(first, 1, [&](const std::string& value) {
        return value.ends_with(text) ? value : value + text;
      });
    case ComponentKind::concat:
      return concatenated(arguments);
    case ComponentKind::count:
      return counted(arguments);
    case ComponentKind::escape_regex:
      return each_value(first, 2, [](const std::string& value) { return escaped(value); });
    case ComponentKind::glob_to_regex:
      return each_value(first, kGlobGrowth, [&](const std::string& value) {
        return regex_of_glob(value, component.noescape);
      });
    case ComponentKind::merge:
      return merged(arguments);
    case ComponentKind::regex_capture:
      return captured(first, component.text, regexes);
    case ComponentKind::split:
      return split(first, component.text);
    case ComponentKind::substring:
      return substring(first, component.start, component.length);
    case ComponentKind::time_difference:
      return time_difference(component, arguments, now);
    case ComponentKind::unique:
      return unique(arguments);
    default:
      return broken("this is no function");
  }
}

}  // namespace twoseal::scap
