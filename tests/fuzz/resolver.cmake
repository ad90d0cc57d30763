# What others can make the resolver read: DNS answers and whole conversations, URIs, the list of
# servers.
sipha_fuzz(resolver_conf_fuzz
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/resolver_conf_fuzz.cpp
    LIBS sipha_resolver
    CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/resolver_conf)
sipha_fuzz(resolver_dns_fuzz
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/resolver_dns_fuzz.cpp
    LIBS sipha_resolver
    CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/resolver_dns)
sipha_fuzz(resolver_uri_fuzz
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/resolver_uri_fuzz.cpp
    LIBS sipha_resolver
    CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/resolver_uri)
sipha_fuzz(resolver_plan_fuzz
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/resolver_plan_fuzz.cpp
    LIBS sipha_resolver
    CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/resolver_plan)
if(SIPHA_FUZZ)
    # The library's sources are compiled for this one, see sipha_fuzz.
    target_compile_options(sipha_resolver_objects PRIVATE -O1)
endif()
