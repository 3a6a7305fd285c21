// A shared library that is loaded when it is first needed: the start of the program does not pay
// for it, and a machine without it can run everything else.
#pragma once

namespace twoseal {

/// Never closed: libraries keep state of threads, and functions that were given out stay.
class SharedLibrary {
 public:
  /// `name`: as the dynamic linker knows it, such as `libxml2.so.2`. Not open when it is missing.
  explicit SharedLibrary(const char* name);

  [[nodiscard]] bool is_open() const { return library_ != nullptr; }

  /// Sets `function` (a pointer) to what the library calls `name`. Whether there is such a thing.
  template <class T>
  [[nodiscard]] bool load(const char* name, T& function) const {
    function = reinterpret_cast<T>(find(name));
    return function != nullptr;
  }

 private:
  [[nodiscard]] void* find(const char* name) const;

  void* library_;
};

}  // namespace twoseal
