# What others can make the resolver read: DNS answers and whole conversations, URIs, the list of
# servers, responses to probes, and what phones ask of sipha-stub.
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
sipha_fuzz(resolver_probe_fuzz
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/resolver_probe_fuzz.cpp
    LIBS sipha_resolver
    CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/resolver_probe)
sipha_fuzz(resolver_stub_fuzz
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/resolver_stub_fuzz.cpp
    LIBS sipha_stub
    CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/resolver_stub)
if(SIPHA_FUZZ)
    # The library's sources are compiled for this one, see sipha_fuzz.
    target_compile_options(sipha_resolver_objects PRIVATE -O1)
endif()
