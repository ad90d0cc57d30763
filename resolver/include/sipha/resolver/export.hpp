#pragma once

/// Marks what the shared library offers; everything else stays hidden (-fvisibility=hidden).
/// A consumer of the static library needs no definition: default visibility is harmless there.
#define SIPHA_RESOLVER_EXPORT __attribute__((visibility("default")))
