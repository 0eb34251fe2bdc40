#ifndef CALC_OPTIONS_H
#define CALC_OPTIONS_H

typedef struct {
    int digits;
    int strict;
    int done; /* Nothing left to do but to end with code. */
    int code;
} options;

options options_read(int argc, char **argv);

#endif
