#include "tests/fuzz/directory_edit.h"

#include "codec/objects.h"
#include "crypto/hash.h"
#include "tests/fuzz/json_edit.h"

namespace twoseal::fuzz {
namespace {

Files::iterator chosen(Files& files, Choices& choices) {
  auto file = files.begin();
  std::advance(file, static_cast<std::ptrdiff_t>(choices.below(files.size())));
  return file;
}

// What stands in base64 inside a record or proof, edited as the JSON that it is.
Bytes edit_inside(const Bytes& bytes, Choices& choices) {
  if (auto record = codec::decode<SignatureRecord>(bytes)) {
    record->statement = edit_json(record->statement, choices);
    return codec::encode(*record);
  }
  if (auto proof = codec::decode<InclusionProof>(bytes)) {
    proof->entry = edit_json(proof->entry, choices);
    return codec::encode(*proof);
  }
  return edit_json(bytes, choices);
}

void move(Files& files, Files::iterator file, const std::string& path) {
  Bytes bytes = std::move(file->second);
  files.erase(file);
  files[path] = std::move(bytes);
}

// A file whose name is its digest gets the name that it should have now.
void rename_by_content(Files& files, Files::iterator file) {
  const std::size_t slash = file->first.rfind('/') + 1;
  const std::string tail = file->first.ends_with(".json") ? ".json" : "";
  if (file->first.size() == slash + 64 + tail.size()) {
    move(files, file, file->first.substr(0, slash) + sha256(file->second).hex() + tail);
  }
}

}  // namespace

void edit_file(Files& files, Choices& choices) {
  if (files.empty()) {
    files[choices.bytes()] = choices.bytes();
    return;
  }
  const auto file = chosen(files, choices);
  switch (choices.below(10)) {
    case 0:
    case 1:
    case 2:
      file->second = edit_json(file->second, choices);
      return;
    case 3:
      file->second = edit_inside(file->second, choices);
      return;
    case 4:
      file->second = edit_json(file->second, choices);
      return rename_by_content(files, file);
    case 5:
      files.erase(file);
      return;
    case 6:
      file->second = Bytes(chosen(files, choices)->second);
      return;
    case 7:
      file->second.swap(chosen(files, choices)->second);
      return;
    case 8: {
      const std::string path = damaged(file->first, choices);
      return move(files, file, path);
    }
    default: {
      const std::string path = damaged(file->first, choices);
      files[path] = choices.flag() ? Bytes(file->second) : choices.bytes();
    }
  }
}

void edit_files(Files& files, Choices& choices) {
  for (std::size_t i = 0; i < kEditsMax && !choices.at_end(); ++i) {
    edit_file(files, choices);
  }
}

}  // namespace twoseal::fuzz
