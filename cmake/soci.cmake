# Debian's libsoci-dev comes without CMake or pkg-config files.
find_path(SOCI_INCLUDE_DIR soci/soci.h REQUIRED)
find_library(SOCI_CORE_LIBRARY soci_core REQUIRED)
foreach(backend sqlite3 postgresql)
  find_library(SOCI_${backend}_LIBRARY soci_${backend} REQUIRED)
  add_library(SOCI::${backend} INTERFACE IMPORTED)
  target_include_directories(SOCI::${backend} SYSTEM INTERFACE ${SOCI_INCLUDE_DIR})
  target_link_libraries(SOCI::${backend} INTERFACE ${SOCI_${backend}_LIBRARY} ${SOCI_CORE_LIBRARY})
endforeach()
