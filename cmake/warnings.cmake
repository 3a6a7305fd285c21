# Warnings are errors everywhere; a warning that is wrong is silenced at its line, with the reason.
add_library(twoseal_warnings INTERFACE)
# -Wno-missing-field-initializers: members that designated initialisers leave out have their defaults.
target_compile_options(twoseal_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # -Wno-deprecated-declarations: std::stable_sort of libstdc++ 12 calls its own
  # get_temporary_buffer, which C++17 deprecates, and clang tells it at each of our calls.
  target_compile_options(twoseal_warnings INTERFACE -Wthread-safety -Wno-deprecated-declarations)
endif()
