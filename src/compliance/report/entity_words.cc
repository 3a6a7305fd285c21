#include "compliance/report/entity_words.h"

#include <algorithm>
#include <array>

#include "base/present.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kValuesShown = 5;
constexpr std::size_t kSetDepthMax = 16;
constexpr std::size_t kPartsMax = 256;

struct ModeBit {
  EntityName name;
  std::uint32_t bit;
  std::string_view words;
};

constexpr std::array kModeBits = {
    ModeBit{EntityName::suid, 04000, "set-user-id bit"},
    ModeBit{EntityName::sgid, 02000, "set-group-id bit"},
    ModeBit{EntityName::sticky, 01000, "sticky bit"},
    ModeBit{EntityName::uread, 0400, "read by owner"},
    ModeBit{EntityName::uwrite, 0200, "write by owner"},
    ModeBit{EntityName::uexec, 0100, "execute by owner"},
    ModeBit{EntityName::gread, 0040, "read by group"},
    ModeBit{EntityName::gwrite, 0020, "write by group"},
    ModeBit{EntityName::gexec, 0010, "execute by group"},
    ModeBit{EntityName::oread, 0004, "read by others"},
    ModeBit{EntityName::owrite, 0002, "write by others"},
    ModeBit{EntityName::oexec, 0001, "execute by others"},
};

const ModeBit* mode_bit(EntityName name) {
  const auto* bit = std::find_if(
      kModeBits.begin(), kModeBits.end(), [&](const ModeBit& each) { return each.name == name; });
  return bit == kModeBits.end() ? nullptr : bit;
}

std::string with_blanks(std::string_view name) {
  std::string text(name);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

std::string listed(const std::vector<std::string>& values) {
  std::string text;
  for (std::size_t i = 0; i < values.size() && i < kValuesShown; ++i) {
    text += (i == 0 ? "" : ", ") + short_text(values[i], 60);
  }
  if (values.size() > kValuesShown) {
    text += " and " + std::to_string(values.size() - kValuesShown) + " more";
  }
  return text;
}

std::vector<std::string> values_of_entity(const Entity& entity, const Evaluation& evaluation) {
  if (entity.mask) {
    return {std::string(kNotShown)};
  }
  if (entity.variable == kNone) {
    return {std::string(entity.value)};
  }
  std::vector<std::string> texts;
  if (const VariableValues* known = evaluation.known_values(entity.variable)) {
    for (const ItemValue& value : known->values) {
      texts.push_back(value.written());
    }
  }
  return texts;
}

std::string without_values(const Entity& entity, const Evaluation& evaluation) {
  const Variable& variable = evaluation.document().variables[entity.variable];
  const std::string name = short_text(variable.comment.empty() ? variable.id : variable.comment);
  return "(nothing: " + name + ")";
}

std::string_view verb_of(Operation operation) {
  switch (operation) {
    case Operation::equals:
    case Operation::case_insensitive_equals:
      return "is";
    case Operation::not_equal:
    case Operation::case_insensitive_not_equal:
      return "is not";
    case Operation::greater:
      return "is more than";
    case Operation::less:
      return "is less than";
    case Operation::greater_or_equal:
      return "is at least";
    case Operation::less_or_equal:
      return "is at most";
    case Operation::bitwise_and:
    case Operation::bitwise_or:
      return "has the bits";
    case Operation::pattern_match:
      return "matches";
    case Operation::subset_of:
      return "is within";
    case Operation::superset_of:
      return "includes";
  }
  return "is";
}

std::string_view quantity_of(Check check) {
  switch (check) {
    case Check::at_least_one:
      return "one of ";
    case Check::none_exist:
    case Check::none_satisfy:
      return "none of ";
    case Check::only_one:
      return "exactly one of ";
    case Check::all:
      break;
  }
  return "all of ";
}

// --- objects -------------------------------------------------------------------------------------

const Entity* entity_named(const Object& object, EntityName name) {
  const auto found = std::find_if(object.entities.begin(),
                                  object.entities.end(),
                                  [&](const Entity& each) { return each.name == name; });
  return found == object.entities.end() ? nullptr : &*found;
}

bool is_literal(const Entity& entity) {
  return entity.operation == Operation::equals && !entity.nil;
}

std::string asked(const Object& object, EntityName name, const Evaluation& evaluation) {
  const Entity* entity = entity_named(object, name);
  return entity == nullptr ? std::string() : asked_words(*entity, evaluation);
}

std::string file_words(const Object& object, const Evaluation& evaluation) {
  const Entity* whole = entity_named(object, EntityName::filepath);
  if (whole != nullptr) {
    return (is_literal(*whole) ? "" : "files ") + asked_words(*whole, evaluation);
  }
  const Entity* path = entity_named(object, EntityName::path);
  const Entity* name = entity_named(object, EntityName::filename);
  if (path == nullptr) {
    return "files";
  }
  if (name == nullptr || name->nil) {
    return (is_literal(*path) ? "" : "directories ") + asked_words(*path, evaluation);
  }
  if (is_literal(*path) && is_literal(*name)) {
    return asked_words(*path, evaluation) + "/" + asked_words(*name, evaluation);
  }
  return "files " + asked_words(*name, evaluation) + " in " + asked_words(*path, evaluation);
}

// Empty unless the object asks for exactly one path.
std::string literal_file(const Object& object) {
  const auto literal = [&](EntityName name) {
    const Entity* entity = entity_named(object, name);
    return entity != nullptr && is_literal(*entity) && entity->variable == kNone && !entity->mask
               ? std::string(entity->value)
               : std::string();
  };
  std::string whole = literal(EntityName::filepath);
  const std::string path = literal(EntityName::path);
  const std::string name = literal(EntityName::filename);
  if (!whole.empty() || path.empty() || name.empty()) {
    return whole;
  }
  return path + "/" + name;
}

struct FamilyWords {
  Family family;
  std::string_view noun;
  EntityName key;
  std::string_view present;
  std::string_view absent;
};

constexpr FamilyWords kFamilies[] = {
    {Family::dpkginfo, "package ", EntityName::name, "installed", "not installed"},
    {Family::rpminfo, "package ", EntityName::name, "installed", "not installed"},
    {Family::partition, "mount point ", EntityName::mount_point, "mounted", "not mounted"},
    {Family::sysctl, "sysctl ", EntityName::name, "there", "not there"},
    {Family::process58, "process ", EntityName::command_line, "running", "not running"},
    {Family::systemdunitproperty, "unit ", EntityName::unit, "there", "not there"},
    {Family::systemdunitdependency, "unit ", EntityName::unit, "there", "not there"},
    {Family::password, "user ", EntityName::username, "there", "not there"},
    {Family::shadow, "user ", EntityName::username, "there", "not there"},
    {Family::interface, "interface ", EntityName::name, "there", "not there"},
    {Family::environmentvariable58, "variable ", EntityName::name, "set", "not set"},
    {Family::selinuxboolean, "SELinux boolean ", EntityName::name, "there", "not there"},
};

const FamilyWords* family_words(Family family) {
  const auto* found = std::find_if(std::begin(kFamilies),
                                   std::end(kFamilies),
                                   [&](const FamilyWords& each) { return each.family == family; });
  return found == std::end(kFamilies) ? nullptr : found;
}

ThingWords words_of_content(const Object& object, const Evaluation& evaluation) {
  const EntityName key = object.family == Family::xmlfilecontent ? EntityName::xpath
                         : entity_named(object, EntityName::pattern) != nullptr
                             ? EntityName::pattern
                             : EntityName::line;
  const Entity* pattern = entity_named(object, key);
  const std::string text =
      pattern == nullptr ? std::string("anything") : short_text(pattern->value, 160);
  const std::string asks = pattern == nullptr || (pattern->variable == kNone && !pattern->mask)
                               ? text
                               : listed(values_of_entity(*pattern, evaluation));
  ThingWords words;
  words.where = file_words(object, evaluation);
  words.thing = "a match of " + asks;
  words.present = "a match";
  words.absent = "no match of " + asks;
  words.such = "a match that ";
  words.nothing = "nothing that matches " + asks;
  return words;
}

ThingWords words_of_named(const Object& object, const Evaluation& evaluation) {
  ThingWords words;
  if (const FamilyWords* family = family_words(object.family)) {
    words.thing = std::string(family->noun) + asked(object, family->key, evaluation);
    words.present = family->present;
    words.absent = family->absent;
    if (object.family == Family::systemdunitproperty) {
      words.where = words.thing + " property " + asked(object, EntityName::property, evaluation);
    }
  } else {
    words.thing = with_blanks(family_name(object.family));
    words.present = "there";
    words.absent = "not there";
  }
  words.where = words.where.empty() ? words.thing : words.where;
  words.nothing = words.absent;
  return words;
}

// The file that values come out of, when that is one; empty otherwise. `left`: how many parts are
// looked at; variables of content may be made of each other in more ways than anybody can follow.
std::string file_of_values(const OvalDocument& document,
                           const Component& component,
                           std::size_t& left) {
  if (left == 0) {
    return {};
  }
  --left;
  if (component.kind == ComponentKind::object && component.ref != kNone) {
    return literal_file(document.objects[component.ref]);
  }
  if (component.kind == ComponentKind::variable && component.ref != kNone) {
    const auto& other = document.variables[component.ref].component;
    return other ? file_of_values(document, *other, left) : std::string();
  }
  for (const Component& child : component.children) {
    if (std::string file = file_of_values(document, child, left); !file.empty()) {
      return file;
    }
  }
  return {};
}

// A variable is called by what its author says of it.
ThingWords words_of_variable(const Object& object, const OvalDocument& document) {
  ThingWords words;
  words.thing = "a value";
  words.present = "a value";
  words.absent = "no value";
  words.such = "a value that ";
  words.nothing = words.absent;
  words.where = "a variable";
  const Entity* reference = entity_named(object, EntityName::var_ref);
  if (reference != nullptr && reference->variable != kNone) {
    const Variable& variable = document.variables[reference->variable];
    words.where = variable.comment.empty() ? "variable " + short_text(variable.id)
                                           : short_text(variable.comment, 160);
    std::size_t parts = kPartsMax;
    words.file =
        variable.component ? file_of_values(document, *variable.component, parts) : std::string();
  }
  return words;
}

ThingWords words_of_files(const Object& object, const Evaluation& evaluation) {
  ThingWords words;
  words.where = file_words(object, evaluation);
  words.thing = words.where;
  words.present = "a file";
  words.absent = "no such file";
  words.nothing = words.absent;
  return words;
}

Index first_object(const ObjectSet& set, std::size_t depth) {
  if (!set.objects.empty()) {
    return set.objects.front();
  }
  return set.sets.empty() || depth > kSetDepthMax ? kNone
                                                  : first_object(set.sets.front(), depth + 1);
}

ThingWords words_of_object(const Evaluation& evaluation, Index index, std::size_t depth) {
  if (index == kNone || depth > kSetDepthMax) {
    return {};
  }
  const Object& object = evaluation.document().objects[index];
  if (object.set) {
    return words_of_object(evaluation, first_object(*object.set, 0), depth + 1);
  }
  if (entity_named(object, EntityName::pid) != nullptr) {
    return words_of_named(object, evaluation);
  }
  ThingWords words;
  switch (object.family) {
    case Family::textfilecontent54:
    case Family::xmlfilecontent:
      words = words_of_content(object, evaluation);
      break;
    case Family::file:
    case Family::filehash58:
    case Family::symlink:
    case Family::selinuxsecuritycontext:
      words = words_of_files(object, evaluation);
      break;
    case Family::variable:
      return words_of_variable(object, evaluation.document());
    default:
      return words_of_named(object, evaluation);
  }
  words.file = literal_file(object);
  return words;
}

// Hashes of passwords as crypt(5) and GRUB write them, wherever they stand.
bool holds_hash(std::string_view text) {
  constexpr std::string_view kMarks[] = {
      "$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$7$", "$y$", "$gy$", "grub.pbkdf2.sha512."};
  constexpr std::size_t kLeast = 16;  // behind the mark; patterns of content are shorter
  return std::any_of(std::begin(kMarks), std::end(kMarks), [&](std::string_view mark) {
    const std::size_t at = text.find(mark);
    return at != std::string_view::npos && text.size() - at >= mark.size() + kLeast;
  });
}

// --- items ---------------------------------------------------------------------------------------

std::string text_of(const StoredItem& item, EntityName name) {
  const std::span<const ItemEntity> found = item.get(name);
  return found.empty() || found.front().status != Status::exists ? std::string()
                                                                 : found.front().value.written();
}

// --- states --------------------------------------------------------------------------------------

std::string value_comparison(const Entity& entity, const Evaluation& evaluation) {
  const std::vector<std::string> values = values_of_entity(entity, evaluation);
  if (values.empty()) {
    return std::string(verb_of(entity.operation)) + " " + without_values(entity, evaluation);
  }
  std::string words(verb_of(entity.operation));
  words += ' ';
  const bool none =
      entity.variable_check == Check::none_satisfy || entity.variable_check == Check::none_exist;
  if (entity.variable != kNone && (values.size() > 1 || none)) {
    words += quantity_of(entity.variable_check);
  }
  if (values.size() == 1 && values.front().empty()) {
    return words + "empty";
  }
  return words + listed(values);
}

}  // namespace

std::string short_text(std::string_view text, std::size_t points_max) {
  std::string_view rest = text;
  for (std::size_t points = 0; points < points_max && !rest.empty(); ++points) {
    (void)next_point(rest);
  }
  std::string shown = present(text.substr(0, text.size() - rest.size()));
  return rest.empty() ? shown : shown + "…";
}

std::string asked_words(const Entity& entity, const Evaluation& evaluation) {
  const std::vector<std::string> values = values_of_entity(entity, evaluation);
  std::string text = values.empty() ? without_values(entity, evaluation) : listed(values);
  switch (entity.operation) {
    case Operation::equals:
      return text;
    case Operation::pattern_match:
      return "matching " + text;
    case Operation::not_equal:
      return "other than " + text;
    default:
      return "for which it " + std::string(verb_of(entity.operation)) + " " + text;
  }
}

std::string comparison_words(const Entity& entity, const Evaluation& evaluation) {
  switch (entity.existence) {
    case Existence::none_exist:
      return "does not exist";
    case Existence::any_exist:
      return value_comparison(entity, evaluation) + " or does not exist";
    case Existence::only_one_exists:
      return value_comparison(entity, evaluation) + " and is the only one";
    case Existence::all_exist:
    case Existence::at_least_one_exists:
      break;
  }
  return value_comparison(entity, evaluation);
}

bool is_mode_bit(EntityName name) {
  return mode_bit(name) != nullptr;
}

std::string entity_words(const Entity& entity) {
  if (const ModeBit* bit = mode_bit(entity.name)) {
    return std::string(bit->words);
  }
  switch (entity.name) {
    case EntityName::subexpression:
    case EntityName::text:
    case EntityName::line:
    case EntityName::value:
    case EntityName::value_of:
      return {};
    case EntityName::user_id:
      return "owner";
    case EntityName::group_id:
      return "group";
    case EntityName::unknown:
      return short_text(entity.spelled, 40);
    default:
      return with_blanks(entity_name(entity.name));
  }
}

ThingWords words_of_object(const Evaluation& evaluation, Index object) {
  return words_of_object(evaluation, object, 0);
}

std::string file_of(const StoredItem& item) {
  std::string whole = text_of(item, EntityName::filepath);
  if (!whole.empty()) {
    return whole;
  }
  std::string path = text_of(item, EntityName::path);
  const std::string name = text_of(item, EntityName::filename);
  if (path.empty() || name.empty()) {
    return path;
  }
  return path.ends_with('/') ? path + name : path + "/" + name;
}

bool is_secret(const StoredItem& item, EntityName name) {
  for (const ItemEntity& each : item.get(name)) {
    if (holds_hash(each.value.text)) {
      return true;
    }
  }
  if (item.family() == Family::shadow || item.family() == Family::password) {
    return name == EntityName::password;
  }
  if (item.family() != Family::textfilecontent54) {
    return false;
  }
  constexpr std::string_view kFiles[] = {
      "/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/security/opasswd"};
  const bool holds = name == EntityName::text || name == EntityName::subexpression;
  return holds &&
         std::find(std::begin(kFiles), std::end(kFiles), file_of(item)) != std::end(kFiles);
}

std::string place_of(const StoredItem& item) {
  const std::string file = file_of(item);
  if (!file.empty()) {
    const std::string line = item.line() == 0 ? "" : ":" + std::to_string(item.line());
    return present(file) + line;
  }
  if (item.family() == Family::selinuxsecuritycontext) {
    return "process " + text_of(item, EntityName::pid);
  }
  if (item.family() == Family::process58) {
    return "process " + text_of(item, EntityName::pid) + " " +
           short_text(text_of(item, EntityName::command_line), 60);
  }
  if (const FamilyWords* family = family_words(item.family())) {
    std::string place = std::string(family->noun) + short_text(text_of(item, family->key));
    if (item.family() == Family::systemdunitproperty) {
      place += " property " + short_text(text_of(item, EntityName::property));
    }
    return place;
  }
  if (item.family() == Family::variable) {
    return "variable " + short_text(text_of(item, EntityName::var_ref));
  }
  return "this host";
}

std::string value_words(const StoredItem& item, EntityName name, const MaskedEntities& masked) {
  if (masked.hides(item, name)) {
    return std::string(kNotShown);
  }
  std::vector<std::string> values;
  for (const ItemEntity& each : item.get(name)) {
    if (each.status == Status::exists) {
      const std::string value = each.value.written();
      values.push_back(each.field.empty() ? value : each.field + " " + value);
    } else if (each.status != Status::does_not_exist) {
      values.emplace_back("(could not be read)");
    }
  }
  const bool blank = values.size() == 1 && values.front().empty();
  return values.empty() ? "nothing" : blank ? "empty" : listed(values);
}

std::string mode_words(const StoredItem& item) {
  std::uint32_t mode = 0;
  bool known = false;
  for (const ModeBit& bit : kModeBits) {
    const std::span<const ItemEntity> found = item.get(bit.name);
    if (!found.empty() && found.front().status == Status::exists) {
      known = true;
      mode |= found.front().value.number != 0 ? bit.bit : 0;
    }
  }
  if (!known) {
    return {};
  }
  std::string digits = "mode ";
  for (int shift = 9; shift >= 0; shift -= 3) {
    digits += static_cast<char>('0' + ((mode >> static_cast<unsigned>(shift)) & 7U));
  }
  return digits;
}

}  // namespace twoseal::scap
