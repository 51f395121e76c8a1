# Compiles gRPC's own C++ files in batches: most of the time goes into headers
# that every file includes, so a batch of 16 costs little more than one file.
#
# RECOMMENDATIONS_CORE_UNITY=OFF in the environment compiles file by file, for
# a compiler that does not get through the batches.
if("$ENV{RECOMMENDATIONS_CORE_UNITY}" STREQUAL "OFF")
  return()
endif()

set(CMAKE_UNITY_BUILD ON)
set(CMAKE_UNITY_BUILD_BATCH_SIZE 16)

# Files that define the same local names as their neighbours; the generated
# ones are C and compile in no time.
file(
  GLOB_RECURSE
  apart
  "${CMAKE_CURRENT_SOURCE_DIR}/src/core/tsi/*.cc"
  "${CMAKE_CURRENT_SOURCE_DIR}/src/core/lib/iomgr/*.cc"
  "${CMAKE_CURRENT_SOURCE_DIR}/src/core/lib/security/credentials/*.cc"
  "${CMAKE_CURRENT_SOURCE_DIR}/src/core/lib/event_engine/*.cc"
  "${CMAKE_CURRENT_SOURCE_DIR}/src/core/ext/upb-generated/*.c"
  "${CMAKE_CURRENT_SOURCE_DIR}/src/core/ext/upbdefs-generated/*.c"
)
list(
  APPEND
  apart
  "${CMAKE_CURRENT_SOURCE_DIR}/src/core/ext/xds/xds_channel_stack_modifier.cc"
  "${CMAKE_CURRENT_SOURCE_DIR}/src/core/ext/transport/chttp2/transport/bin_encoder.cc"
  "${CMAKE_CURRENT_SOURCE_DIR}/src/core/ext/filters/client_channel/lb_policy/xds/xds_cluster_manager.cc"
)
set_source_files_properties(${apart} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
