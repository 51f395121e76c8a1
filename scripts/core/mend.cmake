# Mends gRPC's own sources: mend() replaces a passage of a file. A mended copy
# takes the file's place in the libraries; what gRPC came with stays as it is.
if(CMAKE_VERSION VERSION_LESS 3.19)
  message(FATAL_ERROR "compiling gRPC needs CMake 3.19 or newer, and this is ${CMAKE_VERSION}")
endif()

# Replaces `before`, which must be there exactly once, by `after` in `file`, a
# path from gRPC's root as its CMakeLists.txt has it.
function(mend file before after)
  get_property(text GLOBAL PROPERTY "mended ${file}")
  if("${text}" STREQUAL "")
    file(READ "${file}" text)
    set_property(GLOBAL APPEND PROPERTY mended "${file}")
  endif()
  string(FIND "${text}" "${before}" first)
  string(FIND "${text}" "${before}" last REVERSE)
  if(first EQUAL -1 OR NOT first EQUAL last)
    message(FATAL_ERROR "${file} does not have this exactly once:\n${before}")
  endif()
  string(REPLACE "${before}" "${after}" text "${text}")
  set_property(GLOBAL PROPERTY "mended ${file}" "${text}")
endfunction()

function(compile_what_is_mended)
  get_property(files GLOBAL PROPERTY mended)
  foreach(file IN LISTS files)
    get_property(text GLOBAL PROPERTY "mended ${file}")
    set(copy "${CMAKE_CURRENT_BINARY_DIR}/mended/${file}")
    # Writes only what differs, so that nothing is compiled twice.
    file(CONFIGURE OUTPUT "${copy}" CONTENT "@text@" @ONLY)
    set_source_files_properties("${copy}" PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    set(found OFF)
    # The one without TLS leaves some files out.
    foreach(library grpc grpc_unsecure)
      get_target_property(sources ${library} SOURCES)
      list(FIND sources "${file}" place)
      if(NOT place EQUAL -1)
        set(found ON)
        list(REMOVE_AT sources ${place})
        list(APPEND sources "${copy}")
        set_target_properties(${library} PROPERTIES SOURCES "${sources}")
      endif()
    endforeach()
    if(NOT found)
      message(FATAL_ERROR "gRPC is not compiled from ${file}")
    endif()
  endforeach()
endfunction()

# The libraries are declared after this file is read.
cmake_language(DEFER CALL compile_what_is_mended)
