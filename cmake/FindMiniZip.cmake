# Finds minizip, which reads and writes zip archives: the target MiniZip::MiniZip. Where MINIZIP_USE_STATIC_LIBS is on, as
# libminizip.a. It has no package for CMake of its own.
find_path(MiniZip_INCLUDE_DIR minizip/unzip.h)
if(MINIZIP_USE_STATIC_LIBS)
  find_library(MiniZip_LIBRARY NAMES libminizip.a)
else()
  find_library(MiniZip_LIBRARY NAMES minizip)
endif()
mark_as_advanced(MiniZip_INCLUDE_DIR MiniZip_LIBRARY)

find_package(ZLIB QUIET)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(MiniZip REQUIRED_VARS MiniZip_LIBRARY MiniZip_INCLUDE_DIR ZLIB_FOUND)

if(MiniZip_FOUND AND NOT TARGET MiniZip::MiniZip)
  add_library(MiniZip::MiniZip UNKNOWN IMPORTED)
  set_target_properties(MiniZip::MiniZip PROPERTIES IMPORTED_LOCATION "${MiniZip_LIBRARY}" INTERFACE_LINK_LIBRARIES
                                                    ZLIB::ZLIB INTERFACE_INCLUDE_DIRECTORIES "${MiniZip_INCLUDE_DIR}")
endif()
