#include "value.h"

#include <math.h>
#include <stddef.h>

value value_of(double number) {
    if (isnan(number)) return value_error("not a number");
    if (isinf(number)) return value_error("too large");
    value v = { number, NULL };
    return v;
}

value value_error(const char *text) {
    value v = { 0, text };
    return v;
}
