#ifndef CALC_CHECK_H
#define CALC_CHECK_H

#include <stdio.h>

extern int check_failures;

#define CHECK(what) do { \
    if (!(what)) { \
        printf("%s:%d: %s\n", __FILE__, __LINE__, #what); \
        check_failures++; \
    } \
} while (0)

void check_table(void);
void check_calc(void);

#endif
