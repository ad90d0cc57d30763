/* The C API from C: no DNS is asked. Exit code 0 when every claim holds. */
#include <poll.h>
#include <sipha/resolver.h>
#include <stdio.h>
#include <string.h>

static int failures = 0;

#define CHECK(claim)                                                      \
    do {                                                                  \
        if (!(claim)) {                                                   \
            fprintf(stderr, "line %d: not true: %s\n", __LINE__, #claim); \
            ++failures;                                                   \
        }                                                                 \
    } while (0)

struct answer {
    int calls;
    int32_t status;
};

static void on_done(void* user, sipha_lookup_t* lookup, int32_t status) {
    struct answer* told = user;
    (void)lookup;
    ++told->calls;
    told->status = status;
}

static void wait_for(sipha_t* resolver, const struct answer* told) {
    int turns;
    for (turns = 0; turns < 100 && told->calls == 0; ++turns) {
        struct pollfd waiting;
        waiting.fd = sipha_fd(resolver);
        waiting.events = POLLIN;
        if (poll(&waiting, 1, 5000) == 1) {
            CHECK(sipha_process(resolver) == SIPHA_OK);
        }
    }
}

int main(void) {
    static const char* const servers[] = {"127.0.0.1", "[::1]:5353"};
    sipha_t* resolver = NULL;
    sipha_lookup_t* lookup = NULL;
    sipha_config config;
    sipha_candidate place;
    struct answer told = {0, SIPHA_EAGAIN};
    char story[256];

    memset(&config, 0, sizeof config);
    config.size = sizeof config;
    config.servers = servers;
    config.server_count = 2;
    CHECK(sipha_new(&config, &resolver) == SIPHA_OK);
    memset(&place, 0, sizeof place);
    place.size = sizeof place;
    CHECK(sipha_resolve(resolver, "sips:[2001:db8::1]", NULL, on_done, &told, &lookup) == SIPHA_OK);
    CHECK(told.calls == 0);
    CHECK(sipha_next(lookup, &place) == SIPHA_EAGAIN);
    wait_for(resolver, &told);
    CHECK(told.calls == 1 && told.status == SIPHA_OK);
    CHECK(sipha_next(lookup, &place) == 1);
    CHECK(place.transport == SIPHA_TLS && place.port == 5061);
    CHECK(strcmp(place.address, "2001:db8::1") == 0);
    CHECK(sipha_next(lookup, &place) == 0);
    CHECK(sipha_explain(lookup, story, sizeof story) == 0);
    sipha_release(lookup);

    told.calls = 0;
    CHECK(sipha_resolve(resolver, "tel:+1", NULL, on_done, &told, &lookup) == SIPHA_OK);
    wait_for(resolver, &told);
    CHECK(told.status == SIPHA_EBAD_URI);
    CHECK(strlen(sipha_strerror(told.status)) > 10);
    sipha_release(lookup);
    sipha_free(resolver);
    return failures == 0 ? 0 : 1;
}
