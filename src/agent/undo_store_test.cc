#include "agent/undo_store.h"

#include <doctest/doctest.h>

#include "crypto/hash.h"
#include "tests/support/memory_home.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

PathState holding(FileKind kind, BytesView bytes) {
  PathState state;
  state.kind = kind;
  state.content = sha256(bytes);
  return state;
}

// What puts `old_bytes` back in the place of `new_bytes`.
FileOperation inverse(const std::string& path, BytesView new_bytes, BytesView old_bytes) {
  return {path,
          holding(FileKind::regular, new_bytes),
          holding(FileKind::regular, old_bytes),
          std::make_shared<const Bytes>(old_bytes)};
}

// The operation that `inverse()` takes back.
FileOperation operation(const std::string& path, BytesView old_bytes, BytesView new_bytes) {
  return {
      path, holding(FileKind::regular, old_bytes), holding(FileKind::regular, new_bytes), nullptr};
}

class Desk : public test::MemoryHome {
 public:
  std::string file_of(BytesView bytes) { return "/agent/undo/" + sha256(bytes).hex(); }

  UndoStore store{home};
};

}  // namespace

TEST_CASE("what was kept comes back with the operation that puts it there") {
  Desk desk;
  REQUIRE(desk.store.keep({inverse("/a", "new", "old"), inverse("/b", "new", "old")}).has_value());
  CHECK(desk.home.list("undo").value().size() == 1);  // the same bytes once
  const auto back = desk.store.inverse_of(operation("/a", "old", "new"));
  REQUIRE(back.has_value());
  CHECK(back->path == "/a");
  CHECK(*back->bytes == "old");
  CHECK(back->before.content == sha256("new"));
  CHECK(back->after.content == sha256("old"));
}

TEST_CASE("a link is kept as a file is; a free path and a directory need no bytes") {
  Desk desk;
  FileOperation link = inverse("/l", "new", "/where/it/led");
  link.after.kind = FileKind::symlink;
  PathState directory;
  directory.kind = FileKind::directory;
  const FileOperation remove{"/n", holding(FileKind::regular, "x"), {}, nullptr};
  const FileOperation make{"/d", {}, directory, nullptr};
  REQUIRE(desk.store.keep({link, remove, make, HoldOperation{"p", true, false}}).has_value());
  CHECK(desk.home.list("undo").value().size() == 1);
  const FileOperation was{"/l", link.after, link.before, nullptr};
  CHECK(*desk.store.inverse_of(was).value().bytes == "/where/it/led");
  const FileOperation created{"/n", {}, holding(FileKind::regular, "x"), nullptr};
  CHECK(desk.store.inverse_of(created).value().bytes == nullptr);
  CHECK(desk.store.inverse_of({"/d", directory, {}, nullptr}).value().bytes == nullptr);
}

TEST_CASE("what is gone, cut at any length or damaged in any octet is B3, never put back") {
  Desk desk;
  const Bytes old_bytes = "the old text";
  REQUIRE(desk.store.keep({inverse("/a", "new", old_bytes)}).has_value());
  const FileOperation one = operation("/a", old_bytes, "new");
  for (std::size_t at = 0; at < old_bytes.size(); ++at) {
    CAPTURE(at);
    desk.host.system.files().put(desk.file_of(old_bytes), old_bytes.substr(0, at));
    CHECK(code_of(desk.store.inverse_of(one)) == Errc::refuse_b3);
    Bytes damaged = old_bytes;
    damaged[at] = '?';
    desk.host.system.files().put(desk.file_of(old_bytes), damaged);
    CHECK(code_of(desk.store.inverse_of(one)) == Errc::refuse_b3);
  }
  desk.host.system.files().erase(desk.file_of(old_bytes));
  const auto gone = desk.store.inverse_of(one);
  CHECK(code_of(gone) == Errc::refuse_b3);
  CHECK(gone.error().where == "/a");
}

TEST_CASE("everything but what is needed is erased, and nothing that is no content") {
  Desk desk;
  REQUIRE(desk.store.keep({inverse("/a", "n", "one"), inverse("/b", "n", "two")}).has_value());
  desk.host.system.files().put("/agent/undo/notes", "of a person");
  REQUIRE(desk.store.erase_all_but({sha256("two")}).has_value());
  CHECK(code_of(desk.store.inverse_of(operation("/a", "one", "n"))) == Errc::refuse_b3);
  CHECK(*desk.store.inverse_of(operation("/b", "two", "n")).value().bytes == "two");
  CHECK(desk.host.system.files().text("/agent/undo/notes") == "of a person");
}

TEST_CASE("what cannot be kept is an error before anything is done") {
  Desk desk;
  desk.host.system.files().set_capacity(1);
  CHECK(code_of(desk.store.keep({inverse("/a", "new", "old")})) == Errc::disk_full);
  desk.host.system.files().set_capacity(1'000'000'000);
  desk.host.system.files().set_read_only("/agent", true);
  CHECK(code_of(desk.store.keep({inverse("/a", "new", "old")})) == Errc::no_permission);
  CHECK(desk.store.keep({}).has_value());
}

TEST_CASE("the undo of a run needs what its files and links held before") {
  RunBegun begun;
  FileOperation link = operation("/l", "/led/here", "x");
  link.before.kind = FileKind::symlink;
  begun.operations = {keep(operation("/a", "one", "two")),
                      keep(operation("/a", "two", "three")),
                      keep(link),
                      keep(FileOperation{"/n", {}, holding(FileKind::regular, "new"), nullptr}),
                      keep(HoldOperation{"p", false, true})};
  begun.owned = {"file:/n", "setting:/a#key"};
  // Of /a, which is edited, also what each edit made of it.
  CHECK(digests_for_undo(begun) ==
        std::set<Digest>{sha256("one"), sha256("two"), sha256("three"), sha256("/led/here")});
}

TEST_CASE("an edit is kept with what it made, a file that is managed whole is not") {
  Desk desk;
  FileOperation edit = operation("/a", "one", "two");
  edit.bytes = std::make_shared<const Bytes>("two");
  REQUIRE(desk.store.keep({inverse("/a", "two", "one")}));
  REQUIRE(desk.store.keep_edits({edit}, {true}));
  CHECK_FALSE(desk.store.edit_of(edit).value());
  REQUIRE(desk.store.keep_edits({edit}, {false}));
  const auto kept = desk.store.edit_of(edit).value();
  REQUIRE(kept);
  CHECK(kept->before == "one");
  CHECK(kept->after == "two");
  desk.host.system.files().put("/agent/undo/" + sha256("two").hex(), "damaged");
  CHECK(code_of(desk.store.edit_of(edit)) == Errc::refuse_b3);
}
