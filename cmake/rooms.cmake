# A room is a folder of src/ with its public headers in include/everyface/. It may use the rooms
# listed after USES and, through them, theirs; tools/check_layers holds the includes to the same
# list.
function(everyface_add_room room)
  cmake_parse_arguments(ARG "" "" "USES;LIBRARIES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${room}/*.cpp)
  add_library(everyface_${room} STATIC ${sources})
  target_include_directories(everyface_${room} PUBLIC ${CMAKE_SOURCE_DIR}/include
                             PRIVATE ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/generated)
  list(TRANSFORM ARG_USES PREPEND everyface_)
  target_link_libraries(everyface_${room} PUBLIC ${ARG_USES} ${ARG_LIBRARIES})
  set_property(GLOBAL APPEND PROPERTY EVERYFACE_ROOMS ${room})
endfunction()

# The tests of a room: tests/<room>/*_test.cpp in one program, each test registered with CTest, or
# with TOGETHER all as one, where they share something that takes long to start.
function(everyface_add_tests room)
  cmake_parse_arguments(ARG "TOGETHER" "" "USES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${room}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(test_${room} ${sources})
  target_include_directories(test_${room} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/src)
  list(TRANSFORM ARG_USES PREPEND everyface_)
  target_link_libraries(test_${room} PRIVATE ${ARG_USES} everyface_${room} GTest::gtest
                        GTest::gmock GTest::gtest_main)
  # What the tests themselves compute is little; optimising them would take longer than running them.
  target_compile_options(test_${room} PRIVATE $<$<CONFIG:Release>:-O1>)
  add_dependencies(unit_tests test_${room})
  target_compile_definitions(test_${room} PRIVATE EVERYFACE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  if(ARG_TOGETHER)
    add_test(NAME ${room} COMMAND test_${room})
    set_tests_properties(${room} PROPERTIES LABELS unit TIMEOUT 1800)
    return()
  endif()
  gtest_discover_tests(test_${room} TEST_PREFIX "${room}." DISCOVERY_TIMEOUT 60
                       PROPERTIES LABELS unit TIMEOUT 1800)
endfunction()
