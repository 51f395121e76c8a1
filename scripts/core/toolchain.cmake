# Read by CMake for everything that grpcio-sys compiles (.cargo/config.toml
# names it). It only says what to include once gRPC's own projects are known.
set(CMAKE_PROJECT_grpc_INCLUDE "${CMAKE_CURRENT_LIST_DIR}/grpc.cmake")

# These come with gRPC and do not survive a unity build.
set(CMAKE_PROJECT_absl_INCLUDE "${CMAKE_CURRENT_LIST_DIR}/plain.cmake")
set(CMAKE_PROJECT_RE2_INCLUDE "${CMAKE_CURRENT_LIST_DIR}/plain.cmake")
set(CMAKE_PROJECT_c-ares_INCLUDE "${CMAKE_CURRENT_LIST_DIR}/plain.cmake")

# c-ares asks for a behaviour of CMake that CMake 4 only has upon request.
set(CMAKE_POLICY_VERSION_MINIMUM 3.5)
