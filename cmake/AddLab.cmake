# add_chapter(), add_lab(), finish_labs(): the whole course from a few lines.
#
# Targets bear the names of their tests (lab.fetch, mutant.fetch.no-htons),
# and programs lie in ${CMAKE_BINARY_DIR}/TREE/CHAPTER/, where TREE is one of
# work, labs, solutions, mutants, accepted and tests.
include(cmake/BigEndian.cmake)
find_program(WORKBOOK_PATCH patch REQUIRED)

# Names go into targets, tests, files and the learner's command line.
set(WORKBOOK_NAME "^[a-z][a-z0-9-]*$")

# ctest's time limit is a backstop only: the checkers own every deadline.
set(WORKBOOK_BACKSTOP 600)

# add_chapter(CHAPTER TITLE): opens a chapter; its labs' lines follow.
function(add_chapter chapter title)
  if(NOT chapter MATCHES "^[0-9][0-9]-[a-z][a-z0-9-]*$")
    message(FATAL_ERROR "add_chapter(${chapter}): want NN-name")
  endif()
  set_property(GLOBAL APPEND PROPERTY workbook_chapters ${chapter})
  set_property(GLOBAL APPEND_STRING PROPERTY workbook_chapter_rows
                                             "${chapter}\t${title}\n")
  if(WORKBOOK_AUTHOR OR WORKBOOK_DOCS)
    _add_facts(${chapter})
  endif()
endfunction()

# add_lab(CHAPTER NAME UNSOLVED CASE [BIG_ENDIAN]): one lab; CASE is the first
# one that the pristine starter fails.  BIG_ENDIAN: its programs are built for a
# machine of the other byte order as well.
function(add_lab chapter name)
  cmake_parse_arguments(PARSE_ARGV 2 arg "BIG_ENDIAN" "UNSOLVED" "")
  _refuse_bad_line(${chapter} ${name} "${arg_UNSOLVED}"
                   "${arg_UNPARSED_ARGUMENTS}")

  _read_title(title ${chapter} ${name})
  set_property(GLOBAL APPEND PROPERTY workbook_labs ${name})
  set_property(
    GLOBAL APPEND_STRING
    PROPERTY workbook_lab_rows
             "${chapter}\t${name}\t${arg_UNSOLVED}\t${title}\n")

  set(lab_is_big_endian ${arg_BIG_ENDIAN}) # for _add_subject()
  _add_checker(${chapter} ${name})
  _add_desk_lab(${chapter} ${name})
  if(WORKBOOK_AUTHOR)
    _add_proof(${chapter} ${name} ${arg_UNSOLVED})
  endif()
endfunction()

# finish_labs(): writes what the runner, the site and the tests read.
function(finish_labs)
  get_property(chapters GLOBAL PROPERTY workbook_chapter_rows)
  get_property(labs GLOBAL PROPERTY workbook_lab_rows)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/chapters.tsv @ONLY
       CONTENT "chapter\ttitle\n${chapters}")
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/manifest.tsv @ONLY
       CONTENT "chapter\tname\tunsolved\ttitle\n${labs}")

  foreach(kind check lab starter solution mutant accepted facts proofs)
    get_property(targets GLOBAL PROPERTY workbook_all_${kind})
    if(targets)
      add_custom_target(all.${kind} DEPENDS ${targets})
    endif()
  endforeach()
endfunction()

# Puts a target among those of its kind: all.check, all.lab, all.mutant, ...
function(_note_target target)
  string(REGEX REPLACE "\\..*" "" kind ${target})
  set_property(GLOBAL APPEND PROPERTY workbook_all_${kind} ${target})
endfunction()

function(_refuse_bad_line chapter name unsolved rest)
  get_property(chapters GLOBAL PROPERTY workbook_chapters)
  get_property(labs GLOBAL PROPERTY workbook_labs)
  set(line "add_lab(${chapter} ${name} UNSOLVED ${unsolved})")
  if(NOT chapter IN_LIST chapters)
    message(FATAL_ERROR "${line}: add_chapter(${chapter} ...) comes first")
  endif()
  if(NOT name MATCHES "${WORKBOOK_NAME}" OR name STREQUAL "facts")
    message(FATAL_ERROR "${line}: a lab cannot be named ${name}")
  endif()
  if(name IN_LIST labs)
    message(FATAL_ERROR "${line}: lab names are unique in the course")
  endif()
  if(NOT unsolved MATCHES "${WORKBOOK_NAME}" OR rest)
    message(FATAL_ERROR "${line}: want UNSOLVED and one case")
  endif()
endfunction()

# The title is what follows "NAME:" at the head of the starter.
function(_read_title result chapter name)
  set(starter ${PROJECT_SOURCE_DIR}/labs/${chapter}/${name}.c)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${starter})
  file(STRINGS ${starter} head LIMIT_COUNT 1 REGEX "^/\\* ${name}: ")
  if(NOT head MATCHES ": *([^*]*[^*. ])")
    message(FATAL_ERROR "${starter}: wants \"/* ${name}: TITLE\" at its head")
  endif()
  set(${result} "${CMAKE_MATCH_1}" PARENT_SCOPE)
endfunction()

function(_add_checker chapter name)
  add_executable(check.${name} tests/${chapter}/${name}.c)
  _note_target(check.${name})
  target_link_libraries(check.${name} PRIVATE harness tool_flags)
  set_target_properties(
    check.${name} PROPERTIES OUTPUT_NAME ${name}.check
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests/${chapter})
endfunction()

# A program that checkers judge: _add_subject(TARGET SOURCE TREE/CHAPTER NAME
# FLAG...)
function(_add_subject target source dir name)
  add_executable(${target} ${source} $<TARGET_OBJECTS:asan_options>)
  _note_target(${target})
  target_link_libraries(${target} PRIVATE subject_flags)
  target_compile_options(${target} PRIVATE ${ARGN})
  set_target_properties(
    ${target} PROPERTIES OUTPUT_NAME ${name}
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${dir})
  if(lab_is_big_endian)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
    _add_big_endian(${target} ${source} ${CMAKE_BINARY_DIR}/${dir}/${name}
                    ${ARGN})
  endif()
endfunction()

# The learner's file.  The runner puts it on the desk after CMake has run, so
# CMake must not look for it; a warning never stops it, and it stops no other.
function(_add_desk_lab chapter name)
  set(source ${PROJECT_SOURCE_DIR}/work/${chapter}/${name}.c)
  set_source_files_properties(${source} PROPERTIES GENERATED TRUE)
  _add_subject(lab.${name} ${source} work/${chapter} ${name})
  set_target_properties(lab.${name} PROPERTIES EXCLUDE_FROM_ALL TRUE
                        COMPILE_WARNING_AS_ERROR OFF)

  add_test(NAME build.${name}
           COMMAND ${CMAKE_COMMAND} --build ${CMAKE_BINARY_DIR}
                   --target lab.${name} check.${name})
  add_test(NAME lab.${name} COMMAND check.${name} $<TARGET_FILE:lab.${name}>)
  set_tests_properties(
    build.${name} PROPERTIES FIXTURES_SETUP ${name} RESOURCE_LOCK ninja
    LABELS learner TIMEOUT ${WORKBOOK_BACKSTOP})
  set_tests_properties(
    lab.${name} PROPERTIES FIXTURES_REQUIRED ${name} SKIP_RETURN_CODE 77
    LABELS learner TIMEOUT ${WORKBOOK_BACKSTOP})
endfunction()

# One of the course's own tests: _author_test(NAME "LABEL..." COMMAND...)
function(_author_test name labels)
  add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(
    ${name} PROPERTIES LABELS "author;${labels}" SKIP_RETURN_CODE 77
    TIMEOUT ${WORKBOOK_BACKSTOP})
endfunction()

# What proves the checker of a lab, and the lab itself.
function(_add_proof chapter name unsolved)
  set(path ${chapter}/${name})
  set(frame ${PROJECT_SOURCE_DIR}/tests/course/frame.py)
  set(results ${PROJECT_SOURCE_DIR}/tests/course/results.py)
  set(plain ${PROJECT_SOURCE_DIR}/tests/course/plain.sh)

  _add_subject(starter.${name} labs/${path}.c labs/${chapter} ${name})
  _author_test(starter.${name} starter check.${name} --unsolved ${unsolved}
               $<TARGET_FILE:starter.${name}>)

  _add_subject(solution.${name} solutions/${path}.c solutions/${chapter}
               ${name})
  _author_test(solution.${name} solution check.${name}
               $<TARGET_FILE:solution.${name}>)

  _author_test(frame.${name} frame python3 ${frame} labs/${path}.c
               solutions/${path}.c)
  _author_test(plain.${name} plain sh ${plain} ${CMAKE_C_COMPILER}
               labs/${path}.c solutions/${path}.c)

  _author_test(results.${name} results python3 ${results}
               $<TARGET_FILE:check.${name}> $<TARGET_FILE:starter.${name}>
               $<TARGET_FILE:solution.${name}>)

  # More random faults than a learner's check has the time for.
  file(STRINGS tests/${path}.c random LIMIT_COUNT 1 REGEX " RANDOM_FAULTS[,)]")
  if(random)
    _author_test(random.${name} random check.${name} --schedules 60
                 $<TARGET_FILE:solution.${name}>)
  endif()

  file(GLOB patches CONFIGURE_DEPENDS
       ${PROJECT_SOURCE_DIR}/tests/${path}/mutants/*.patch)
  foreach(patch IN LISTS patches)
    _add_mutant(${chapter} ${name} ${patch})
  endforeach()

  file(GLOB variants CONFIGURE_DEPENDS
       ${PROJECT_SOURCE_DIR}/tests/${path}/accepted/*.c)
  foreach(source IN LISTS variants)
    cmake_path(GET source STEM id)
    set(target accepted.${name}.${id})
    _add_subject(${target} ${source} accepted/${path} ${id})
    _author_test(${target} accepted check.${name} $<TARGET_FILE:${target}>)
  endforeach()
endfunction()

# A known-wrong program: the solution, patched.  A stale patch fails the
# build.  Its warnings are nobody's business, they are part of the mistake.
function(_add_mutant chapter name patch)
  cmake_path(GET patch STEM id)
  set(target mutant.${name}.${id})
  set(solution ${PROJECT_SOURCE_DIR}/solutions/${chapter}/${name}.c)
  set(source ${CMAKE_BINARY_DIR}/mutants/${chapter}/${name}/${id}.c)

  add_custom_command(
    OUTPUT ${source}
    COMMAND ${WORKBOOK_PATCH} -s -N -F0 -r - -o ${source} ${solution} ${patch}
    DEPENDS ${solution} ${patch}
    COMMENT "Making ${target}"
    VERBATIM)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${patch})
  file(STRINGS ${patch} flags LIMIT_COUNT 1 REGEX "^Flags: ")
  string(REGEX REPLACE "^Flags: *" "" flags "${flags}")
  separate_arguments(flags UNIX_COMMAND "${flags}")
  _add_subject(${target} ${source} mutants/${chapter}/${name} ${id} -w ${flags})
  _author_test(${target} mutant check.${name} --expect ${patch}
               $<TARGET_FILE:${target}>)
endfunction()

# The facts of a chapter: one program, one test for each FACT(name, "..."), and
# proofs/CHAPTER.json, what they say on this machine.
function(_add_facts chapter)
  set(source ${PROJECT_SOURCE_DIR}/tests/${chapter}/facts.c)
  add_executable(facts.${chapter} EXCLUDE_FROM_ALL ${source})
  _note_target(facts.${chapter})
  target_link_libraries(facts.${chapter} PRIVATE facts tool_flags)
  set_target_properties(
    facts.${chapter} PROPERTIES OUTPUT_NAME facts
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests/${chapter})
  _add_results(${chapter})
  if(WORKBOOK_AUTHOR)
    set_target_properties(facts.${chapter} PROPERTIES EXCLUDE_FROM_ALL FALSE)
    _add_fact_tests(${chapter} ${source})
  endif()
endfunction()

# The results of a chapter's facts, anew when their program is.  A fact that
# does not hold is a result like any other, and stops nothing.
function(_add_results chapter)
  set(result ${CMAKE_BINARY_DIR}/proofs/${chapter}.json)
  add_custom_command(
    OUTPUT ${result}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/proofs
    COMMAND /bin/sh -c "\"$0\" --json >\"$1.new\"; mv \"$1.new\" \"$1\""
            $<TARGET_FILE:facts.${chapter}> ${result}
    DEPENDS facts.${chapter}
    COMMENT "Trying what ${chapter} claims"
    VERBATIM)
  add_custom_target(proofs.${chapter} DEPENDS ${result})
  _note_target(proofs.${chapter})
endfunction()

function(_add_fact_tests chapter source)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(STRINGS ${source} lines REGEX "^FACT\\([a-z0-9_]+,")
  foreach(line IN LISTS lines)
    string(REGEX MATCH "^FACT\\(([a-z0-9_]+)," line "${line}")
    _author_test(fact.${chapter}.${CMAKE_MATCH_1} fact facts.${chapter}
                 ${CMAKE_MATCH_1})
  endforeach()
endfunction()
