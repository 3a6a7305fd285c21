#include "compliance/oval/value.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <charconv>
#include <vector>

#include "compliance/xml.h"

namespace twoseal::scap {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

Verdict verdict_of(bool yes) {
  return yes ? Verdict::yes : Verdict::no;
}

// The operations that an order answers; error for the others.
Verdict by_order(Operation operation, int order) {
  switch (operation) {
    case Operation::equals:
      return verdict_of(order == 0);
    case Operation::not_equal:
      return verdict_of(order != 0);
    case Operation::greater:
      return verdict_of(order > 0);
    case Operation::less:
      return verdict_of(order < 0);
    case Operation::greater_or_equal:
      return verdict_of(order >= 0);
    case Operation::less_or_equal:
      return verdict_of(order <= 0);
    default:
      return Verdict::error;
  }
}

int sign(std::strong_ordering order) {
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

// --- text --------------------------------------------------------------------------------------

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

Verdict match(std::string_view text, const Wanted& wanted) {
  if (wanted.regex == nullptr) {
    return Verdict::error;
  }
  switch (wanted.regex->search(text)) {
    case Matched::yes:
      return Verdict::yes;
    case Matched::no:
      return Verdict::no;
    default:
      return Verdict::error;
  }
}

// --- numbers -----------------------------------------------------------------------------------

// A whole number of any length: its sign, and its digits without zeros in front.
struct BigInteger {
  bool negative = false;
  std::string_view digits;
};

std::optional<BigInteger> big_integer(std::string_view text) {
  BigInteger value;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    value.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) {
    return std::nullopt;
  }
  value.digits = text.substr(std::min(text.find_first_not_of('0'), text.size()));
  value.negative = value.negative && !value.digits.empty();
  return value;
}

int order_of(const BigInteger& a, const BigInteger& b) {
  if (a.negative != b.negative) {
    return a.negative ? -1 : 1;
  }
  const int longer = sign(a.digits.size() <=> b.digits.size());
  const int order = longer != 0 ? longer : sign(a.digits <=> b.digits);
  return a.negative ? -order : order;
}

// The text behind a plus, but not that behind `+-`, which is no number.
std::string_view without_plus(std::string_view text) {
  return text.starts_with('+') && !text.starts_with("+-") ? text.substr(1) : text;
}

std::optional<std::int64_t> small_integer(std::string_view text) {
  std::int64_t value = 0;
  text = without_plus(text);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
    return std::nullopt;
  }
  return value;
}

Verdict compare_small(Operation operation, std::int64_t found, std::int64_t wanted) {
  if (operation == Operation::bitwise_and) {
    return verdict_of((found & wanted) == wanted);
  }
  if (operation == Operation::bitwise_or) {
    return verdict_of((found | wanted) == wanted);
  }
  return by_order(operation, sign(found <=> wanted));
}

Verdict compare_integer(Operation operation, const ItemValue& found, const Wanted& wanted) {
  const auto small_found =
      found.is_number ? std::optional(found.number) : small_integer(trimmed(found.text));
  if (wanted.number && small_found) {
    return compare_small(operation, *small_found, *wanted.number);
  }
  const std::string text = found.written();
  const auto a = big_integer(trimmed(text));
  const auto b = big_integer(trimmed(wanted.text));
  return a && b ? by_order(operation, order_of(*a, *b)) : Verdict::error;
}

std::optional<double> float_of(std::string_view text) {
  double value = 0;
  text = without_plus(trimmed(text));
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
    return std::nullopt;
  }
  return value;
}

Verdict compare_float(Operation operation, const std::string& found, std::string_view wanted) {
  const auto a = float_of(found);
  const auto b = float_of(wanted);
  if (!a || !b || *a != *a || *b != *b) {
    return Verdict::error;
  }
  return by_order(operation, *a < *b ? -1 : *a > *b ? 1 : 0);
}

std::optional<bool> boolean_of(std::string_view text) {
  if (text == "true" || text == "1") {
    return true;
  }
  if (text == "false" || text == "0") {
    return false;
  }
  return std::nullopt;
}

Verdict compare_boolean(Operation operation, const ItemValue& found, std::string_view wanted) {
  const auto a = found.is_number ? std::optional(found.number != 0) : boolean_of(found.text);
  const auto b = boolean_of(trimmed(wanted));
  if (!a || !b || (operation != Operation::equals && operation != Operation::not_equal)) {
    return Verdict::error;
  }
  return verdict_of((*a == *b) == (operation == Operation::equals));
}

Verdict compare_binary(Operation operation, std::string_view found, std::string_view wanted) {
  const auto is_hex = [](std::string_view text) {
    return text.size() % 2 == 0 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
             return std::isxdigit(c) != 0;
           });
  };
  if (!is_hex(found) || !is_hex(wanted) ||
      (operation != Operation::equals && operation != Operation::not_equal)) {
    return Verdict::error;
  }
  return verdict_of(equals_ignoring_case(found, wanted) == (operation == Operation::equals));
}

// --- versions ----------------------------------------------------------------------------------

// The numbers of a version, whatever stands between them. Nothing when it has none.
std::optional<std::vector<std::string_view>> version_parts(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t at = 0;
  while (at < text.size()) {
    if (!is_digit(text[at])) {
      ++at;
      continue;
    }
    const std::size_t begin = at;
    while (at < text.size() && is_digit(text[at])) {
      ++at;
    }
    std::string_view part = text.substr(begin, at - begin);
    part.remove_prefix(std::min(part.find_first_not_of('0'), part.size()));
    parts.push_back(part);
  }
  return parts.empty() ? std::nullopt : std::optional(std::move(parts));
}

int order_of_digits(std::string_view a, std::string_view b) {
  const int longer = sign(a.size() <=> b.size());
  return longer != 0 ? longer : sign(a <=> b);
}

Verdict compare_version(Operation operation, std::string_view found, std::string_view wanted) {
  const auto a = version_parts(found);
  const auto b = version_parts(wanted);
  if (!a || !b) {
    return Verdict::error;
  }
  int order = 0;
  for (std::size_t i = 0; order == 0 && i < std::max(a->size(), b->size()); ++i) {
    order = order_of_digits(i < a->size() ? (*a)[i] : "", i < b->size() ? (*b)[i] : "");
  }
  return by_order(operation, order);
}

struct Evr {
  std::string_view epoch;
  std::string_view version;
  std::string_view release;
};

Evr split_evr(std::string_view text) {
  Evr evr;
  const std::size_t colon = text.find(':');
  evr.epoch = colon == std::string_view::npos ? "0" : text.substr(0, colon);
  text = colon == std::string_view::npos ? text : text.substr(colon + 1);
  const std::size_t dash = text.rfind('-');
  evr.version = text.substr(0, dash);
  evr.release = dash == std::string_view::npos ? "" : text.substr(dash + 1);
  return evr;
}

std::string_view take_run(std::string_view& text, bool (*in_run)(char)) {
  std::size_t length = 0;
  while (length < text.size() && in_run(text[length])) {
    ++length;
  }
  const std::string_view run = text.substr(0, length);
  text.remove_prefix(length);
  return run;
}

std::string_view without_zeros(std::string_view digits) {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
}

// Whether there is a version at all, and what stands for the epoch is a number.
bool is_evr(std::string_view text) {
  const Evr evr = split_evr(text);
  return !evr.version.empty() &&
         (evr.epoch == "(none)" || std::all_of(evr.epoch.begin(), evr.epoch.end(), is_digit));
}

void skip_separators(std::string_view& text) {
  while (!text.empty() && !is_digit(text.front()) && !is_letter(text.front()) &&
         text.front() != '~' && text.front() != '^') {
    text.remove_prefix(1);
  }
}

// A tilde comes before everything, also the end; a caret after the end, before everything else.
// Nothing when neither decides.
std::optional<int> order_of_marks(std::string_view& a, std::string_view& b) {
  const auto first = [](std::string_view text) { return text.empty() ? '\0' : text.front(); };
  if (first(a) == '~' || first(b) == '~') {
    if (first(a) != '~' || first(b) != '~') {
      return first(a) == '~' ? -1 : 1;
    }
  } else if (first(a) == '^' || first(b) == '^') {
    if (a.empty() || b.empty()) {
      return a.empty() ? -1 : 1;
    }
    if (first(a) != '^' || first(b) != '^') {
      return first(a) == '^' ? -1 : 1;
    }
  } else {
    return std::nullopt;
  }
  a.remove_prefix(1);
  b.remove_prefix(1);
  return 0;
}

// As rpm compares one part of a version (rpm.org, "Comparing versions").
int compare_rpm_part(std::string_view a, std::string_view b) {
  if (a == b) {
    return 0;
  }
  while (!a.empty() || !b.empty()) {
    skip_separators(a);
    skip_separators(b);
    if (const auto order = order_of_marks(a, b)) {
      if (*order != 0) {
        return *order;
      }
      continue;
    }
    if (a.empty() || b.empty()) {
      break;
    }
    const bool digits = is_digit(a.front());
    const std::string_view run_a = take_run(a, digits ? is_digit : is_letter);
    const std::string_view run_b = take_run(b, digits ? is_digit : is_letter);
    if (run_b.empty()) {
      return digits ? 1 : -1;  // numbers are newer than letters
    }
    const int order = digits ? order_of_digits(without_zeros(run_a), without_zeros(run_b))
                             : sign(run_a <=> run_b);
    if (order != 0) {
      return order;
    }
  }
  return sign(a.size() <=> b.size());
}

// As Debian policy §5.6.12 orders: `~` first, then the end, letters, everything else.
int debian_weight(char c) {
  if (c == '~') {
    return -1;
  }
  if (c == '\0' || is_digit(c)) {
    return 0;
  }
  return is_letter(c) ? c : c + 256;
}

int compare_debian_part(std::string_view a, std::string_view b) {
  while (!a.empty() || !b.empty()) {
    const auto is_text = [](std::string_view text) {
      return !text.empty() && !is_digit(text.front());
    };
    while (is_text(a) || is_text(b)) {
      const int x = debian_weight(a.empty() ? '\0' : a.front());
      const int y = debian_weight(b.empty() ? '\0' : b.front());
      if (x != y) {
        return x < y ? -1 : 1;
      }
      a.remove_prefix(a.empty() ? 0 : 1);
      b.remove_prefix(b.empty() ? 0 : 1);
    }
    const int order =
        order_of_digits(without_zeros(take_run(a, is_digit)), without_zeros(take_run(b, is_digit)));
    if (order != 0) {
      return order;
    }
  }
  return 0;
}

// `12.2(13)T3`: numbers by value, letters by the alphabet.
Verdict compare_ios(Operation operation, std::string_view found, std::string_view wanted) {
  if (!version_parts(found) || !version_parts(wanted)) {
    return Verdict::error;
  }
  return by_order(operation, compare_rpm_part(found, wanted));
}

// --- addresses ---------------------------------------------------------------------------------

struct Network {
  std::array<std::uint8_t, 16> octets = {};
  unsigned bits = 0;  ///< of the prefix
};

std::optional<unsigned> prefix_of_mask(const std::array<std::uint8_t, 16>& mask, unsigned size) {
  unsigned bits = 0;
  while (bits < size && (mask[bits / 8] >> (7 - bits % 8) & 1U) != 0) {
    ++bits;
  }
  for (unsigned i = bits; i < size; ++i) {
    if ((mask[i / 8] >> (7 - i % 8) & 1U) != 0) {
      return std::nullopt;
    }
  }
  return bits;
}

std::optional<Network> network_of(int family, std::string_view text) {
  const unsigned size = family == AF_INET ? 32 : 128;
  Network network;
  network.bits = size;
  if (text.find('\0') != std::string_view::npos) {
    return std::nullopt;  // inet_pton would stop there
  }
  const std::size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  if (::inet_pton(family, address.c_str(), network.octets.data()) != 1) {
    return std::nullopt;
  }
  if (slash == std::string_view::npos) {
    return network;
  }
  const std::string mask(text.substr(slash + 1));
  std::array<std::uint8_t, 16> octets = {};
  if (::inet_pton(family, mask.c_str(), octets.data()) == 1) {
    const auto bits = prefix_of_mask(octets, size);
    network.bits = bits.value_or(0);
    return bits ? std::optional(network) : std::nullopt;
  }
  const auto bits = small_integer(mask);
  if (!bits || *bits < 0 || *bits > size) {
    return std::nullopt;
  }
  network.bits = static_cast<unsigned>(*bits);
  return network;
}

std::array<std::uint8_t, 16> masked(const Network& network, unsigned bits) {
  std::array<std::uint8_t, 16> octets = network.octets;
  for (unsigned i = bits; i < 128; ++i) {
    octets[i / 8] &= static_cast<std::uint8_t>(~(1U << (7 - i % 8)));
  }
  return octets;
}

bool holds(const Network& outer, const Network& inner) {
  return inner.bits >= outer.bits && masked(inner, outer.bits) == masked(outer, outer.bits);
}

Verdict compare_address(int family,
                        Operation operation,
                        std::string_view found,
                        std::string_view wanted) {
  const auto a = network_of(family, found);
  const auto b = network_of(family, wanted);
  if (!a || !b) {
    return Verdict::error;
  }
  if (operation == Operation::subset_of) {
    return verdict_of(holds(*b, *a));
  }
  if (operation == Operation::superset_of) {
    return verdict_of(holds(*a, *b));
  }
  const int masks = sign(a->bits <=> b->bits);
  if (operation == Operation::equals || operation == Operation::not_equal) {
    const bool equal = masks == 0 && masked(*a, a->bits) == masked(*b, b->bits);
    return verdict_of(equal == (operation == Operation::equals));
  }
  if (masks != 0) {
    return Verdict::error;  // networks of different size have no order
  }
  return by_order(operation, sign(masked(*a, a->bits) <=> masked(*b, b->bits)));
}

}  // namespace

std::string ItemValue::written() const {
  if (!is_number) {
    return text;
  }
  if (datatype == Datatype::boolean) {
    return number != 0 ? "true" : "false";
  }
  return std::to_string(number);
}

bool ItemValue::operator==(const ItemValue& other) const {
  if (is_number && other.is_number) {
    return number == other.number && datatype == other.datatype;
  }
  return written() == other.written();
}

int compare_evr(std::string_view a, std::string_view b) {
  const Evr x = split_evr(a);
  const Evr y = split_evr(b);
  const int epoch = order_of_digits(without_zeros(x.epoch == "(none)" ? "0" : x.epoch),
                                    without_zeros(y.epoch == "(none)" ? "0" : y.epoch));
  if (epoch != 0) {
    return epoch;
  }
  const int version = compare_rpm_part(x.version, y.version);
  return version != 0 ? version : compare_rpm_part(x.release, y.release);
}

int compare_debian_evr(std::string_view a, std::string_view b) {
  const Evr x = split_evr(a);
  const Evr y = split_evr(b);
  const int epoch = order_of_digits(without_zeros(x.epoch), without_zeros(y.epoch));
  if (epoch != 0) {
    return epoch;
  }
  const int version = compare_debian_part(x.version, y.version);
  return version != 0 ? version : compare_debian_part(x.release, y.release);
}

Wanted make_wanted(Datatype datatype, Operation operation, ItemValue value, RegexCache& regexes) {
  Wanted wanted;
  wanted.text = value.written();
  wanted.value = std::move(value);
  if (datatype == Datatype::integer) {
    wanted.number = wanted.value.is_number ? std::optional(wanted.value.number)
                                           : small_integer(trimmed(wanted.text));
  }
  if (operation == Operation::pattern_match) {
    if (const auto regex = regexes.get(wanted.text)) {
      wanted.regex = *regex;
    }
  }
  return wanted;
}

Verdict compare(Operation operation, std::string_view found, const Wanted& wanted) {
  switch (operation) {
    case Operation::equals:
      return verdict_of(found == wanted.text);
    case Operation::not_equal:
      return verdict_of(found != wanted.text);
    case Operation::case_insensitive_equals:
      return verdict_of(equals_ignoring_case(found, wanted.text));
    case Operation::case_insensitive_not_equal:
      return verdict_of(!equals_ignoring_case(found, wanted.text));
    case Operation::pattern_match:
      return match(found, wanted);
    default:
      return Verdict::error;
  }
}

Verdict compare(Datatype datatype,
                Operation operation,
                const ItemValue& found,
                const Wanted& wanted) {
  switch (datatype) {
    case Datatype::integer:
      return compare_integer(operation, found, wanted);
    case Datatype::boolean:
      return compare_boolean(operation, found, wanted.text);
    case Datatype::floating:
      return compare_float(operation, found.written(), wanted.text);
    case Datatype::string:
      return found.is_number ? compare(operation, found.written(), wanted)
                             : compare(operation, std::string_view(found.text), wanted);
    case Datatype::binary:
      return compare_binary(operation, found.written(), wanted.text);
    case Datatype::version:
    case Datatype::fileset_revision:
      return compare_version(operation, found.written(), wanted.text);
    case Datatype::evr:
      return is_evr(found.written()) && is_evr(wanted.text)
                 ? by_order(operation, compare_evr(found.written(), wanted.text))
                 : Verdict::error;
    case Datatype::debian_evr:
      return is_evr(found.written()) && is_evr(wanted.text)
                 ? by_order(operation, compare_debian_evr(found.written(), wanted.text))
                 : Verdict::error;
    case Datatype::ipv4_address:
      return compare_address(AF_INET, operation, found.text, wanted.text);
    case Datatype::ipv6_address:
      return compare_address(AF_INET6, operation, found.text, wanted.text);
    case Datatype::ios_version:
      return compare_ios(operation, found.written(), wanted.text);
    case Datatype::record:
      break;
  }
  return Verdict::error;
}

}  // namespace twoseal::scap
