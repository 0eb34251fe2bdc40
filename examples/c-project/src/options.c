#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "version.h"

options options_read(int argc, char **argv) {
    options chosen = { .digits = 10 };
    for (int i = 1; i < argc && !chosen.done; i++) {
        if (strcmp(argv[i], "--version") == 0) {
            puts("calc " CALC_VERSION);
            chosen.done = 1;
        } else if (strcmp(argv[i], "--strict") == 0) {
            chosen.strict = 1;
        } else if (strcmp(argv[i], "--digits") == 0 && i + 1 < argc) {
            chosen.digits = atoi(argv[++i]);
        } else {
            fprintf(stderr, "calc: unknown option %s\n", argv[i]);
            chosen.done = 1;
            chosen.code = 2;
        }
    }
    return chosen;
}
