# How things are compiled: interface libraries, no global flags.
#
#   course_warnings  the warnings that all code of the course is free of
#   subject_flags    what a checker judges: a lab, solution, mutant, ...
#   tool_flags       the runner, the checkers, the facts
include(CheckCCompilerFlag)
include(CheckLinkerFlag)

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON) # gnu17, the default of plain "cc file.c"

add_library(course_warnings INTERFACE)
target_compile_options(
  course_warnings
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -Wconversion
            -Wstrict-prototypes
            -Wmissing-prototypes
            -Wformat=2
            -Wcast-qual
            -Wwrite-strings
            -Wvla)

# Position-independent programs would meet addresses that ASan of gcc before
# 14 cannot map, one start in some thousands.
add_library(subject_flags INTERFACE)
target_compile_options(
  subject_flags INTERFACE -g -O0 -fsanitize=address,undefined
                          -fno-sanitize-recover=all -fno-pie)
target_link_options(subject_flags INTERFACE -fsanitize=address,undefined
                    -no-pie)
target_link_libraries(subject_flags INTERFACE course_warnings)

# Each case starts the program anew: with the sanitizers' libraries inside, as
# clang links them anyway, there is less to load each time.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  target_link_options(subject_flags INTERFACE -static-libubsan -static-libasan)
endif()

# What was never set is the same garbage in every run, and not by chance 0.
check_c_compiler_flag(-ftrivial-auto-var-init=pattern WORKBOOK_HAS_PATTERN)
if(WORKBOOK_HAS_PATTERN)
  target_compile_options(subject_flags
                         INTERFACE -ftrivial-auto-var-init=pattern)
endif()

# The link is most of the time between save and verdict, and the linkers
# differ: 46 ms with gold, 50 with mold, 68 with the default.  Of what clang
# makes, gold complains.
set(WORKBOOK_LINKERS mold)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  list(PREPEND WORKBOOK_LINKERS gold)
endif()
foreach(linker IN LISTS WORKBOOK_LINKERS)
  check_linker_flag(C -fuse-ld=${linker} WORKBOOK_HAS_${linker})
  if(WORKBOOK_HAS_${linker})
    target_link_options(subject_flags INTERFACE -fuse-ld=${linker})
    break()
  endif()
endforeach()

add_library(asan_options OBJECT cmake/asan_options.c)
target_compile_options(asan_options PRIVATE -fno-pie)
target_link_libraries(asan_options PRIVATE course_warnings)

add_library(tool_flags INTERFACE)
target_compile_options(tool_flags INTERFACE -g -O2)
target_link_libraries(tool_flags INTERFACE course_warnings)
