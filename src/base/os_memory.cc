#include "base/os_memory.h"

#include <cstdint>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

namespace twoseal {
namespace {

// Segments that may be written to hold what the file does not have any more.
int give_back(dl_phdr_info* info, std::size_t /*size*/, void* /*data*/) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) {
      continue;
    }
    const std::uintptr_t address = info->dlpi_addr + segment.p_vaddr;
    const std::uintptr_t begin = (address + page - 1) / page * page;
    const std::uintptr_t end = (address + segment.p_filesz) / page * page;
    if (begin < end) {
      // NOLINTNEXTLINE(performance-no-int-to-ptr): addresses are what the loader tells
      static_cast<void>(::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED));
    }
  }
  return 0;
}

}  // namespace

void give_back_program_pages() {
  ::dl_iterate_phdr(give_back, nullptr);
}

}  // namespace twoseal
