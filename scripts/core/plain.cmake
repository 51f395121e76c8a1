# Compiles the project that includes this file by file.
set(CMAKE_UNITY_BUILD OFF)
