# What most files include of the standard library, and doctest for the tests, compiled once per build
# directory, so that a whole build takes a quarter less. Preset asan has it; the others do not: they
# find includes that were forgotten, and GCC 12 warns of what is no fault in precompiled headers.
option(TWOSEAL_PRECOMPILED "compile the headers that most files include once (clang)" OFF)
set(TWOSEAL_COMMON_HEADERS
  <algorithm> <array> <atomic> <cerrno> <charconv> <chrono> <cstdint> <cstring> <deque> <expected>
  <functional> <map> <memory> <mutex> <optional> <set> <span> <string> <string_view> <thread>
  <unordered_map> <utility> <variant> <vector>)

if(TWOSEAL_PRECOMPILED)
  # Of macros that only some targets set, headers compiled with them are refused by the others.
  add_compile_definitions(FMT_SHARED)
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp")  # for ccache
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/precompiled.cc
       CONTENT "// Only the headers that are compiled with it are of use.\n")
  add_library(twoseal_precompiled OBJECT ${CMAKE_BINARY_DIR}/precompiled.cc)
  target_link_libraries(twoseal_precompiled PRIVATE twoseal_warnings)
  target_precompile_headers(twoseal_precompiled PRIVATE ${TWOSEAL_COMMON_HEADERS})
  if(TWOSEAL_TESTS)
    add_library(twoseal_precompiled_test OBJECT ${CMAKE_BINARY_DIR}/precompiled.cc)
    target_link_libraries(twoseal_precompiled_test PRIVATE twoseal_warnings doctest::doctest)
    target_precompile_headers(twoseal_precompiled_test PRIVATE
                              ${TWOSEAL_COMMON_HEADERS} <doctest/doctest.h>)
  endif()
endif()

# twoseal_use_precompiled(TARGET KIND)   KIND: twoseal_precompiled or twoseal_precompiled_test
function(twoseal_use_precompiled target kind)
  if(TWOSEAL_PRECOMPILED)
    target_precompile_headers(${target} REUSE_FROM ${kind})
  endif()
endfunction()
