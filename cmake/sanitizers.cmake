# TWOSEAL_SANITIZE: comma-separated list for -fsanitize= (preset tsan sets it). TWOSEAL_FUZZ brings
# address and undefined with it: preset asan is that without optimising, which compiles three times
# faster, with the tests; preset fuzz is that optimised, for long runs.
set(TWOSEAL_SANITIZE "" CACHE STRING "sanitizers, for example address,undefined")
option(TWOSEAL_COVERAGE "instrument for branch coverage" OFF)
if(TWOSEAL_SANITIZE)
  add_compile_options(-fsanitize=${TWOSEAL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TWOSEAL_SANITIZE})
endif()
if(TWOSEAL_COVERAGE)
  add_compile_options(--coverage -fno-inline -O0)
  add_link_options(--coverage)
endif()
if(TWOSEAL_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()
