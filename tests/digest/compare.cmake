# cmake -DPROGRAM=… -P compare.cmake: fails unless the program, run again and with other settings, prints the same
# digests of values. Each instruction set that the processor has rounds in its own way, so it is compared with itself
# only.
cmake_minimum_required(VERSION 3.25)

# capstan_run(avx2 digests argument …): what the program prints with an instruction set and these arguments.
function(capstan_run isa out)
  execute_process(COMMAND ${CMAKE_COMMAND} -E env "CAPSTAN_ISA=${isa}" "${PROGRAM}" ${ARGN}
                  OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
  set(${out} "${printed}" PARENT_SCOPE)
endfunction()

# capstan_compare("--threads 1" "--eager" …): what must print the same with each instruction set.
function(capstan_compare expected_settings)
  foreach(isa IN LISTS isas)
    separate_arguments(arguments UNIX_COMMAND "${expected_settings}")
    capstan_run(${isa} expected ${arguments})
    message(STATUS "${expected_settings}\n${expected}")
    foreach(settings IN LISTS ARGN)
      separate_arguments(arguments UNIX_COMMAND "${settings}")
      capstan_run(${isa} printed ${arguments})
      if(NOT printed STREQUAL expected)
        message(FATAL_ERROR "${isa}: with ${settings} other digests than with ${expected_settings}:\n${printed}"
                            "\nTo find the programs that differ, compare what --verbose prints.")
      endif()
    endforeach()
  endforeach()
endfunction()

capstan_run("" isas --instruction-sets)
string(REGEX MATCHALL "[a-z0-9]+" isas "${isas}")
if(NOT "portable" IN_LIST isas)
  message(FATAL_ERROR "the portable instruction set is missing among: ${isas}")
endif()

capstan_compare("--threads 1" "--threads 2")
# Planning within a budget takes long, so only one program in seven runs there. A budget of one byte stands for the least
# that each program can do with.
capstan_compare("--every 7" "--every 7 --eager" "--every 7 --budget 1 --threads 2")
# Plans do not depend on the instruction set.
set(isas "portable")
capstan_compare("--every 7 --plans" "--every 7 --plans")
