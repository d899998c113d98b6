# `cmake --install`: the rooms, their public headers, and a package that find_package(capstan) finds.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/capstan")

install(
  TARGETS capstan ${capstan_room_targets}
  EXPORT capstanTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT capstanTargets NAMESPACE capstan:: DESTINATION "${package_dir}")

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/capstanConfig.cmake.in"
                              "${PROJECT_BINARY_DIR}/capstanConfig.cmake" INSTALL_DESTINATION "${package_dir}")
# Before 1.0 a new minor version may change names.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/capstanConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/capstanConfig.cmake" "${PROJECT_BINARY_DIR}/capstanConfigVersion.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/FindMiniZip.cmake"
        DESTINATION "${package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
