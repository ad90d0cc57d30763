#include "examples/resolver/baresip/settings.h"

#include <string.h>

#include "examples/resolver/baresip/baresip_api.h"

static int add_server(const struct pl* value, void* arg) {
    struct settings* s = arg;
    if (s->dns_server_count == max_dns_servers) {
        warning("sipha: sipha_dns_server %r left out: at most %d\n", value, max_dns_servers);
        return 0;
    }
    if (pl_strcpy(value, s->dns_servers[s->dns_server_count], server_text_size)) {
        warning("sipha: sipha_dns_server %r left out: too long for an address\n", value);
        return 0;
    }
    ++s->dns_server_count;
    return 0;
}

/* @returns true when the key is there with a value in range, which is then in `value`. */
static bool read_number(const char* key, uint32_t least, uint32_t most, uint32_t* value) {
    uint32_t number;
    if (conf_get_u32(conf_cur(), key, &number)) {
        return false;
    }
    if (number < least || number > most) {
        warning("sipha: %s %u is not within %u..%u and left out\n", key, number, least, most);
        return false;
    }
    *value = number;
    return true;
}

/* A figure of the session, whose structure takes a plain 0 for the default. */
static void read_figure(const char* key, uint32_t most, uint32_t* value) {
    uint32_t number;
    if (read_number(key, 0, most, &number)) {
        *value = number ? number : SIPHA_ZERO;
    }
}

/* libre checks no certificate against the name of the server, and a numeric next hop carries none:
   TLS would look safe without being so. */
static void read_transports(uint8_t* transports) {
    char text[32] = "udp,tcp";
    (void)conf_get_str(conf_cur(), "sipha_transports", text, sizeof text);
    if (strcmp(text, "udp") == 0 || strcmp(text, "tcp") == 0) {
        transports[0] = text[0] == 'u' ? SIPHA_UDP : SIPHA_TCP;
        return;
    }
    if (strcmp(text, "udp,tcp") != 0 && strcmp(text, "tcp,udp") != 0) {
        warning("sipha: sipha_transports %s: use udp, tcp, udp,tcp or tcp,udp\n", text);
    }
    transports[0] = text[0] == 't' ? SIPHA_TCP : SIPHA_UDP;
    transports[1] = text[0] == 't' ? SIPHA_UDP : SIPHA_TCP;
}

static void read_profile(uint32_t* profile) {
    char text[16];
    if (conf_get_str(conf_cur(), "sipha_profile", text, sizeof text)) {
        return;
    }
    if (strcmp(text, "field") == 0) {
        *profile = SIPHA_PROFILE_FIELD;
    } else if (strcmp(text, "fast") == 0) {
        *profile = SIPHA_PROFILE_FAST;
    } else if (strcmp(text, "battery") == 0) {
        *profile = SIPHA_PROFILE_BATTERY;
    } else {
        warning("sipha: sipha_profile %s: use field, fast or battery\n", text);
    }
}

void settings_read(struct settings* s) {
    memset(s, 0, sizeof *s);
    s->expires_s = 3600;
    s->register_timeout_ms = 3500;
    s->session.size = sizeof s->session;
    s->lookup.size = sizeof s->lookup;
    (void)conf_apply(conf_cur(), "sipha_dns_server", add_server, s);
    read_transports(s->lookup.transports);
    read_profile(&s->session.profile);
    (void)read_number("sipha_expires", 1, 86400, &s->expires_s);
    (void)read_number("sipha_register_timeout", 500, 32000, &s->register_timeout_ms);
    read_figure("sipha_hold_down", 3600000, &s->session.hold_down_ms);
    read_figure("sipha_failback_jitter", 3600000, &s->session.failback_jitter_ms);
    read_figure("sipha_herd_spread", 600000, &s->session.herd_spread_ms);
}
