// For tests in which a library of the system loses memory: what it takes while one of these lives
// is not told by LeakSanitizer.
#pragma once

// Of the runtime of the sanitizers, where the program has one.
extern "C" {
void __lsan_disable() __attribute__((weak));  // NOLINT(bugprone-reserved-identifier)
void __lsan_enable() __attribute__((weak));   // NOLINT(bugprone-reserved-identifier)
}

namespace twoseal::test {

class LibraryLeaks {
 public:
  LibraryLeaks() {
    if (__lsan_disable != nullptr) {
      __lsan_disable();
    }
  }

  LibraryLeaks(const LibraryLeaks&) = delete;
  LibraryLeaks& operator=(const LibraryLeaks&) = delete;

  ~LibraryLeaks() {
    if (__lsan_enable != nullptr) {
      __lsan_enable();
    }
  }
};

}  // namespace twoseal::test
