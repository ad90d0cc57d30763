# header_check: compiles each header of the tree alone, so that none leans on what its users include.
# A header that is the first include of some .cpp or .c is proven by the normal build already; only the
# others (header-only ideas, ports, test support) get a generated one-line source here.

# The path, relative to the repository, of a header named by an #include line.
function(sipha_included_header line result)
    string(REGEX REPLACE "^[ \t]*#[ \t]*include[ \t]*[<\"]([^>\"]+)[>\"].*$" "\\1" name "${line}")
    foreach(base "" geo/include/ resolver/include/)
        if(EXISTS ${PROJECT_SOURCE_DIR}/${base}${name})
            set(${result} ${base}${name} PARENT_SCOPE)
            return()
        endif()
    endforeach()
    set(${result} "" PARENT_SCOPE)
endfunction()

# Headers that no source of the tree includes first.
function(sipha_unproven_headers result)
    set(headers "")
    set(proven "")
    foreach(part geo resolver dnsgen proxy examples tests)
        file(GLOB_RECURSE found CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
            ${PROJECT_SOURCE_DIR}/${part}/*.hpp ${PROJECT_SOURCE_DIR}/${part}/*.h)
        list(APPEND headers ${found})
        file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${part}/*.cpp ${PROJECT_SOURCE_DIR}/${part}/*.c)
        foreach(source ${sources})
            file(STRINGS ${source} first REGEX "^[ \t]*#[ \t]*include" LIMIT_COUNT 1)
            sipha_included_header("${first}" header)
            list(APPEND proven ${header})
        endforeach()
    endforeach()
    list(REMOVE_ITEM headers "" ${proven})
    set(${result} ${headers} PARENT_SCOPE)
endfunction()

# sipha_header_check(libs...): the target; libs give the include paths and the generated headers.
function(sipha_header_check)
    sipha_unproven_headers(headers)
    set(sources "")
    foreach(header ${headers})
        string(REGEX REPLACE "^(geo|resolver)/include/" "" name ${header})
        set(source ${PROJECT_BINARY_DIR}/header_check/${header}.cpp)
        file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${name}\"\n")
        list(APPEND sources ${source})
    endforeach()
    if(NOT sources)
        add_custom_target(header_check)
        return()
    endif()
    add_library(header_check OBJECT EXCLUDE_FROM_ALL ${sources})
    target_include_directories(header_check PRIVATE ${PROJECT_SOURCE_DIR}
        ${PROJECT_SOURCE_DIR}/geo/include ${PROJECT_SOURCE_DIR}/resolver/include)
    target_link_libraries(header_check PRIVATE ${ARGN})
    target_compile_options(header_check PRIVATE -g0)
    sipha_warnings(header_check)
endfunction()
