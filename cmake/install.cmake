# Installing, find_package(everyface), and the Debian package.
include(CMakePackageConfigHelpers)

set(CONFIG_FOLDER ${CMAKE_INSTALL_LIBDIR}/cmake/everyface)
install(TARGETS everyface EXPORT everyface-targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
set_target_properties(everyface_program PROPERTIES
                      INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
install(TARGETS everyface_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY include/everyface DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT everyface-targets NAMESPACE everyface:: DESTINATION ${CONFIG_FOLDER})
configure_package_config_file(cmake/everyface-config.cmake.in
                              ${CMAKE_BINARY_DIR}/everyface-config.cmake
                              INSTALL_DESTINATION ${CONFIG_FOLDER})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/everyface-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/everyface-config.cmake
              ${CMAKE_BINARY_DIR}/everyface-config-version.cmake DESTINATION ${CONFIG_FOLDER})
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY models DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME everyface)
set(CPACK_PACKAGE_CONTACT "Everyface developers <everyface@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION graphics)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# The haar and lbp detectors read their cascades from this package.
set(CPACK_DEBIAN_PACKAGE_DEPENDS opencv-data)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS libopencv-dev)
include(CPack)
