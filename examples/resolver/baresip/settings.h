/** @file The keys that the module reads from baresip's config. */
#pragma once

#include <sipha/resolver.h>
#include <sipha/resolver/session.h>
#include <stdbool.h>
#include <stdint.h>

enum { max_dns_servers = 4, server_text_size = 64 };

struct settings {
    char dns_servers[max_dns_servers][server_text_size];
    uint32_t dns_server_count; /* 0: those of the system */
    uint32_t expires_s;
    uint32_t register_timeout_ms;
    sipha_options lookup;
    sipha_session_options session;
};

/** Reads every key; a value that cannot be used is named in a warning and the default stays. */
void settings_read(struct settings* settings);
