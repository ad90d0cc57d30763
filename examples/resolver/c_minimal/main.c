/* Prints the places of a SIP URI in the order in which to try them.
   Usage: sipha-example-c URI. Exit code 0 when there is one, 1 when not, 2 wrong usage. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <sipha/resolver.h>

static void on_lookup(void* user, sipha_lookup_t* lookup, int32_t status) {
    int* exit_code = user;
    sipha_candidate place;
    memset(&place, 0, sizeof place);
    place.size = sizeof place;
    *exit_code = 1;
    while ((status = sipha_next(lookup, &place)) == 1) {
        static const char* const names[] = {"?", "udp", "tcp", "tls", "ws", "wss"};
        printf("%s %s port %u\n", names[place.transport], place.address, (unsigned)place.port);
        *exit_code = 0;
    }
    if (status == SIPHA_EAGAIN) {
        *exit_code = -1; /* more is being looked up: called again when it is known */
    } else if (status < 0) {
        fprintf(stderr, "%s\n", sipha_strerror(status));
    }
}

int main(int count, char** arguments) {
    sipha_t* resolver = NULL;
    sipha_lookup_t* lookup = NULL;
    int exit_code = -1;
    if (count != 2) {
        fprintf(stderr, "usage: %s URI\n", arguments[0]);
        return 2;
    }
    if (sipha_new(NULL, &resolver) != SIPHA_OK ||
        sipha_resolve(resolver, arguments[1], NULL, on_lookup, &exit_code, &lookup) != SIPHA_OK) {
        return 2;
    }
    while (exit_code < 0) {
        struct pollfd waiting = {sipha_fd(resolver), POLLIN, 0};
        poll(&waiting, 1, -1);
        sipha_process(resolver);
    }
    sipha_release(lookup);
    sipha_free(resolver);
    return exit_code;
}
