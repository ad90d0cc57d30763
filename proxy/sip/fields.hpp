#pragma once

/// All parsers of single header values.
#include "proxy/sip/cseq.hpp"        // IWYU pragma: export
#include "proxy/sip/name_addr.hpp"   // IWYU pragma: export
#include "proxy/sip/parameters.hpp"  // IWYU pragma: export
#include "proxy/sip/text.hpp"        // IWYU pragma: export
#include "proxy/sip/uri.hpp"         // IWYU pragma: export
#include "proxy/sip/values.hpp"      // IWYU pragma: export
#include "proxy/sip/via.hpp"         // IWYU pragma: export
