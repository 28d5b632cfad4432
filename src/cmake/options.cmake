# Warnings and sanitizers for our own targets only: link ktrace_options (PRIVATE), never set globally.
add_library(ktrace_options INTERFACE)
target_compile_options(ktrace_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
# g++ 12 sees overlaps in std::string's own operator+ at -O2 and above (its bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(ktrace_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()
option(KTRACE_WERROR "Warnings are errors" ON)
if(KTRACE_WERROR)
  target_compile_options(ktrace_options INTERFACE -Werror)
endif()

set(KTRACE_SANITIZE "" CACHE STRING "Sanitizers for our targets, e.g. address,undefined or thread")
if(KTRACE_SANITIZE)
  target_compile_options(ktrace_options INTERFACE -fsanitize=${KTRACE_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all)
  # What sanitizers add to the code makes g++ see uninitialized values where there are none.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(ktrace_options INTERFACE -Wno-maybe-uninitialized)
  endif()
  target_link_options(ktrace_options INTERFACE -fsanitize=${KTRACE_SANITIZE})
endif()

# What fuzzers have to see of a run: which branches it takes, what it compares. tests/fuzz then links the fuzzer itself.
option(KTRACE_FUZZ "tests/fuzz fuzzes, by libFuzzer (clang); else it replays" OFF)
if(KTRACE_FUZZ)
  target_compile_options(ktrace_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# The contracts in include/, which every module may use.
add_library(ktrace_contracts INTERFACE)
target_include_directories(ktrace_contracts INTERFACE ${PROJECT_SOURCE_DIR}/include)

# ktrace_module(NAME SOURCES... [USES modules...]): a folder under src/ is a static library that sees only what it names.
function(ktrace_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES" ${ARGN})
  add_library(ktrace_${name} STATIC ${arg_SOURCES})
  target_include_directories(ktrace_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(ktrace_${name} PUBLIC ktrace_contracts PRIVATE ktrace_options)
  foreach(use IN LISTS arg_USES)
    if(TARGET ktrace_${use} OR NOT use MATCHES "::")
      target_link_libraries(ktrace_${name} PUBLIC ktrace_${use})
    else()
      target_link_libraries(ktrace_${name} PUBLIC ${use})
    endif()
  endforeach()
endfunction()
