# capstan_room(graph HEADERS … INTERNAL … SOURCES … USES tensor …): one library target a room, capstan_graph. A room sees
# the public and the internal headers of the rooms that it uses, directly or through others, and no others, so that an
# include against the layering does not compile (tests/layering).
#
#   HEADERS    include/capstan/<room>/…: the public ones, which are installed
#   INTERNAL   internal/capstan/<room>/…: those that other rooms need and users must not: neither installed nor seen by who
#              links the room
#   USES       rooms
#
# What a room uses inside only is linked PRIVATE by the room itself. A library that a program must link as well (ZLIB)
# then needs its line in capstanConfig.cmake.in.
function(capstan_room name)
  cmake_parse_arguments(PARSE_ARGV 1 ROOM "" "" "HEADERS;INTERNAL;SOURCES;USES")
  if(ROOM_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "capstan_room(${name}): what is ${ROOM_UNPARSED_ARGUMENTS}?")
  endif()
  if(NOT name IN_LIST capstan_rooms)
    message(FATAL_ERROR "capstan_room(${name}): it is not in capstan_rooms")
  endif()
  set(target capstan_${name})
  add_library(${target} STATIC ${ROOM_SOURCES})
  add_library(capstan::${name} ALIAS ${target})
  target_sources(
    ${target}
    PUBLIC FILE_SET HEADERS BASE_DIRS include FILES ${ROOM_HEADERS}
    PRIVATE FILE_SET internal TYPE HEADERS BASE_DIRS internal FILES ${ROOM_INTERNAL})
  target_include_directories(${target} PRIVATE src)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set(sees ${ROOM_USES})
  foreach(room IN LISTS ROOM_USES)
    get_target_property(further capstan_${room} CAPSTAN_SEES)
    list(APPEND sees ${further})
    target_link_libraries(${target} PUBLIC capstan_${room})
  endforeach()
  list(REMOVE_DUPLICATES sees)
  foreach(room IN LISTS sees)
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/${room}/internal")
  endforeach()
  target_link_libraries(${target} PUBLIC Boost::headers ${capstan_fmt})
  set_target_properties(
    ${target} PROPERTIES CAPSTAN_SEES "${sees}" EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON CXX_EXTENSIONS OFF
                         VERIFY_INTERFACE_HEADER_SETS ON)
  capstan_warnings(${target})
endfunction()

# capstan_internals(ops_tests ops …): the target, which is no room, sees the internal headers of all rooms, and the private
# ones (src/) of those that are named.
function(capstan_internals target)
  foreach(room IN LISTS capstan_rooms)
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/${room}/internal")
  endforeach()
  foreach(room IN LISTS ARGN)
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/${room}/src")
  endforeach()
endfunction()

# The warnings that all of our own code is free of.
function(capstan_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                                           $<$<BOOL:${CAPSTAN_WERROR}>:-Werror>)
endfunction()
