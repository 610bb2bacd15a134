# Weights that ship with the program: every models/*.onnx, compiled into it, so that a fresh clone
# and an installed program find them without network, whatever folder they are started in.
function(everyface_embed_weights target output)
  file(GLOB weights CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/models/*.onnx)
  set(EVERYFACE_SHIPPED_DATA "")
  set(EVERYFACE_SHIPPED_TABLE "")
  set(number 0)
  foreach(path ${weights})
    get_filename_component(file ${path} NAME)
    string(APPEND EVERYFACE_SHIPPED_DATA "EVERYFACE_EMBED(${number}, \"${path}\")\n")
    string(APPEND EVERYFACE_SHIPPED_TABLE "    {\"${file}\", everyface_weights_${number}, "
                                          "everyface_weights_end_${number}},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  configure_file(${CMAKE_SOURCE_DIR}/cmake/shipped_weights.cpp.in ${output} @ONLY)
  set_source_files_properties(${output} PROPERTIES OBJECT_DEPENDS "${weights}")
  target_sources(${target} PRIVATE ${output})
endfunction()
