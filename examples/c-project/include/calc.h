#ifndef CALC_CALC_H
#define CALC_CALC_H

#include "table.h"
#include "value.h"

/* Works out a line: an expression or `name = expression`. Names are kept in `names`. */
value calc_line(const char *source, table *names);

/* sqrt, sin, cos, abs, floor, ln, max, min. */
value calc_call(const char *name, size_t length, const double *arguments, size_t count);

#endif
