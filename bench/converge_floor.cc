// What the kernel and a hash cost for a look at files that are as they should be, with no agent
// around it: open, fstat, read, SHA-256, mode, owner and digest compared, on one thread.
//
//   converge_floor MANIFEST     one file a line, tab-separated: path, sha256, mode (octal), uid,
//   gid
//
// Ends with 1 when a file is not as the manifest says, with 2 when it cannot be read.
#include <charconv>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <openssl/evp.h>

namespace {

constexpr std::size_t kDigest = 32;
constexpr std::size_t kPiece = 65'536;

struct Item {
  std::string path;
  std::string digest;
  mode_t mode = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};

std::string bytes_of(const std::string& hex) {
  std::string bytes(kDigest, '\0');
  for (std::size_t i = 0; i < kDigest; ++i) {
    unsigned value = 0;
    std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, value, 16);
    bytes[i] = static_cast<char>(value);
  }
  return bytes;
}

std::vector<Item> read_manifest(const char* path) {
  std::vector<Item> items;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    Item item;
    std::string hex;
    fields >> item.path >> hex >> std::oct >> item.mode >> std::dec >> item.uid >> item.gid;
    item.digest = bytes_of(hex);
    items.push_back(item);
  }
  return items;
}

bool is_right(const Item& item, EVP_MD_CTX* context, const EVP_MD* hash, std::string& buffer) {
  const int file = ::open(item.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  struct stat info = {};
  if (file < 0 || ::fstat(file, &info) != 0) {
    return false;
  }
  EVP_DigestInit_ex2(context, hash, nullptr);
  ssize_t size = 0;
  while ((size = ::read(file, buffer.data(), buffer.size())) > 0) {
    EVP_DigestUpdate(context, buffer.data(), static_cast<std::size_t>(size));
  }
  ::close(file);
  std::string digest(kDigest, '\0');
  EVP_DigestFinal_ex(context, reinterpret_cast<unsigned char*>(digest.data()), nullptr);
  return digest == item.digest && info.st_mode == (S_IFREG | item.mode) &&
         info.st_uid == item.uid && info.st_gid == item.gid;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    return 2;
  }
  const std::vector<Item> items = read_manifest(argv[1]);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_MD* hash = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  std::string buffer(kPiece, '\0');
  std::size_t wrong = items.empty() ? 1 : 0;
  for (const Item& item : items) {
    wrong += is_right(item, context, hash, buffer) ? 0 : 1;
  }
  EVP_MD_free(hash);
  EVP_MD_CTX_free(context);
  std::printf("%zu of %zu wrong\n", wrong, items.size());
  return wrong == 0 ? 0 : 1;
}
