# capstan_room(graph HEADERS … SOURCES … USES …): one library target a room. A room sees the public headers of the rooms
# it uses and no others, so that an include against the layering does not compile (tests/layering).
#
# What a room uses inside only is linked PRIVATE by the room itself. A library that a program must link as well (ZLIB)
# then needs its line in capstanConfig.cmake.in.
function(capstan_room name)
  cmake_parse_arguments(PARSE_ARGV 1 ROOM "" "" "HEADERS;SOURCES;USES")
  if(ROOM_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "capstan_room(${name}): what is ${ROOM_UNPARSED_ARGUMENTS}?")
  endif()
  if(NOT ROOM_SOURCES)
    file(WRITE "${CMAKE_CURRENT_BINARY_DIR}/empty.cpp" "")
    set(ROOM_SOURCES "${CMAKE_CURRENT_BINARY_DIR}/empty.cpp")
  endif()
  add_library(capstan_${name} STATIC ${ROOM_SOURCES})
  add_library(capstan::${name} ALIAS capstan_${name})
  target_sources(capstan_${name} PUBLIC FILE_SET HEADERS BASE_DIRS include FILES ${ROOM_HEADERS})
  target_include_directories(capstan_${name} PRIVATE src)
  target_compile_features(capstan_${name} PUBLIC cxx_std_20)
  target_link_libraries(capstan_${name} PUBLIC ${ROOM_USES} Boost::headers ${capstan_fmt})
  set_target_properties(capstan_${name} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON
                                                   CXX_EXTENSIONS OFF VERIFY_INTERFACE_HEADER_SETS ON)
  capstan_warnings(capstan_${name})
endfunction()

# The warnings that all of our own code is free of.
function(capstan_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                                           $<$<BOOL:${CAPSTAN_WERROR}>:-Werror>)
endfunction()
