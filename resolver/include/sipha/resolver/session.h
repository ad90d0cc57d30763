/**
 * @file
 * Sessions of the C API: one account that stays on a live place. The rules of sipha/resolver.h hold
 * for every function below.
 */
#pragma once

#include <sipha/resolver.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The value 0 in a field of sipha_session_options, where a plain 0 means the default. */
#define SIPHA_ZERO UINT32_MAX

/** Figures that fit together; each one can be changed in sipha_session_options. */
enum sipha_profile {
    SIPHA_PROFILE_FIELD = 0,  /**< silence noticed within 15 s, a reset at once */
    SIPHA_PROFILE_FAST = 1,   /**< silence noticed within 2.5 s: wall power, few phones */
    SIPHA_PROFILE_BATTERY = 2 /**< a quiet TCP connection, nothing else */
};

/** What a session does by itself to learn that its target died. */
enum sipha_liveness {
    SIPHA_LIVENESS_PROFILE = 0, /**< as the profile says */
    SIPHA_LIVENESS_NONE = 1,    /**< nothing: it hears only what is reported to it */
    SIPHA_LIVENESS_CANARY = 2,  /**< keeps a TCP connection to the target (RFC 5626 3.5.1) */
    SIPHA_LIVENESS_OPTIONS = 3, /**< asks with OPTIONS (RFC 3261 11) */
    SIPHA_LIVENESS_BOTH = 4     /**< canary where TCP answers, else OPTIONS */
};

/** Where a session stands. */
enum sipha_session_state {
    SIPHA_LOCATING = 1,  /**< no target yet */
    SIPHA_PINNED = 2,    /**< the target answered */
    SIPHA_MIGRATING = 3, /**< a target was chosen and has not answered yet */
    SIPHA_STRANDED = 4   /**< every place is down or wants to be left alone */
};

/** Why it stands there. */
enum sipha_session_reason {
    SIPHA_LOCATED = 1,          /**< first target */
    SIPHA_LOCATE_FAILED = 2,    /**< no target: see `error` */
    SIPHA_ALIVE = 3,            /**< the target answered */
    SIPHA_REFUSED = 4,          /**< the last target refused */
    SIPHA_SILENT = 5,           /**< the last target did not answer in time */
    SIPHA_RESET = 6,            /**< the last target closed or reset a connection */
    SIPHA_UNAVAILABLE = 7,      /**< the last target said 503 */
    SIPHA_TLS_FAILED = 8,       /**< TLS with the last target failed */
    SIPHA_REMOVED_FROM_DNS = 9, /**< the last target is in the DNS no more */
    SIPHA_NETWORK_CHANGED = 10, /**< register again, even at the same target */
    SIPHA_FAILBACK = 11,        /**< a place of a better level has recovered */
    SIPHA_DNS_STALE = 12,       /**< the DNS is dead: last-known addresses stay in use */
    SIPHA_DNS_RECOVERED = 13    /**< the DNS answers again */
};

/** How an account chooses, watches and changes its place. Zero: the figure of the profile. */
typedef struct sipha_session_options {
    uint32_t size;                 /**< see rule 6 */
    uint32_t profile;              /**< enum sipha_profile */
    uint32_t liveness;             /**< enum sipha_liveness */
    uint32_t probe_interval_ms;    /**< between OPTIONS to the target */
    uint32_t probe_timeout_ms;     /**< silence after which one OPTIONS counts as missed */
    uint32_t misses;               /**< missed OPTIONS in a row after which the target is dead */
    uint32_t hop_limit_ms;         /**< silence after which a place that never answered is left */
    uint32_t hop_stagger_ms;       /**< after which one more place is asked meanwhile */
    uint32_t backup_interval_ms;   /**< between probes of a place that is not the target */
    uint32_t max_backups;          /**< places probed beside the target */
    uint32_t ping_interval_ms;     /**< between keepalives of the canary */
    uint32_t silence_limit_ms;     /**< unanswered bytes after which the canary is dead */
    uint32_t good_probes;          /**< failback: answers in a row of the better place */
    uint32_t hold_down_ms;         /**< failback: for how long they must have come */
    uint32_t failback_jitter_ms;   /**< drawn from 0 to this, added to hold_down_ms */
    uint32_t herd_spread_ms;       /**< a move waits for up to this before it registers */
    uint32_t unavailable_pause_ms; /**< avoids a place that said 503 without Retry-After */
    uint32_t refresh_floor_ms;     /**< shortest time between lookups */
    uint32_t refresh_cap_ms;       /**< longest time between lookups */
    /** Stable key of the account, like its address of record: it keeps its draw among equal places,
        and its jitter. Null: drawn anew for each session. */
    const char* account;
    const char* source;          /**< address that probes leave from; null: the system chooses */
    const sipha_options* lookup; /**< how to look up; null for all defaults */
} sipha_session_options;

/** Something changed. Filled by the library; `size` tells how far. */
typedef struct sipha_session_event {
    uint32_t size;              /**< bytes that this version of the library fills */
    uint32_t state;             /**< enum sipha_session_state */
    uint32_t reason;            /**< enum sipha_session_reason */
    int32_t error;              /**< SIPHA_OK, or why there is no target */
    uint32_t register_after_ms; /**< how long to wait before registering at a new target */
    uint32_t is_stale;          /**< 1: the DNS is dead, the addresses are the last ones known */
    uint32_t retry_in_s;        /**< all places ask to be left alone for so long; 0: they do not */
    /** Where every request of the account goes from now on; null when no place may be tried.
        Register there when it differs from the target before, and after SIPHA_NETWORK_CHANGED. */
    const sipha_candidate* target;
} sipha_session_event;

/**
 * Tells that something changed.
 * @param user what was given to sipha_session_open(). @param session valid until it is closed.
 * @param event valid until the callback returns.
 */
typedef void (*sipha_session_cb)(
    void* user, sipha_session_t* session, const sipha_session_event* event
);

/**
 * Opens the session of one account: it looks up, chooses, probes, and moves when the place dies.
 * @param uri where the account registers: a SIP or SIPS URI; what is wrong with it is told by the
 * callback.
 * @param options null for all defaults. @param on_state called as often as something changes.
 * @param user handed to it. @param session receives the handle.
 * @returns SIPHA_OK, SIPHA_EINVAL, SIPHA_ENOMEM, SIPHA_ESYSTEM.
 */
SIPHA_API int32_t sipha_session_open(
    sipha_t* resolver,
    const char* uri,
    const sipha_session_options* options,
    sipha_session_cb on_state,
    void* user,
    sipha_session_t** session
);

/**
 * The place every request of the account goes to.
 * @param target its `size` set by the caller.
 * @returns 1 with a candidate, 0 when there is none; SIPHA_EINVAL, SIPHA_ECLOSED.
 */
SIPHA_API int32_t sipha_session_target(sipha_session_t* session, sipha_candidate* target);

/**
 * One of the places of the account: the target, then the others as they would be chosen.
 * @param index from 0. @param place its `size` set by the caller.
 * @returns 1 with a candidate, 0 beyond the last; SIPHA_EINVAL, SIPHA_ENOMEM, SIPHA_ECLOSED.
 */
SIPHA_API int32_t
sipha_session_place(sipha_session_t* session, uint32_t index, sipha_candidate* place);

/**
 * Tells what the application's own requests experienced. A failure of the target moves the session
 * at once; the callback follows.
 * @param place as it was handed out. @returns SIPHA_OK, SIPHA_EINVAL, SIPHA_ENOMEM, SIPHA_ECLOSED.
 */
SIPHA_API int32_t sipha_session_report(
    sipha_session_t* session, const sipha_candidate* place, const sipha_outcome* outcome
);

/**
 * Says whether a call is up: while one is, the session does not go back to a better place.
 * @param is_busy 1 or 0. @returns SIPHA_OK, SIPHA_EINVAL, SIPHA_ECLOSED.
 */
SIPHA_API int32_t sipha_session_set_busy(sipha_session_t* session, uint32_t is_busy);

/**
 * How long to wait before the next attempt to register (RFC 5626 4.5).
 * @param failures in a row, at least 1. @param have_all_failed 1 when no flow of the account is
 * registered, 0 when some is.
 * @returns milliseconds; SIPHA_EINVAL, SIPHA_ECLOSED.
 */
SIPHA_API int32_t sipha_session_registration_delay_ms(
    sipha_session_t* session, uint32_t failures, uint32_t have_all_failed
);

/** Closes a session; it calls back no more. Null is ignored. */
SIPHA_API void sipha_session_close(sipha_session_t* session);

#ifdef __cplusplus
}
#endif
