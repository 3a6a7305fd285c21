#include "compliance/oval/matcher.h"

#include <doctest/doctest.h>

using namespace twoseal::scap;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

Entity entity(EntityName name, std::string_view value, Operation operation = Operation::equals) {
  Entity made;
  made.name = name;
  made.value = value;
  made.operation = operation;
  return made;
}

Entity number(EntityName name, std::string_view value, Operation operation = Operation::equals) {
  Entity made = entity(name, value, operation);
  made.datatype = Datatype::integer;
  return made;
}

VariableValues values(std::initializer_list<std::string_view> texts, Flag flag = Flag::complete) {
  VariableValues made;
  made.flag = flag;
  for (const std::string_view text : texts) {
    made.values.push_back(ItemValue::of(text));
  }
  return made;
}

Verdict matches(const Entity& asked, const VariableValues* of, std::string_view found) {
  RegexCache regexes;
  return Matcher(asked, of, regexes).matches(found);
}

Verdict by_variable(Check check, const VariableValues& of, std::string_view found) {
  Entity asked = entity(EntityName::name, "");
  asked.variable = 0;
  asked.variable_check = check;
  return matches(asked, &of, found);
}

Verdict judge(const State& state, const Item& item) {
  RegexCache regexes;
  const StateMatcher matcher(
      state, [](Index) -> const VariableValues* { return nullptr; }, regexes);
  return matcher.judge(item);
}

State state_of(std::vector<Entity> entities, Operator op = Operator::conjunction) {
  State state;
  state.op = op;
  state.entities = std::move(entities);
  return state;
}

StoredItem file(std::int64_t size, std::string_view type) {
  StoredItem item(Family::file);
  item.add_integer(EntityName::size, size);
  item.add(EntityName::type, type);
  return item;
}

}  // namespace

TEST_CASE("an entity without a variable asks for its own value") {
  CHECK(matches(entity(EntityName::name, "a"), nullptr, "a") == Verdict::yes);
  CHECK(matches(entity(EntityName::name, "a"), nullptr, "b") == Verdict::no);
  CHECK(matches(number(EntityName::name, "5"), nullptr, "05") == Verdict::yes);
  CHECK(matches(number(EntityName::name, "5"), nullptr, "x") == Verdict::error);
}

TEST_CASE("values of a variable are combined as var_check says") {
  CHECK(by_variable(Check::all, values({"a", "a"}), "a") == Verdict::yes);
  CHECK(by_variable(Check::all, values({"a", "b"}), "a") == Verdict::no);
  CHECK(by_variable(Check::at_least_one, values({"a", "b"}), "b") == Verdict::yes);
  CHECK(by_variable(Check::at_least_one, values({"a", "b"}), "c") == Verdict::no);
  CHECK(by_variable(Check::none_satisfy, values({"a", "b"}), "c") == Verdict::yes);
  CHECK(by_variable(Check::none_satisfy, values({"a", "b"}), "a") == Verdict::no);
  CHECK(by_variable(Check::only_one, values({"a", "b"}), "a") == Verdict::yes);
  CHECK(by_variable(Check::only_one, values({"a", "a"}), "a") == Verdict::no);
}

TEST_CASE("one value alone is combined as several are") {
  CHECK(by_variable(Check::all, values({"a"}), "a") == Verdict::yes);
  CHECK(by_variable(Check::at_least_one, values({"a"}), "b") == Verdict::no);
  CHECK(by_variable(Check::only_one, values({"a"}), "a") == Verdict::yes);
  CHECK(by_variable(Check::none_satisfy, values({"a"}), "a") == Verdict::no);
  CHECK(by_variable(Check::none_satisfy, values({"a"}), "b") == Verdict::yes);
}

TEST_CASE("none exist is the older word for none satisfy") {
  CHECK(by_variable(Check::none_exist, values({"a", "b"}), "a") == Verdict::no);
  CHECK(by_variable(Check::none_exist, values({"a", "b"}), "c") == Verdict::yes);
  CHECK(by_variable(Check::none_exist, values({"a"}), "a") == Verdict::no);
  CHECK(by_variable(Check::none_exist, values({"a"}), "b") == Verdict::yes);
}

TEST_CASE("a variable without values is unknown, one that could not be worked out an error") {
  CHECK(by_variable(Check::all, values({}), "a") == Verdict::unknown);
  CHECK(by_variable(Check::none_satisfy, values({}), "a") == Verdict::unknown);
  for (const Flag flag :
       {Flag::error, Flag::not_collected, Flag::not_applicable, Flag::does_not_exist}) {
    CHECK(by_variable(Check::all, values({"a"}, flag), "a") == Verdict::error);
    CHECK(by_variable(Check::none_satisfy, values({"b"}, flag), "a") == Verdict::error);
  }
  CHECK(by_variable(Check::all, values({"a"}, Flag::incomplete), "a") == Verdict::yes);
}

TEST_CASE("patterns that every text matches do so, but not across a line end") {
  for (const std::string_view pattern : {".*", "^.*$", "^.*", ".*$", "^"}) {
    CAPTURE(pattern);
    const Entity any = entity(EntityName::name, pattern, Operation::pattern_match);
    RegexCache regexes;
    const Matcher matcher(any, nullptr, regexes);
    for (const std::string_view text : {"", "a", "a b", "\xC3\xA9"}) {
      CHECK(matcher.matches(text) == Verdict::yes);
      CHECK(matcher.matches(ItemValue::of(text)) == Verdict::yes);
    }
    CHECK(matcher.matches("a\nb") == matcher.matches(ItemValue::of("a\nb")));
  }
  CHECK(matches(entity(EntityName::name, "^.*$", Operation::pattern_match), nullptr, "a\nb") ==
        Verdict::no);
}

TEST_CASE("the parts of a state are combined by its operator") {
  const Entity big = number(EntityName::size, "10", Operation::greater);
  const Entity regular = entity(EntityName::type, "regular");
  CHECK(judge(state_of({big, regular}), file(11, "regular")) == Verdict::yes);
  CHECK(judge(state_of({big, regular}), file(11, "fifo")) == Verdict::no);
  CHECK(judge(state_of({big, regular}, Operator::disjunction), file(9, "regular")) == Verdict::yes);
  CHECK(judge(state_of({big, regular}, Operator::disjunction), file(9, "fifo")) == Verdict::no);
  CHECK(judge(state_of({big, regular}, Operator::exactly_one), file(11, "regular")) == Verdict::no);
  CHECK(judge(state_of({big, regular}, Operator::odd), file(11, "fifo")) == Verdict::yes);
}

TEST_CASE("a state without parts, or about what the item does not have, is unknown") {
  CHECK(judge(state_of({}), file(1, "regular")) == Verdict::unknown);
  CHECK(judge(state_of({entity(EntityName::gcos, "x")}), file(1, "regular")) == Verdict::unknown);
  // Also when it would be fulfilled by anything else.
  Entity none = entity(EntityName::gcos, "x", Operation::not_equal);
  none.entity_check = Check::none_satisfy;
  CHECK(judge(state_of({none}), file(1, "regular")) == Verdict::unknown);
}

TEST_CASE("a part that nobody knows is an error") {
  CHECK(judge(state_of({entity(EntityName::unknown, "x")}), file(1, "regular")) == Verdict::error);
}

TEST_CASE("several values of an entity are combined as entity_check says") {
  StoredItem item(Family::sysctl);
  item.add(EntityName::value, "a");
  item.add(EntityName::value, "b");
  const auto says = [&](Check check, std::string_view value) {
    Entity asked = entity(EntityName::value, value);
    asked.entity_check = check;
    return judge(state_of({asked}), item);
  };
  CHECK(says(Check::all, "a") == Verdict::no);
  CHECK(says(Check::at_least_one, "a") == Verdict::yes);
  CHECK(says(Check::at_least_one, "c") == Verdict::no);
  CHECK(says(Check::only_one, "a") == Verdict::yes);
  CHECK(says(Check::none_satisfy, "a") == Verdict::no);
  CHECK(says(Check::none_satisfy, "c") == Verdict::yes);
}

TEST_CASE("an entity without a value fulfils nothing, not even an inequality") {
  const auto says = [](Status status, Operation operation) {
    StoredItem item(Family::file);
    item.add_status(EntityName::filename, status);
    return judge(state_of({entity(EntityName::filename, "x", operation)}), item);
  };
  for (const Operation operation : {Operation::equals, Operation::not_equal}) {
    CHECK(says(Status::does_not_exist, operation) == Verdict::no);
    CHECK(says(Status::error, operation) == Verdict::error);
    CHECK(says(Status::not_collected, operation) == Verdict::unknown);
  }
}

TEST_CASE("existence of an entity is judged by all entities of its name, and by no other") {
  constexpr Existence kAll[] = {Existence::all_exist,
                                Existence::any_exist,
                                Existence::at_least_one_exists,
                                Existence::none_exist,
                                Existence::only_one_exists};

  struct Row {
    std::vector<Status> statuses;  ///< an entity that exists is equal to what is asked for
    Verdict verdicts[5];
  };

  constexpr Status kThere = Status::exists;
  constexpr Status kAbsent = Status::does_not_exist;
  constexpr Status kHidden = Status::not_collected;
  constexpr Status kBroken = Status::error;
  constexpr Verdict kYes = Verdict::yes;
  constexpr Verdict kNo = Verdict::no;
  constexpr Verdict kUnknown = Verdict::unknown;
  constexpr Verdict kError = Verdict::error;
  const Row rows[] = {
      {{kThere}, {kYes, kYes, kYes, kNo, kYes}},
      {{kThere, kThere}, {kYes, kYes, kYes, kNo, kNo}},
      {{kAbsent}, {kNo, kYes, kNo, kYes, kNo}},
      {{kAbsent, kAbsent}, {kNo, kYes, kNo, kYes, kNo}},
      {{kThere, kAbsent}, {kNo, kNo, kNo, kNo, kNo}},  // what is absent is not as asked for
      {{kHidden}, {kUnknown, kUnknown, kUnknown, kUnknown, kUnknown}},
      {{kBroken}, {kError, kError, kError, kError, kError}},
      {{kAbsent, kHidden}, {kNo, kNo, kUnknown, kUnknown, kUnknown}},
      {{kAbsent, kBroken}, {kNo, kError, kError, kError, kError}},
      {{}, {kUnknown, kUnknown, kUnknown, kUnknown, kUnknown}},  // as one that is not collected
  };
  for (const Row& row : rows) {
    StoredItem item(Family::sysctl);
    item.add(EntityName::name, "another");
    for (const Status status : row.statuses) {
      status == kThere ? item.add(EntityName::value, "a")
                       : item.add_status(EntityName::value, status);
    }
    for (std::size_t i = 0; i < std::size(kAll); ++i) {
      CAPTURE(i);
      CAPTURE(row.statuses.size());
      Entity asked = entity(EntityName::value, "a");
      asked.existence = kAll[i];
      CHECK(judge(state_of({asked}), item) == row.verdicts[i]);
    }
  }
}

TEST_CASE("existence comes before the comparison, and does not stand in for it") {
  const auto says = [](Existence existence, Check check, std::string_view value, Status status) {
    StoredItem item(Family::sysctl);
    if (status == Status::exists) {
      item.add(EntityName::value, "a");
    } else {
      item.add_status(EntityName::value, status);
    }
    Entity asked = entity(EntityName::value, value);
    asked.existence = existence;
    asked.entity_check = check;
    return judge(state_of({asked}), item);
  };
  for (const Existence existence : {Existence::all_exist,
                                    Existence::any_exist,
                                    Existence::at_least_one_exists,
                                    Existence::only_one_exists}) {
    CHECK(says(existence, Check::all, "b", Status::exists) == Verdict::no);
    CHECK(says(existence, Check::none_satisfy, "b", Status::exists) == Verdict::yes);
  }
  // What does not exist satisfies nothing, but the entity has to exist all the same.
  CHECK(says(Existence::at_least_one_exists, Check::none_satisfy, "b", Status::does_not_exist) ==
        Verdict::no);
  CHECK(says(Existence::none_exist, Check::none_satisfy, "b", Status::does_not_exist) ==
        Verdict::yes);
  CHECK(says(Existence::none_exist, Check::none_satisfy, "b", Status::exists) == Verdict::no);
}

TEST_CASE("an entity that does not exist is compared with nothing, not even with a variable") {
  RegexCache regexes;
  StoredItem item(Family::sysctl);
  item.add_status(EntityName::value, Status::does_not_exist);
  Entity asked = entity(EntityName::value, "");
  asked.variable = 0;
  const auto says = [&](Existence existence, const VariableValues& of) {
    asked.existence = existence;
    const State state = state_of({asked});
    return StateMatcher(state, [&](Index) { return &of; }, regexes).judge(item);
  };
  CHECK(says(Existence::none_exist, values({"a"})) == Verdict::yes);
  CHECK(says(Existence::any_exist, values({"a"})) == Verdict::yes);
  // But one that cannot be known makes nothing pass.
  for (const Existence existence : {Existence::none_exist, Existence::any_exist}) {
    CHECK(says(existence, values({})) == Verdict::unknown);
    CHECK(says(existence, values({}, Flag::error)) == Verdict::error);
    CHECK(says(existence, values({}, Flag::not_collected)) == Verdict::error);
  }
}

TEST_CASE("existence of a record and of its fields is judged likewise") {
  StoredItem item(Family::sysctl);
  item.add_field(EntityName::value, "uid", ItemValue::of("0"));
  item.add_field(EntityName::value, "gid", ItemValue::of("0"));
  item.add_field(EntityName::value, "gid", ItemValue::of("0"));
  StoredItem absent(Family::sysctl);
  absent.add_status(EntityName::value, Status::does_not_exist);
  const auto says = [](const Item& found,
                       Existence of_record,
                       std::string_view name,
                       Existence of_field,
                       std::string_view value = "0") {
    Entity record = entity(EntityName::value, "");
    record.datatype = Datatype::record;
    record.existence = of_record;
    Entity field = entity(EntityName::unknown, value);
    field.spelled = name;
    field.existence = of_field;
    record.fields = {field};
    return judge(state_of({record}), found);
  };
  constexpr Existence kUsual = Existence::at_least_one_exists;
  CHECK(says(item, kUsual, "uid", Existence::only_one_exists) == Verdict::yes);
  CHECK(says(item, kUsual, "uid", Existence::only_one_exists, "1") == Verdict::no);
  CHECK(says(item, kUsual, "gid", Existence::only_one_exists) == Verdict::no);
  CHECK(says(item, kUsual, "gid", Existence::all_exist) == Verdict::yes);
  CHECK(says(item, kUsual, "uid", Existence::none_exist) == Verdict::no);
  CHECK(says(item, kUsual, "shell", Existence::none_exist) == Verdict::error);
  CHECK(says(item, Existence::none_exist, "uid", kUsual) == Verdict::no);
  CHECK(says(item, Existence::only_one_exists, "uid", kUsual) == Verdict::yes);
  CHECK(says(absent, Existence::none_exist, "uid", kUsual) == Verdict::yes);
  CHECK(says(absent, Existence::any_exist, "uid", kUsual) == Verdict::yes);
  CHECK(says(absent, kUsual, "uid", kUsual) == Verdict::no);
  StoredItem hidden(Family::sysctl);
  hidden.add_status(EntityName::value, Status::not_collected);
  CHECK(says(hidden, Existence::any_exist, "uid", kUsual) == Verdict::error);
  CHECK(says(hidden, Existence::none_exist, "uid", kUsual) == Verdict::unknown);
}

TEST_CASE("a filter takes what an item does not have for no proof that it does not exist") {
  RegexCache regexes;
  const auto filter = [&](Existence existence) {
    Entity asked = entity(EntityName::subexpression, "x");
    asked.existence = existence;
    State state = state_of({asked});
    state.family = Family::textfilecontent54;
    const StateMatcher matcher(
        state, [](Index) -> const VariableValues* { return nullptr; }, regexes);
    return matcher.judge_as_filter(StoredItem(Family::textfilecontent54));
  };
  CHECK(filter(Existence::at_least_one_exists) == Verdict::no);
  CHECK(filter(Existence::all_exist) == Verdict::no);
  CHECK(filter(Existence::only_one_exists) == Verdict::no);
  CHECK(filter(Existence::none_exist) == Verdict::unknown);
  CHECK(filter(Existence::any_exist) == Verdict::unknown);
}

TEST_CASE("an item that is an error is judged an error, one that is absent fulfils nothing") {
  const State state = state_of({entity(EntityName::type, "regular")});
  StoredItem item = file(1, "regular");
  CHECK(judge(state, item) == Verdict::yes);
  item.set_status(Status::error);
  CHECK(judge(state, item) == Verdict::error);
  item.set_status(Status::not_collected);
  CHECK(judge(state, item) == Verdict::error);
  item.set_status(Status::does_not_exist);
  CHECK(judge(state, item) == Verdict::no);
}

TEST_CASE("line in a state is the text of an item") {
  StoredItem item(Family::textfilecontent54);
  item.add(EntityName::text, "a = 1");
  CHECK(judge(state_of({entity(EntityName::line, "a = 1")}), item) == Verdict::yes);
  CHECK(judge(state_of({entity(EntityName::line, "a = 2")}), item) == Verdict::no);
}

TEST_CASE("records are compared field by field") {
  StoredItem item(Family::textfilecontent54);
  item.add_field(EntityName::value, "uid", ItemValue::of("0"));
  item.add_field(EntityName::value, "name", ItemValue::of("root"));
  Entity record = entity(EntityName::value, "");
  record.datatype = Datatype::record;
  const auto field = [](std::string_view name, std::string_view value) {
    Entity made = entity(EntityName::unknown, value);
    made.spelled = name;
    return made;
  };
  record.fields = {field("uid", "0"), field("name", "root")};
  CHECK(judge(state_of({record}), item) == Verdict::yes);
  record.fields = {field("uid", "0"), field("name", "toor")};
  CHECK(judge(state_of({record}), item) == Verdict::no);
  record.fields = {field("shell", "sh")};
  CHECK(judge(state_of({record}), item) == Verdict::error);
  record.fields = {field("uid", "0")};
  record.operation = Operation::not_equal;
  CHECK(judge(state_of({record}), item) == Verdict::error);
}

TEST_CASE("items are the same when all they show is") {
  CHECK(file(1, "regular").key() == file(1, "regular").key());
  CHECK(file(1, "regular").key() != file(2, "regular").key());
  StoredItem one(Family::sysctl);
  one.add(EntityName::value, "ab");
  one.add(EntityName::value, "c");
  StoredItem other(Family::sysctl);
  other.add(EntityName::value, "a");
  other.add(EntityName::value, "bc");
  CHECK(one.key() != other.key());
  StoredItem absent(Family::sysctl);
  absent.add_status(EntityName::value, Status::does_not_exist);
  StoredItem empty(Family::sysctl);
  empty.add(EntityName::value, "");
  CHECK(absent.key() != empty.key());
}

TEST_CASE("a filter tells what an item does not have from what is never collected") {
  RegexCache regexes;
  const auto filter = [&](Family family, EntityName name) {
    State state = state_of({entity(name, "x")});
    state.family = family;
    const StateMatcher matcher(
        state, [](Index) -> const VariableValues* { return nullptr; }, regexes);
    return matcher.judge_as_filter(StoredItem(family));
  };
  CHECK(filter(Family::textfilecontent54, EntityName::subexpression) == Verdict::no);
  CHECK(filter(Family::process58, EntityName::loginuid) == Verdict::no);
  CHECK(filter(Family::process58, EntityName::selinux_domain_label) == Verdict::unknown);
  CHECK(filter(Family::process58, EntityName::posix_capability) == Verdict::unknown);
  CHECK(judge(state_of({entity(EntityName::subexpression, "x")}), StoredItem(Family::file)) ==
        Verdict::unknown);
}
