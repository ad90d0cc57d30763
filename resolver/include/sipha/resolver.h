/**
 * @file
 * The resolver for programs written in C, or in anything that can call C.
 *
 * Rules that hold for every function below:
 *
 * 1. Threads. Each function may be called from any thread; a handle locks itself. Callbacks run
 *    in the thread that calls sipha_process(), or where the application runs what
 *    sipha_start_thread() posts to it. Nothing else in the library calls into the application.
 * 2. Callbacks never run inside the call that starts something; they run later, from
 *    sipha_process(), from a posted function, or from sipha_free(). No lock is held meanwhile:
 *    a callback may call every function, sipha_free() and sipha_release() included. It must
 *    return, not throw or jump out.
 * 3. Exactly once. Each sipha_resolve() that returns SIPHA_OK calls back once, and once more
 *    for each SIPHA_EAGAIN of sipha_next(). Nothing is called back for a lookup after
 *    sipha_release(), for a session after sipha_session_close(), and for anything after
 *    sipha_free(). When one of these three runs in another thread than the callbacks, a
 *    callback that has begun may still be running as it returns.
 * 4. Ownership. Handles belong to the caller and are given back once: sipha_t to sipha_free(),
 *    sipha_lookup_t to sipha_release(), sipha_session_t to sipha_session_close(), in any order.
 *    After sipha_free() the lookups and sessions of that handle know no more than to be given
 *    back; other functions return SIPHA_ECLOSED for them.
 * 5. Strings and structures. What the caller hands in is copied before the function returns.
 *    What the library fills into a caller's structure is a plain value without pointers, to be
 *    copied and kept at will. Strings that functions return are constants of the library. What
 *    a callback receives by pointer is valid until the callback returns.
 * 6. Size. Each structure begins with `size`, which the caller sets to sizeof the structure it
 *    was compiled with. Zero in any other field means the default. The library takes a smaller
 *    (older) structure and treats what is missing as zero; it takes a larger (newer) one when
 *    all that it does not know is zero, else SIPHA_EINVAL. Structures that it fills are filled
 *    as far as they reach; what it does not know of a larger one is set to zero. A `size` below
 *    4 or above SIPHA_MAX_STRUCT is SIPHA_EINVAL.
 * 7. Errors. A function that can fail returns a negative number: see enum sipha_status. On an
 *    error nothing has happened, results are untouched, and every handle stays usable. A null
 *    pointer where the text does not allow one is SIPHA_EINVAL. No exception leaves the
 *    library.
 * 8. Numbers. Times are milliseconds unless the name ends otherwise; ports are in host byte
 *    order.
 * 9. Versions. The functions and structures only grow; symbols carry a version. A number that
 *    an enumeration does not name may come from a newer library: treat it as the general case.
 * 10. Processes. A handle does not survive fork() in the child.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Marks what the shared library offers. */
#define SIPHA_API __attribute__((visibility("default")))

/** Bytes of a name with its terminating zero: a DNS name has at most 253 (RFC 1035 2.3.4). */
#define SIPHA_NAME_SIZE 256
/** Bytes of an address in text with its terminating zero. */
#define SIPHA_ADDRESS_SIZE 48
/** Greatest `size` of a structure that is accepted. */
#define SIPHA_MAX_STRUCT 4096
/** Transports that sipha_options can list. */
#define SIPHA_MAX_TRANSPORTS 8
/** Servers that sipha_config can list. */
#define SIPHA_MAX_SERVERS 64

/** A resolver: cache, DNS servers, what is known of the places. */
typedef struct sipha_resolver sipha_t;
/** One lookup of a URI. */
typedef struct sipha_lookup sipha_lookup_t;
/** One account that stays on a live place. */
typedef struct sipha_session sipha_session_t;

/** What functions return; sipha_strerror() has a sentence for each. */
enum sipha_status {
    SIPHA_OK = 0,
    SIPHA_EAGAIN = -1,    /**< not known yet; the callback comes */
    SIPHA_EINVAL = -2,    /**< an argument is null, out of range, or of an unknown form */
    SIPHA_ENOMEM = -3,    /**< no memory */
    SIPHA_ESYSTEM = -4,   /**< the system gave no socket, descriptor or thread */
    SIPHA_ECLOSED = -5,   /**< sipha_free() was called for the resolver of this handle */
    SIPHA_EINTERNAL = -6, /**< a fault of the library; please report it */

    SIPHA_EBAD_URI = -101,               /**< not a SIP or SIPS URI (RFC 3261 19.1) */
    SIPHA_EBAD_NAME = -102,              /**< the host cannot be a DNS name; nothing was asked */
    SIPHA_ETRANSPORT_CONFLICT = -103,    /**< sips with a transport that cannot carry TLS */
    SIPHA_ETRANSPORT_UNSUPPORTED = -104, /**< the URI wants a transport that is not listed */
    SIPHA_EFAMILY_UNSUPPORTED = -105,    /**< a literal of a family that is switched off */
    SIPHA_ENOT_FOUND = -106,             /**< the name does not exist */
    SIPHA_ENO_CANDIDATES = -107,         /**< NAPTR rules lead nowhere and the scope is strict */
    SIPHA_ENO_ADDRESSES = -108,          /**< targets exist, none has a usable address */
    SIPHA_ESERVICE_NOT_AVAILABLE = -109, /**< SRV target ".": no such service (RFC 2782) */
    SIPHA_EALIAS_LOOP = -110,            /**< CNAME records go round, or are too many */
    SIPHA_EDNS_TEMPORARY = -111,         /**< DNS servers failed: nothing is known of the name */
    SIPHA_EDNS_TIMEOUT = -112,           /**< no DNS server answered within the budget */
    SIPHA_EDNS_UNREACHABLE = -113,       /**< no DNS server could be sent to */
    SIPHA_EDNS_MALFORMED = -114,         /**< a DNS server did not answer the question */
    SIPHA_ETOO_MANY_LOOKUPS = -115,      /**< the limit of concurrent lookups is reached */
    SIPHA_ECANCELLED = -116,             /**< sipha_cancel() was called */
    SIPHA_EABORTED = -117,               /**< sipha_free() was called before the end */
    SIPHA_EALL_BACKOFF = -118,           /**< every candidate asks to be left alone for a while */
    SIPHA_ETLS_IDENTITY = -119,          /**< a certificate was wrong, nothing secure is left */
    SIPHA_EEXHAUSTED = -120              /**< every candidate was handed out */
};

/** The transports of RFC 3261 18 and RFC 7118. */
enum sipha_transport { SIPHA_UDP = 1, SIPHA_TCP = 2, SIPHA_TLS = 3, SIPHA_WS = 4, SIPHA_WSS = 5 };

/** Address families to use. */
enum sipha_families { SIPHA_FAMILY_ANY = 0, SIPHA_FAMILY_V4 = 1, SIPHA_FAMILY_V6 = 2 };

/** What follows when every candidate of a NAPTR order is unusable (RFC 3403 4.1). */
enum sipha_naptr_scope {
    SIPHA_NAPTR_NEXT_ORDER = 0, /**< a rule that led nowhere counts as not matching */
    SIPHA_NAPTR_STRICT = 1      /**< the first order that matched is final */
};

/** How answers are protected and believed. */
enum sipha_config_flags {
    SIPHA_AD_TRUSTED = 1,  /**< reports DNSSEC verdicts of loopback or "trust-ad" servers */
    SIPHA_AD_ALWAYS = 2,   /**< reports those of all servers: the way to them is protected */
    SIPHA_RANDOM_CASE = 4, /**< random case in names asked: answers are harder to forge */
    SIPHA_NO_STALE = 8     /**< nothing is used past its TTL, though the DNS be dead (RFC 8767) */
};

/** A question left out, or a habit switched off. */
enum sipha_option_flags {
    SIPHA_SKIP_NAPTR = 1,     /**< saves the query where NAPTR questions get lost */
    SIPHA_LENIENT_SRV = 2,    /**< also asks _sip._tls and _sips._tls */
    SIPHA_NO_SPECULATION = 4, /**< SRV is asked only after the NAPTR answer */
    SIPHA_EXPLAIN = 8,        /**< keeps the story of the lookup for sipha_explain() */
    SIPHA_SEED = 16,          /**< `seed` is set: equal seeds give equal orders (RFC 3263 4.4) */
    SIPHA_LITERAL_DRAW = 32, /**< RFC 2782's inclusive draw by the letter; unfair, for comparison */
    SIPHA_WS_SRV_SIP_WS = 64,  /**< asks SRV of _sip._ws and _sips._ws for WebSocket */
    SIPHA_WS_SRV_WS_TCP = 128, /**< asks SRV of _ws._tcp and _wss._tcp instead */
    SIPHA_TLS_SRV_TARGET =
        256 /**< `tls_name` is the SRV target: trusts the DNS, against RFC 5922 */
};

/** What happened to a request that was sent to a candidate. */
enum sipha_outcome_kind {
    SIPHA_OUTCOME_OK = 0,           /**< any response but 503 */
    SIPHA_OUTCOME_REFUSED = 1,      /**< ICMP, connection refused, no route */
    SIPHA_OUTCOME_TIMEOUT = 2,      /**< timer B or F, connect timeout */
    SIPHA_OUTCOME_RESET = 3,        /**< an established connection was reset or closed */
    SIPHA_OUTCOME_TLS_IDENTITY = 4, /**< the certificate is not for `tls_name` */
    SIPHA_OUTCOME_TLS_ERROR = 5,    /**< any other TLS failure */
    SIPHA_OUTCOME_UNAVAILABLE = 6   /**< 503 (RFC 3261 21.5.4); see `retry_after_s` */
};

/** How the resolver reaches the DNS. All zero: the servers of the system, default times. */
typedef struct sipha_config {
    uint32_t size;               /**< see rule 6 */
    uint32_t server_count;       /**< at most SIPHA_MAX_SERVERS */
    const char* const* servers;  /**< "192.0.2.53", "192.0.2.53:5353" or "[2001:db8::53]:53" */
    const char* source;          /**< address that queries leave from; null: the system chooses */
    uint32_t attempt_timeout_ms; /**< silence after which the next server is asked */
    uint32_t hedge_delay_ms;     /**< silence after which a second server is asked as well */
    uint32_t query_budget_ms;    /**< time of one question over all servers */
    uint32_t max_cache_entries;  /**< answers kept */
    uint32_t max_lookups;        /**< lookups at the same time */
    uint32_t flags;              /**< sum of enum sipha_config_flags */
    uint32_t max_cache_bytes;    /**< memory for answers */
    uint32_t max_stale_s;        /**< how long past its TTL an answer may serve (RFC 8767) */
    uint32_t stale_delay_ms;     /**< how long to wait for a fresh answer before a stale one */
} sipha_config;

/** How to look up one URI. All zero: TLS, TCP and UDP in this order, any family. */
typedef struct sipha_options {
    uint32_t size;           /**< see rule 6 */
    uint32_t flags;          /**< sum of enum sipha_option_flags */
    uint64_t seed;           /**< used with SIPHA_SEED */
    uint32_t families;       /**< enum sipha_families */
    uint32_t naptr_scope;    /**< enum sipha_naptr_scope */
    uint32_t request_bytes;  /**< size of the request; a large one leaves UDP (RFC 3261 18.1.1) */
    uint32_t path_mtu_bytes; /**< path MTU, 0 when unknown */
    uint32_t grace_ms;       /**< how long a usable candidate waits for open questions */
    uint32_t question_budget_ms; /**< how long the rules wait for one question */
    uint32_t total_budget_ms;    /**< how long the whole lookup may take */
    /** enum sipha_transport in order of preference, ended by 0 (RFC 3263 4.1). */
    uint8_t transports[SIPHA_MAX_TRANSPORTS];
} sipha_options;

/** What the topmost Via of a request says about where its response goes. */
typedef struct sipha_via {
    uint32_t size;      /**< see rule 6 */
    uint32_t transport; /**< enum sipha_transport */
    uint32_t port;      /**< of sent-by; 0 when there is none */
    const char* host;   /**< of sent-by: a name or an address */
} sipha_via;

/** One place a request can be sent to. */
typedef struct sipha_candidate {
    uint32_t size;         /**< see rule 6 */
    uint32_t transport;    /**< enum sipha_transport */
    uint32_t family;       /**< 4 or 6 */
    uint32_t port;         /**< 1 to 65535 */
    int64_t expires_in_ms; /**< until the records that led here expire; -1: never */
    uint32_t is_stale; /**< 1: a record that led here has expired and the DNS is dead (RFC 8767) */
    uint32_t is_authentic;     /**< 1: DNSSEC vouches for all records; see SIPHA_AD_TRUSTED */
    uint32_t naptr_order;      /**< 0 when no NAPTR led here */
    uint32_t naptr_preference; /**< 0 when no NAPTR led here */
    uint32_t srv_priority;     /**< 0 when no SRV led here */
    uint8_t octets[16];        /**< the address in network order; 4 octets for IPv4 */
    char address[SIPHA_ADDRESS_SIZE]; /**< the address as text, without brackets */
    /** Name to check the certificate against (RFC 5922 7.3): the host of the URI. */
    char tls_name[SIPHA_NAME_SIZE];
    char srv_target[SIPHA_NAME_SIZE]; /**< host whose address this is; "" for a literal */
} sipha_candidate;

/** What the application experienced at a candidate. */
typedef struct sipha_outcome {
    uint32_t size;          /**< see rule 6 */
    uint32_t kind;          /**< enum sipha_outcome_kind */
    uint32_t retry_after_s; /**< Retry-After of a 503; 0: none, the next one is tried unmarked */
} sipha_outcome;

/** What the resolver has done since sipha_new(); what is marked "now" goes up and down. */
typedef struct sipha_metrics {
    uint32_t size;             /**< see rule 6 */
    uint32_t open_lookups;     /**< now: lookups under way or not released */
    uint64_t lookups;          /**< started, sessions' included */
    uint64_t lookups_refused;  /**< beyond `max_lookups` */
    uint64_t cache_hits;       /**< questions answered with what was known */
    uint64_t cache_misses;     /**< questions the DNS was asked, or that joined one in flight */
    uint64_t cache_joined;     /**< of the misses: joined one in flight */
    uint64_t cache_failures;   /**< questions answered with a remembered failure */
    uint64_t cache_stale;      /**< questions answered past the TTL (RFC 8767) */
    uint64_t cache_prefetches; /**< asked again before the end because still in use */
    uint64_t cache_evictions;  /**< answers that left early to make room */
    uint64_t glue;             /**< addresses taken from additional sections */
    uint64_t cached_answers;   /**< now */
    uint64_t marked_places;    /**< now: places that something speaks against */
    uint64_t session_events_dropped; /**< the application was too slow to take them */
} sipha_metrics;

/**
 * Tells that a lookup can go on: sipha_next() has a candidate or the end.
 * @param user what was given to sipha_resolve().
 * @param lookup the lookup, valid until it is released.
 * @param status SIPHA_OK, or why there is no candidate.
 */
typedef void (*sipha_lookup_cb)(void* user, sipha_lookup_t* lookup, int32_t status);

/**
 * Hands a function to the application's own loop; called from the library's thread.
 * The application calls run(argument) soon, once, in a thread of its choice. It must do so even
 * after sipha_free(); run() then only frees memory. The call must not wait for a thread that may be
 * in sipha_free().
 */
typedef void (*sipha_post)(void* context, void (*run)(void* argument), void* argument);

/** "0.1.0": the version of the library that is loaded. */
SIPHA_API const char* sipha_version(void);

/** One sentence about a status: what is wrong and what to do. Never null. */
SIPHA_API const char* sipha_strerror(int32_t status);

/**
 * Makes a resolver. @param config null for all defaults. @param resolver receives the handle.
 * @returns SIPHA_OK, SIPHA_EINVAL (a server or source that is no address, a broken `size`),
 * SIPHA_ENOMEM, SIPHA_ESYSTEM.
 */
SIPHA_API int32_t sipha_new(const sipha_config* config, sipha_t** resolver);

/**
 * Ends a resolver: stops its thread, calls back every open lookup with SIPHA_EABORTED, closes every
 * session without a word, and frees the handle. Null is ignored.
 */
SIPHA_API void sipha_free(sipha_t* resolver);

/**
 * The descriptor to poll for reading; the same for the life of the handle. It is readable when
 * sipha_process() has something to do, times included, so that a loop needs nothing else.
 * @returns the descriptor, owned by the library, or -1 after sipha_start_thread().
 */
SIPHA_API int sipha_fd(sipha_t* resolver);

/**
 * For loops that cannot poll a descriptor: when to call sipha_process() at the latest. To be asked
 * again after each call into the library.
 * @returns milliseconds, or -1 for no limit.
 */
SIPHA_API int32_t sipha_timeout_ms(sipha_t* resolver);

/**
 * Does what is due and calls back; never blocks. To be called when the descriptor is readable;
 * calling it in between does no harm.
 * @returns SIPHA_OK; SIPHA_EINVAL after sipha_start_thread(); SIPHA_ENOMEM when something could not
 * be done now, it is tried again by the next call.
 */
SIPHA_API int32_t sipha_process(sipha_t* resolver);

/**
 * Lets a thread of the library do what sipha_process() does. Callbacks go through `post`.
 * @param post called from that thread for each callback. @param context handed to `post`.
 * @returns SIPHA_OK; SIPHA_EINVAL when there is a thread already; SIPHA_ESYSTEM.
 */
SIPHA_API int32_t sipha_start_thread(sipha_t* resolver, sipha_post post, void* context);

/**
 * Starts a lookup (RFC 3263 4).
 * @param uri a SIP or SIPS URI; what is wrong with it is told by the callback.
 * @param options null for all defaults.
 * @param callback see sipha_lookup_cb. @param user handed to it.
 * @param lookup receives the handle; null: the handle lives until a callback
 * returns that left no SIPHA_EAGAIN open.
 * @returns SIPHA_OK, SIPHA_EINVAL, SIPHA_ENOMEM.
 */
SIPHA_API int32_t sipha_resolve(
    sipha_t* resolver,
    const char* uri,
    const sipha_options* options,
    sipha_lookup_cb callback,
    void* user,
    sipha_lookup_t** lookup
);

/**
 * Starts to locate where a response goes whose connection is gone (RFC 3261 18.2.2, RFC 3263 5).
 * @param via transport and sent-by of the topmost Via. All others as in sipha_resolve().
 * @returns SIPHA_OK, SIPHA_EINVAL, SIPHA_ENOMEM.
 */
SIPHA_API int32_t sipha_resolve_reply(
    sipha_t* resolver,
    const sipha_via* via,
    const sipha_options* options,
    sipha_lookup_cb callback,
    void* user,
    sipha_lookup_t** lookup
);

/**
 * Takes the best candidate that this lookup has not handed out, as things stand at this moment.
 * @param candidate its `size` set by the caller.
 * @returns 1 with a candidate; 0 when there is no more; SIPHA_EAGAIN when that is not known yet
 * (the callback comes); the error of a lookup that failed; SIPHA_EINVAL; SIPHA_ECLOSED.
 */
SIPHA_API int32_t sipha_next(sipha_lookup_t* lookup, sipha_candidate* candidate);

/**
 * Ends a lookup; its callback, when one is owed, runs with SIPHA_ECANCELLED. Without effect on one
 * that has called back. @returns SIPHA_OK, SIPHA_EINVAL, SIPHA_ECLOSED.
 */
SIPHA_API int32_t sipha_cancel(sipha_lookup_t* lookup);

/** Gives a lookup back, open or not; it calls back no more. Null is ignored. */
SIPHA_API void sipha_release(sipha_lookup_t* lookup);

/**
 * The story of a lookup as text: one line for each query, answer, rule and draw with
 * SIPHA_EXPLAIN, and one for each warning in any case.
 * @param buffer receives at most `length` bytes with the terminating zero; may be null when
 * `length` is 0.
 * @returns the length of the whole text without its zero; 0 when there is none.
 */
SIPHA_API size_t sipha_explain(sipha_lookup_t* lookup, char* buffer, size_t length);

/**
 * A candidate as struct sockaddr_in or sockaddr_in6.
 * @param address storage of `*length` bytes; struct sockaddr_storage always suffices.
 * @param length receives the bytes used. @returns SIPHA_OK; SIPHA_EINVAL when it is too small.
 */
SIPHA_API int32_t sipha_sockaddr(const sipha_candidate* candidate, void* address, uint32_t* length);

/**
 * Tells what happened to a request sent to a candidate of any lookup: a place that failed comes
 * last for a while, one that asked to be left alone is not offered (RFC 3263 4.3, RFC 3261 21.5.4).
 * @param candidate as it was handed out. @returns SIPHA_OK, SIPHA_EINVAL, SIPHA_ENOMEM.
 */
SIPHA_API int32_t
sipha_report(sipha_t* resolver, const sipha_candidate* candidate, const sipha_outcome* outcome);

/**
 * The machine's network changed: forgets answers and marks, reads the system's DNS servers again,
 * starts open lookups anew, and lets each session choose again.
 * @returns SIPHA_OK, SIPHA_EINVAL, SIPHA_ENOMEM.
 */
SIPHA_API int32_t sipha_network_changed(sipha_t* resolver);

/**
 * Counters since sipha_new() and gauges of this moment.
 * @param metrics its `size` set by the caller. @returns SIPHA_OK, SIPHA_EINVAL.
 */
SIPHA_API int32_t sipha_get_metrics(sipha_t* resolver, sipha_metrics* metrics);

#ifdef __cplusplus
}
#endif
