# The schema's migrations, src/store/migrations/NNNN_name.sql, travel inside the program.
file(GLOB scripts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/store/migrations/*.sql)
list(LENGTH scripts EVERYFACE_MIGRATION_COUNT)
set(EVERYFACE_MIGRATIONS "")
foreach(script ${scripts})
  get_filename_component(name ${script} NAME_WE)
  if(NOT name MATCHES "^0*([1-9][0-9]*)_([a-z0-9_]+)$")
    message(FATAL_ERROR "${script}: migrations are called NNNN_name.sql, numbered from 0001")
  endif()
  set(number ${CMAKE_MATCH_1})
  set(title ${CMAKE_MATCH_2})
  file(READ ${script} content)
  string(APPEND EVERYFACE_MIGRATIONS
         "everyface::Migration{${number}, \"${title}\", R\"migration(${content})migration\"},\n")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${script})
endforeach()
configure_file(${CMAKE_SOURCE_DIR}/cmake/migrations.h.in
               ${CMAKE_BINARY_DIR}/generated/migrations.h @ONLY)
