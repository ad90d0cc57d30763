# Every dependency of sipha and the minimum version; packages by name are listed in ./dev (deps).
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)              # Asio, System (result<T>), JSON: all used header-only
find_package(OpenSSL 3.0 REQUIRED)
find_package(Protobuf 3.21 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares>=1.18)
pkg_check_modules(LDNS REQUIRED IMPORTED_TARGET ldns>=1.8)
# The text form of metrics; its CMake package asks for libraries that this part does not use.
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core>=1.0)
# Optional: without it a host name of another script is an error instead of A-labels.
pkg_check_modules(IDN2 IMPORTED_TARGET libidn2>=2.0)
if(SIPHA_BUILD_TESTS)
    find_package(GTest 1.12 REQUIRED)
    find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)
endif()
