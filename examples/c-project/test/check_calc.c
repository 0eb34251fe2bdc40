#include <string.h>

#include "calc.h"
#include "check.h"

static double good(const char *line, table *names) {
    value v = calc_line(line, names);
    CHECK(v.error == NULL);
    return v.number;
}

void check_calc(void) {
    table names = { 0 };
    CHECK(good("1 + 2 * 3", &names) == 7);
    CHECK(good("-2 ^ 2", &names) == -4);
    CHECK(good("x = 2 ^ 3 ^ 2", &names) == 512);
    CHECK(good("max(x, 3, sqrt(16)) % 10", &names) == 2);
    CHECK(strcmp(calc_line("1 / 0", &names).error, "division by zero") == 0);
    CHECK(strcmp(calc_line("y + 1", &names).error, "unknown name") == 0);
    CHECK(strcmp(calc_line("(1", &names).error, "missing )") == 0);
    CHECK(strcmp(calc_line("1 2", &names).error, "unexpected text after the expression") == 0);
    table_free(&names);
}
