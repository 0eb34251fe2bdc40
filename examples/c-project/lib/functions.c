#include <math.h>
#include <string.h>

#include "calc.h"
#include "text.h"

typedef double (*unary)(double);

static const struct {
    const char *name;
    unary function;
} unaries[] = { { "sqrt", sqrt }, { "sin", sin }, { "cos", cos }, { "abs", fabs }, { "floor", floor }, { "ln", log } };

static value extreme(const double *arguments, size_t count, int sign) {
    double best = arguments[0];
    for (size_t i = 1; i < count; i++)
        if ((arguments[i] - best) * sign > 0) best = arguments[i];
    return value_of(best);
}

value calc_call(const char *name, size_t length, const double *arguments, size_t count) {
    if (count == 0) return value_error("a function needs an argument");
    for (size_t i = 0; i < sizeof unaries / sizeof *unaries; i++) {
        if (strlen(unaries[i].name) != length || !text_equal_fold(unaries[i].name, name, length)) continue;
        return count == 1 ? value_of(unaries[i].function(arguments[0])) : value_error("too many arguments");
    }
    if (length == 3 && text_equal_fold(name, "max", 3)) return extreme(arguments, count, 1);
    if (length == 3 && text_equal_fold(name, "min", 3)) return extreme(arguments, count, -1);
    return value_error("unknown function");
}
