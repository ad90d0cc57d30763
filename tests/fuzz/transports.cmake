# What streams and datagrams bring before it is SIP.
sipha_fuzz(stream_codec_fuzz SOURCES stream_codec_fuzz.cpp LIBS sipha_sip
    CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpus/stream_codec)
sipha_fuzz(stun_fuzz SOURCES stun_fuzz.cpp LIBS sipha_sip
    CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpus/stun)
