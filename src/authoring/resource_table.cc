#include "authoring/resource_table.h"

#include <array>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "policy/effects.h"

namespace twoseal::authoring {
namespace {

using enum WantType;
using Words = std::string_view;

constexpr Words kFormats[] = {
    "ini", "key_space_value", "key_value", "login_defs", "sshd", "sysctl"};

constexpr std::size_t kPathMax = 4096;
constexpr Range kOneLine{1, 4096};
constexpr std::int64_t kDurationMax = 31 * limits::kDay;
constexpr std::string_view kSecret =
    "this release does not handle secrets and never stores them in clear; leave the secret out "
    "and bring it to the host by another way";

std::string read_key(const Value& value, KeyShape shape) {
  if (shape == KeyShape::unit || shape == KeyShape::timer) {
    std::string unit = read_unit(value, shape == KeyShape::unit ? ".service" : ".timer");
    if (shape == KeyShape::timer && !unit.empty() && !unit.ends_with(".timer")) {
      value.refuse("'" + unit + "' is not a timer unit");
    }
    return unit;
  }
  std::string key = value.text({1, kPathMax});
  if (!key.empty()) {
    if (const auto problem = key_problem(shape, key)) {
      value.refuse(*problem);
    }
  }
  return key;
}

// A private key in a text is a secret that somebody forgot to mark.
void check_no_secret(const Value& value, std::string_view bytes) {
  if (bytes.find("PRIVATE KEY-----") != std::string_view::npos) {
    value.refuse("holds a private key; " + std::string(kSecret));
  }
}

std::string read_line(const Value& value, Range range = kOneLine) {
  std::string line = value.text(range);
  if (line.find('\n') != std::string::npos) {
    value.refuse("must be one line");
  }
  return line;
}

std::string read_path(const Value& value) {
  std::string text = value.text({1, kPathMax});
  if (!text.empty() && !is_resource_path(text)) {
    value.refuse("must be an absolute path without '.', '..', '//' or a slash at its end");
  }
  return text;
}

std::string read_account(const Value& value) {
  std::string name = value.text({1, 32});
  if (!name.empty() && !is_account(name)) {
    value.refuse("must be an account name (a-z 0-9 _ -, at most 32)");
  }
  return name;
}

std::string read_mode(const Value& value) {
  const std::string text = value.text({3, 4});
  if (!text.empty() && !consists_of(text, {"01234567"})) {
    value.refuse("must be three or four octal digits, for example 0644");
  }
  return text.size() == 3 ? "0" + text : text;
}

std::string read_source(const Value& value, Files& files, std::vector<Bytes>& blobs) {
  Bytes bytes = files.read(value, limits::kBlobMax);
  check_no_secret(value, bytes);
  std::string digest = sha256(bytes).text();
  blobs.push_back(std::move(bytes));
  return digest;
}

std::vector<std::string> read_lines(const Value& value,
                                    std::string (*read_item)(const Value& item)) {
  std::vector<std::string> all;
  for (const Value& item : value.list({1, limits::kSmallListMax})) {
    all.push_back(read_item(item));
  }
  return all;
}

WantValue read_want(const Value& value,
                    const WantRow& row,
                    Files& files,
                    std::vector<Bytes>& blobs) {
  const std::vector<std::string_view> known(row.words.begin(), row.words.end());
  switch (row.type) {
    case text: {
      std::string content = value.text({0, kYamlMax});
      check_no_secret(value, content);
      return content;
    }
    case line:
      return read_line(value);
    case WantType::value:
      return read_line(value, {0, kOneLine.max});
    case path:
      return read_path(value);
    case mode:
      return read_mode(value);
    case account:
      return read_account(value);
    case word:
      return value.word(known);
    case boolean:
      return value.boolean();
    case number:
      return value.integer(0, kNumberMax);
    case duration:
      return value.duration(1, kDurationMax);
    case lines:
      return read_lines(value, [](const Value& item) { return read_line(item); });
    case accounts:
      return read_lines(value, [](const Value& item) { return read_account(item); });
    case words: {
      std::vector<std::string> all;
      for (const Value& item : value.list({1, known.size()})) {
        all.push_back(item.word(known));
      }
      return all;
    }
    case command:
      return read_command(value);
    case source:
      return read_source(value, files, blobs);
  }
  return false;
}

void check_wanted(const Value& item, const KindRow& row, const Resource& resource) {
  if (!row.exclusive.empty() && wanted_among(resource, row.exclusive) != 1) {
    item.refuse("exactly one is needed of: " + joined(row.exclusive));
  }
  if (!row.any.empty() && wanted_among(resource, row.any) == 0) {
    item.refuse("at least one is needed of: " + joined(row.any));
  }
}

void read_wants(
    Table& table, const KindRow& row, Resource& resource, Files& files, std::vector<Bytes>& blobs) {
  const Value absent = row.can_be_absent ? table.optional("absent") : Value(table.map().problems());
  const bool is_absent = absent.present() && absent.boolean();
  if (absent.present() && !is_absent && absent.raw() == "false") {
    absent.refuse("is true or left out");
  }
  for (const WantRow& want : row.want) {
    const Value value =
        want.required && !is_absent ? table.required(want.name) : table.optional(want.name);
    if (value.present()) {
      resource.want[std::string(want.name)] = read_want(value, want, files, blobs);
    }
  }
  if (is_absent) {
    resource.want["absent"] = true;
  }
}

// --- kinds whose identity has a second part ---------------------------------------------------

// A file as a whole, one line of it, or a block between two marks.
void finish_file(const Value& item, const KindRow& row, Resource& resource) {
  const auto has = [&](const char* name) { return resource.want.contains(name); };
  const auto take_text = [&](const char* name) {
    return std::get<std::string>(resource.want.at(name));
  };
  const bool absent = has("absent");
  if (has("line")) {
    constexpr Words kOthers[] = {
        "block", "comment", "content", "group", "mode", "owner", "source", "template"};
    resource.sub = "line:" + take_text(has("replaces") ? "replaces" : "line");
    if (wanted_among(resource, kOthers) > 0) {
      item.refuse("a line has nothing but line, replaces and absent");
    }
    return;
  }
  if (has("block")) {
    constexpr Words kOthers[] = {"group", "mode", "owner", "replaces", "source", "template"};
    const std::string block = take_text("block");
    resource.sub = "block:" + block;
    resource.want.erase("block");
    resource.want.try_emplace("comment", std::string("#"));
    if (!is_id_text(block)) {
      item.refuse("block: must be a name (a-z 0-9 . _ : -, at most 64)");
    }
    if (wanted_among(resource, kOthers) > 0 || has("content") == absent) {
      item.refuse("a block has content or absent, and comment, but nothing else");
    }
    return;
  }
  constexpr Words kContents[] = {"content", "source", "template"};
  constexpr Words kEdits[] = {"comment", "replaces"};
  if (wanted_among(resource, kContents) > 1) {
    item.refuse("at most one is allowed of: " + joined(kContents));
  }
  if (wanted_among(resource, kEdits) > 0) {
    item.refuse("comment goes with block, and replaces with line");
  }
  if (absent ? resource.want.size() > 1 : wanted_among(resource, row.any) == 0) {
    item.refuse(absent ? "nothing else can be wanted of what is absent"
                       : "at least one is needed of: " + joined(row.any));
  }
}

// The format of well-known files, so that only others need to say it.
std::string_view format_of(std::string_view path) {
  if (path == "/etc/ssh/sshd_config" || path.starts_with("/etc/ssh/sshd_config.d/")) {
    return "sshd";
  }
  if (path == "/etc/sysctl.conf" || path.starts_with("/etc/sysctl.d/")) {
    return "sysctl";
  }
  if (path == "/etc/login.defs") {
    return "login_defs";
  }
  if (path.starts_with("/etc/default/")) {
    return "key_value";
  }
  return path.ends_with(".ini") || path.starts_with("/etc/systemd/") ? "ini" : "";
}

// Sub-key: `MaxAuthTries`, or with its section `[mysqld] max_connections`.
void finish_setting(Table& table, Resource& resource) {
  const Value key = table.required("key", "the name of the setting in the file");
  const Value match = table.optional("match");
  std::string name = read_line(key, {1, 128});
  if (key.present() && !name.empty() && !consists_of(name, {kLower, kUpper, kDigits, "_.:/*-"})) {
    key.refuse("is made of letters, digits and _ . : / * -");
  }
  if (!resource.want.contains("format")) {
    resource.want["format"] = std::string(format_of(resource.key));
  }
  const std::string format = std::get<std::string>(resource.want["format"]);
  if (format.empty() && !table.has("format")) {
    table.map().refuse("format: missing; the format of this file is not known: " +
                       joined(kFormats));
  }
  if (match.present()) {
    if (format != "sshd" || resource.want.contains("section")) {
      match.refuse("stands with format sshd only; others have a section");
    }
    resource.want["section"] = "Match " + read_line(match, {1, 256});
  } else if (resource.want.contains("section") && format != "ini") {
    table.map().refuse("section: stands with format ini only");
  }
  const auto section = resource.want.find("section");
  resource.sub = section == resource.want.end()
                     ? name
                     : "[" + std::get<std::string>(section->second) + "] " + name;
}

// Field 1 and 2 of a public key line, and the key id. Any type is read, so that keys of types that
// nobody should use any more can be named to be removed.
struct PublicLine {
  std::string text;
  std::string id;
};

Result<PublicLine> parse_public_line(std::string_view text) {
  const auto bad = [] {
    return fail(Errc::bad_yaml, "is not a public key line, for example ssh-ed25519 AAAA…");
  };
  const std::size_t first = text.find(' ');
  if (first == std::string_view::npos) {
    return bad();
  }
  const std::string_view type = text.substr(0, first);
  const std::string_view rest = text.substr(first + 1);
  const std::string_view body = rest.substr(0, rest.find_first_of(" \n"));
  const auto blob = base64_decode(body);
  if (!blob || type.size() > 64 || blob->size() < 4 + type.size() ||
      blob->substr(0, 3) != std::string(3, '\0') ||
      static_cast<std::size_t>(octet(*blob, 3)) != type.size() ||
      blob->substr(4, type.size()) != type) {
    return bad();
  }
  return PublicLine{std::string(type) + " " + std::string(body), sha256(*blob).hex().substr(0, 32)};
}

void finish_authorized_key(Table& table, Resource& resource) {
  const Value pub = table.required("pub", "the line of the public key");
  const auto line = pub.parsed<PublicLine>(parse_public_line);
  resource.want["pub"] = line.text;
  resource.sub = line.id;
}

// --- then, secret -----------------------------------------------------------------------------

Handler read_handler(const Value& value) {
  Handler handler;
  const std::string text = value.text({1, 256});
  const std::size_t space = text.find(' ');
  const auto action = enum_value<HandlerAction>(text.substr(0, space));
  if (text.empty()) {
    return handler;
  }
  if (space == std::string::npos || !action) {
    value.refuse("must be 'reload UNIT' or 'restart UNIT'");
    return handler;
  }
  const Node unit{.kind = NodeKind::scalar, .place = value.place(), .text = text.substr(space + 1)};
  return {*action, read_unit(Value(unit, value.problems(), value.path()), ".service")};
}

std::vector<Handler> read_then(const Value& value) {
  std::vector<Handler> handlers;
  if (!value.is_list()) {
    if (value.present()) {
      handlers.push_back(read_handler(value));
    }
    return handlers;
  }
  for (const Value& item : value.list({1, 16})) {
    handlers.push_back(read_handler(item));
  }
  return handlers;
}

std::vector<std::string_view> kind_names() {
  std::vector<std::string_view> names;
  for (const KindRow& row : resource_kinds()) {
    names.push_back(row.kind);
  }
  return names;
}

// The first key of an item names its kind; some kinds are also fields of others (user, group), so
// the place decides.
const KindRow* kind_of(const Value& item) {
  if (!item.expect(NodeKind::map, "a map")) {
    return nullptr;
  }
  const auto members = Table(item).members();
  const std::string first = members.empty() ? std::string() : members.front().first;
  const KindRow* row = find_kind(first);
  if (row == nullptr) {
    item.refuse("begins with the kind of resource, and '" + first.substr(0, 64) + "' is none" +
                suggestion(first, kind_names()));
  }
  return row;
}

void check_absent(const Value& item, const KindRow& row, const Resource& resource) {
  if (!resource.want.contains("absent")) {
    check_wanted(item, row, resource);
    return;
  }
  // What names the resource stays; anything else would be wanted of something that is not there.
  const bool named = row.kind == "setting" || row.kind == "authorized_key";
  for (const auto& [name, wanted] : resource.want) {
    if (name != "absent" && !(named && (name == "format" || name == "section" || name == "pub"))) {
      item.refuse("nothing else can be wanted of what is absent");
      return;
    }
  }
}

}  // namespace

std::string read_unit(const Value& value, std::string_view suffix) {
  std::string unit = value.text({1, 200});
  if (unit.empty()) {
    return unit;
  }
  if (!consists_of(unit, {kLower, kUpper, kDigits, "_.@:-\\"}) ||
      !consists_of(unit.substr(0, 1), {kLower, kUpper, kDigits, "_-"})) {
    value.refuse("must be the name of a unit, for example ssh.service");
    return {};
  }
  return is_unit(unit) ? unit : unit + std::string(suffix);
}

std::vector<std::string> read_command(const Value& value) {
  if (value.is_list()) {
    std::vector<std::string> argv = value.texts({1, 1024}, {0, 16'384});
    if (!argv.empty() && argv.front().empty()) {
      value.refuse("begins with a program");
    }
    return argv;
  }
  const std::string text = value.text({1, 4096});
  if (!text.empty() && !consists_of(text, {kLower, kUpper, kDigits, " _./:=@%+,-"})) {
    value.refuse(
        "there is no shell; write program and arguments as a list, for example "
        "[grep, -q, 'a b', /etc/x]");
    return {};
  }
  std::vector<std::string> argv;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    if (end > begin) {
      argv.push_back(text.substr(begin, end - begin));
    }
    begin = end + 1;
  }
  if (argv.empty() && !text.empty()) {
    value.refuse("begins with a program");
  }
  return argv;
}

Resource read_resource(const Value& item, Files& files, std::vector<Bytes>& blobs) {
  Resource resource;
  const KindRow* row = kind_of(item);
  if (row == nullptr) {
    return resource;
  }
  Table table(item);
  resource.kind = Name::parse(row->kind).value();
  resource.key = read_key(table.required(row->kind), row->key);
  const Value secret = table.optional("secret");
  if (secret.boolean()) {
    secret.refuse(kSecret);
  }
  resource.then = read_then(table.optional("then"));
  read_wants(table, *row, resource, files, blobs);
  if (row->kind == "file") {
    finish_file(item, *row, resource);
  } else {
    if (row->kind == "setting") {
      finish_setting(table, resource);
    } else if (row->kind == "authorized_key") {
      finish_authorized_key(table, resource);
    }
    check_absent(item, *row, resource);
  }
  table.finish();
  return resource;
}

}  // namespace twoseal::authoring
