# A room is a folder of src/ with its public headers in include/everyface/. It may use the rooms
# listed after USES and, through them, theirs; tools/check_layers holds the includes to the same
# list. The presets compile ten files at a time (CMAKE_UNITY_BUILD), which reads headers and instantiates
# templates once for all; ALONE: files whose own names are those of other files in the room, or that
# are compiled several times over by themselves.
function(everyface_add_room room)
  cmake_parse_arguments(ARG "" "" "USES;LIBRARIES;ALONE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${room}/*.cpp)
  add_library(everyface_${room} STATIC ${sources})
  everyface_compile_alone(${CMAKE_SOURCE_DIR}/src/${room} ${ARG_ALONE})
  target_include_directories(everyface_${room} PUBLIC ${CMAKE_SOURCE_DIR}/include
                             PRIVATE ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/generated)
  list(TRANSFORM ARG_USES PREPEND everyface_)
  target_link_libraries(everyface_${room} PUBLIC ${ARG_USES} ${ARG_LIBRARIES})
  set_property(GLOBAL APPEND PROPERTY EVERYFACE_ROOMS ${room})
endfunction()

function(everyface_compile_alone folder)
  foreach(file ${ARGN})
    set_source_files_properties(${folder}/${file} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endforeach()
endfunction()

# The tests of a room: tests/<room>/*_test.cpp in one program, which CTest runs as one: a process for each
# test would spend more on starting than on testing. THREADS: which tests run several threads
# (a filter of GoogleTest), for the thread sanitizer. HEAVY: which tests only take more or larger photos
# through code that other tests run too; sanitizers leave them out.
function(everyface_add_tests room)
  cmake_parse_arguments(ARG "" "THREADS;HEAVY" "USES;ALONE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${room}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(test_${room} ${sources})
  everyface_compile_alone(${CMAKE_CURRENT_SOURCE_DIR}/${room} ${ARG_ALONE})
  target_include_directories(test_${room} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/src)
  list(TRANSFORM ARG_USES PREPEND everyface_)
  target_link_libraries(test_${room} PRIVATE ${ARG_USES} everyface_${room} GTest::gtest
                        GTest::gmock GTest::gtest_main)
  # What the tests themselves compute is little; optimising them would take longer than running them.
  target_compile_options(test_${room} PRIVATE $<IF:$<CONFIG:Release>,-O1,-O0>)
  add_dependencies(unit_tests test_${room})
  target_compile_definitions(test_${room} PRIVATE EVERYFACE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  if(ARG_HEAVY AND EVERYFACE_SANITIZE)
    set(selection --gtest_filter=-${ARG_HEAVY})
  endif()
  add_test(NAME ${room} COMMAND test_${room} ${selection})
  set_tests_properties(${room} PROPERTIES LABELS unit TIMEOUT 1800)
  if(ARG_THREADS AND EVERYFACE_SANITIZE MATCHES thread)
    add_test(NAME ${room}.threads COMMAND test_${room} --gtest_filter=${ARG_THREADS})
    set_tests_properties(${room}.threads PROPERTIES LABELS threads TIMEOUT 1800)
  endif()
endfunction()
