# The labs about byte order are built a second time, for a machine of the other
# order: s390x, the one big-endian Linux that Debian still builds for.  Their
# checkers run that program by an emulator (tests/harness/emulated.c).
#
# Static, since there is no loader of such programs here; with UBSan, but
# without ASan, which does not run there.
set(WORKBOOK_CROSS_FLAGS
    -std=gnu17 -g -O0 -static -fsanitize=undefined -fno-sanitize-recover=all
    -ftrivial-auto-var-init=pattern -w)

find_program(WORKBOOK_CROSS_CC s390x-linux-gnu-gcc)

# Whether it can link, for which it needs its own C library and UBSan.
function(_try_cross_compiler result)
  set(source ${CMAKE_BINARY_DIR}/CMakeFiles/cross.c)
  file(WRITE ${source} "int main(void) { return 0; }\n")
  execute_process(
    COMMAND ${WORKBOOK_CROSS_CC} ${WORKBOOK_CROSS_FLAGS} -o ${source}.out
            ${source} RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
  if(status EQUAL 0)
    set(${result} ON PARENT_SCOPE)
  else()
    set(${result} OFF PARENT_SCOPE)
  endif()
endfunction()

set(WORKBOOK_HAS_CROSS OFF)
if(WORKBOOK_CROSS_CC)
  _try_cross_compiler(WORKBOOK_HAS_CROSS)
endif()

# Once it is installed, the next build finds it: these change with that.
if(NOT WORKBOOK_HAS_CROSS)
  foreach(place IN ITEMS /usr/bin /var/lib/dpkg)
    if(EXISTS ${place})
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${place})
    endif()
  endforeach()
endif()

# _add_big_endian(TARGET SOURCE PROGRAM FLAG...): builds PROGRAM.s390x whenever
# TARGET has been linked; without a compiler it takes away what one has left.
# A part of that link, so that what fails is TARGET: a learner's file.  It has
# been compiled once before by then; so a complaint says which machine it is of.
function(_add_big_endian target source program)
  if(WORKBOOK_HAS_CROSS)
    set(command
        sh -c "\"$@\" || ! echo 'remark: It compiles for this machine, and not for s390x.' >&2"
        sh ${WORKBOOK_CROSS_CC} ${WORKBOOK_CROSS_FLAGS} ${ARGN} -o
        ${program}.s390x ${source})
  else()
    set(command rm -f ${program}.s390x)
  endif()
  add_custom_command(TARGET ${target} POST_BUILD COMMAND ${command} VERBATIM)
endfunction()
