# Build options and the few helper functions every part uses.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

option(SIPHA_BUILD_TESTS "Build the tests" ON)
option(SIPHA_FUZZ "Build the libFuzzer targets (Clang only)" OFF)
set(SIPHA_SANITIZE "" CACHE STRING "Sanitizers, as given to -fsanitize=")

if(SIPHA_SANITIZE)
    add_compile_options(-fsanitize=${SIPHA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${SIPHA_SANITIZE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND SIPHA_SANITIZE MATCHES "undefined")
        # Clang's check of virtual calls opens a pipe to test memory, which fails in the tests that
        # run out of descriptors; GCC's does not, and its sanitizer build keeps the check.
        add_compile_options(-fno-sanitize=vptr)
    endif()
endif()
if(SIPHA_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
# Fortify warns about itself below -O1 and hides reads that ASan would see, so it is for release only.
if(NOT SIPHA_SANITIZE)
    add_compile_options("$<$<CONFIG:Release,RelWithDebInfo>:-D_FORTIFY_SOURCE=2>")
endif()
add_compile_options(-D_GLIBCXX_ASSERTIONS -fstack-protector-strong)

# One build target per test label, so that a preset builds only what it runs.
if(SIPHA_BUILD_TESTS)
    add_custom_target(unit_tests)
    add_custom_target(sim_tests)
    add_custom_target(shell_tests)
    add_custom_target(e2e_tests)
endif()
if(SIPHA_FUZZ)
    add_custom_target(fuzz_targets)
    file(REMOVE_RECURSE ${CMAKE_BINARY_DIR}/fuzz)  # no list entry may outlive its target
endif()

# Warnings for our own targets; generated code is compiled without them.
function(sipha_warnings target)
    target_compile_options(${target} PRIVATE
        -Wall -Wextra -Wconversion -Wshadow $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor> -Werror)
endfunction()

# sipha_library(name [ALIAS alias] SOURCES ... [PUBLIC libs...] [PRIVATE libs...] [INCLUDE dirs...])
# A static library whose private headers are included as "part/file.hpp" from the repository root.
function(sipha_library name)
    cmake_parse_arguments(arg "" "ALIAS" "SOURCES;PUBLIC;PRIVATE;INCLUDE" ${ARGN})
    add_library(${name} STATIC ${arg_SOURCES})
    if(arg_ALIAS)
        add_library(${arg_ALIAS} ALIAS ${name})
    endif()
    target_include_directories(${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> ${arg_INCLUDE})
    target_link_libraries(${name} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
    sipha_warnings(${name})
endfunction()

# sipha_program(name SOURCES ... LIBS ...): an installed program.
function(sipha_program name)
    cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    target_compile_definitions(${name} PRIVATE SIPHA_VERSION="${PROJECT_VERSION}")
    target_link_libraries(${name} PRIVATE ${arg_LIBS})
    sipha_warnings(${name})
    install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# The headers every test includes, compiled once per preset: they are half of a test's compile time.
# For ccache this needs the settings that ./dev exports.
function(sipha_test_headers name)
    if(NOT TARGET sipha_test_pch)
        file(WRITE ${CMAKE_BINARY_DIR}/sipha_test_pch.cpp "int main() {}\n")
        add_executable(sipha_test_pch EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/sipha_test_pch.cpp)
        target_link_libraries(sipha_test_pch PRIVATE GTest::gtest)
        sipha_warnings(sipha_test_pch)
        target_precompile_headers(sipha_test_pch PRIVATE <gtest/gtest.h>)
        target_compile_options(sipha_test_pch PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
    endif()
    target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
    target_precompile_headers(${name} REUSE_FROM sipha_test_pch)
endfunction()

# sipha_test(name LABEL unit|sim|shell|e2e SOURCES ... LIBS ...): one GoogleTest program, one ctest entry.
function(sipha_test name)
    cmake_parse_arguments(arg "" "LABEL" "SOURCES;LIBS" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    target_compile_definitions(${name} PRIVATE SIPHA_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data"
        SIPHA_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    target_link_libraries(${name} PRIVATE ${arg_LIBS} GTest::gtest GTest::gtest_main)
    sipha_warnings(${name})
    sipha_test_headers(${name})
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS ${arg_LABEL} TIMEOUT 300)
    add_dependencies(${arg_LABEL}_tests ${name})
endfunction()

# sipha_fuzz(name SOURCES ... LIBS ... CORPUS dir [DICTIONARY file]): a libFuzzer target, built only
# with SIPHA_FUZZ. <build>/fuzz/<name>.target lists program, corpus and dictionary for `./dev fuzz`.
function(sipha_fuzz name)
    cmake_parse_arguments(arg "" "CORPUS;DICTIONARY" "SOURCES;LIBS" ${ARGN})
    if(NOT SIPHA_FUZZ)
        return()
    endif()
    add_executable(${name} ${arg_SOURCES})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} PRIVATE ${arg_LIBS})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    sipha_warnings(${name})
    # Optimised, a target tries six times as many inputs; the rest of the preset is not.
    foreach(fuzzed IN LISTS name arg_LIBS)
        target_compile_options(${fuzzed} PRIVATE -O1)
    endforeach()
    add_dependencies(fuzz_targets ${name})
    get_filename_component(corpus "${arg_CORPUS}" ABSOLUTE)
    set(dictionary "")
    if(arg_DICTIONARY)
        get_filename_component(dictionary "${arg_DICTIONARY}" ABSOLUTE)
    endif()
    file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/fuzz/${name}.target
        CONTENT "$<TARGET_FILE:${name}>\n${corpus}\n${dictionary}\n")
endfunction()

# sipha_proto(target file.proto): generated code as its own library, without our warnings.
function(sipha_proto target proto)
    get_filename_component(absolute ${proto} ABSOLUTE)
    file(RELATIVE_PATH relative ${PROJECT_SOURCE_DIR} ${absolute})
    string(REGEX REPLACE "\\.proto$" "" stem ${relative})
    set(out ${PROJECT_BINARY_DIR}/generated)
    file(MAKE_DIRECTORY ${out})
    add_custom_command(
        OUTPUT ${out}/${stem}.pb.cc ${out}/${stem}.pb.h
        COMMAND protobuf::protoc --proto_path=${PROJECT_SOURCE_DIR} --cpp_out=${out} ${absolute}
        DEPENDS ${absolute} VERBATIM)
    add_library(${target} STATIC ${out}/${stem}.pb.cc)
    target_include_directories(${target} SYSTEM PUBLIC ${out})
    target_link_libraries(${target} PUBLIC protobuf::libprotobuf-lite)
endfunction()

include(header_check)
include(collect)
