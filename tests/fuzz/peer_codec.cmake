sipha_fuzz(peer_codec_fuzz
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/peer_codec_fuzz.cpp
    LIBS sipha_cluster
    CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/peer)
