/**
 * @file
 * The REGISTER of one account, sent to the server it is told, again before it expires.
 *
 * baresip's own registration is not used: each time its server changes it first removes the binding
 * at the old one, and that request keeps being repeated for 32 s. An old server that comes back
 * meanwhile, or shares its bindings with the new one, takes the fresh registration away. Here every
 * REGISTER of an account has the same Call-ID and a higher CSeq than the one before, so that a
 * registrar throws away what arrives late (RFC 3261 10.3, step 7).
 */
#pragma once

#include <stdint.h>

#include "examples/resolver/baresip/baresip_api.h"

/** One account's registration; freed with mem_deref(), which sends nothing more. */
struct registration;

/** What became of one REGISTER. */
struct registration_result {
    int error;              /**< errno of the transport, ETIMEDOUT for silence; 0: see status */
    uint16_t status;        /**< status of the final response */
    uint32_t retry_after_s; /**< Retry-After of the response, 0 without one */
};

/** Called once for each REGISTER that was not given up for a newer one. */
typedef void(registration_h)(const struct registration_result* result, void* arg);

/** What a registration needs for its whole life. */
struct registration_options {
    struct ua* ua;
    uint32_t expires_s;  /**< lifetime asked for */
    uint32_t timeout_ms; /**< silence after which the server is given up */
    registration_h* handler;
    void* arg;
};

/** @returns 0, ENOMEM, or EINVAL. */
int registration_alloc(
    struct registration** registration, const struct registration_options* options
);

/**
 * Registers now at a server, and there again at nine tenths of what it granted.
 * @param next_hop a numeric URI: "sip:192.0.2.1:5060;transport=udp".
 * @param delay_ms how long to wait before.
 * @returns 0, ENOMEM, or EINVAL for a URI that is none.
 */
int registration_start(struct registration* registration, const char* next_hop, uint32_t delay_ms);

/** Tries again at the same server after a while; anything else planned is dropped. */
void registration_retry(struct registration* registration, uint32_t delay_ms);

/** Removes the binding (RFC 3261 10.2.2); no answer is waited for. */
void registration_remove(struct registration* registration);
