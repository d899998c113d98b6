# The instruction sets that loops are compiled for, each with its flags.
set(capstan_isas portable)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND capstan_isas avx2 avx512)
endif()
set(capstan_flags_portable "")
set(capstan_flags_avx2 -mavx2 -mfma)
set(capstan_flags_avx512 -mavx2 -mfma -mavx512f -mavx512cd -mavx512dq -mavx512bw -mavx512vl)

# capstan_isa_sources(kernels FOLDERS fold … FLAGS …): src/<folder>/<isa>.cpp of each folder and instruction set, which is
# compiled with the flags of that set and those given here. The list goes into the variable that is named first.
function(capstan_isa_sources list)
  cmake_parse_arguments(PARSE_ARGV 1 ISA "" "" "FOLDERS;FLAGS")
  set(sources)
  foreach(folder IN LISTS ISA_FOLDERS)
    foreach(isa IN LISTS capstan_isas)
      list(APPEND sources src/${folder}/${isa}.cpp)
      set_source_files_properties(src/${folder}/${isa}.cpp PROPERTIES COMPILE_OPTIONS
                                                                      "${capstan_flags_${isa}};${ISA_FLAGS}")
    endforeach()
  endforeach()
  set(${list} "${sources}" PARENT_SCOPE)
endfunction()
