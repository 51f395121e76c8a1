# What gRPC's own code needs from newer compilers than it knows.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 15)
  # <cstdint> no longer comes with other headers.
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-include cstdint>")
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 19)
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-Wno-missing-template-arg-list-after-template-kw>")
endif()

include("${CMAKE_CURRENT_LIST_DIR}/mends.cmake")

# Compiles gRPC's own C++ files in batches: most of the time goes into headers
# that every file includes, so a batch costs little more than one file does.
#
# RECOMMENDATIONS_CORE_UNITY=OFF in the environment compiles file by file, for
# a compiler that does not get through the batches.
if("$ENV{RECOMMENDATIONS_CORE_UNITY}" STREQUAL "OFF")
  return()
endif()

set(CMAKE_UNITY_BUILD ON)
# 32 compile too, and take 1.2 GB each; of 64, some define the same local names.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 16)

# Files that define the same local names as their neighbours; the generated
# ones are C and compile in no time.
set(core "${CMAKE_CURRENT_SOURCE_DIR}/src/core")
file(
  GLOB_RECURSE
  apart
  "${core}/ext/upb-generated/*.c"
  "${core}/ext/upbdefs-generated/*.c"
  "${core}/lib/security/credentials/*.cc"
  "${core}/tsi/*.cc"
)
list(
  APPEND
  apart
  "${core}/ext/filters/client_channel/lb_policy/xds/xds_cluster_manager.cc"
  "${core}/ext/transport/chttp2/transport/bin_encoder.cc"
  "${core}/ext/xds/xds_channel_stack_modifier.cc"
  "${core}/lib/event_engine/posix_engine/ev_epoll1_linux.cc"
  "${core}/lib/event_engine/posix_engine/ev_poll_posix.cc"
  "${core}/lib/iomgr/ev_epoll1_linux.cc"
  "${core}/lib/iomgr/ev_poll_posix.cc"
)
set_source_files_properties(${apart} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
