/* Two lookups that need no DNS, through the C interface. */
#include <poll.h>
#include <sipha/resolver.h>
#include <stdio.h>
#include <string.h>

static void on_done(void* user, sipha_lookup_t* lookup, int32_t status) {
    sipha_candidate* found = user;
    if (status != SIPHA_OK || sipha_next(lookup, found) != 1) {
        fprintf(stderr, "%s\n", sipha_strerror(status));
        found->port = UINT32_MAX;
    }
}

static int finds(sipha_t* resolver, const char* uri, const char* address, uint32_t port) {
    sipha_candidate found;
    sipha_options options;
    int turns;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.families = SIPHA_FAMILY_V4;
    memset(&found, 0, sizeof found);
    found.size = sizeof found;
    if (sipha_resolve(resolver, uri, &options, on_done, &found, NULL) != SIPHA_OK) {
        return 0;
    }
    for (turns = 0; turns < 100 && found.port == 0; ++turns) {
        struct pollfd waiting;
        waiting.fd = sipha_fd(resolver);
        waiting.events = POLLIN;
        poll(&waiting, 1, 1000);
        sipha_process(resolver);
    }
    printf("%s: %s %u\n", uri, found.address, (unsigned)found.port);
    return strcmp(found.address, address) == 0 && found.port == port;
}

int main(void) {
    sipha_t* resolver = NULL;
    int is_right = sipha_new(NULL, &resolver) == SIPHA_OK &&
                   finds(resolver, "sip:127.0.0.1", "127.0.0.1", 5060) &&
                   finds(resolver, "sips:localhost", "127.0.0.1", 5061);
    sipha_free(resolver);
    return is_right ? 0 : 1;
}
