#ifndef CALC_NAMES_H
#define CALC_NAMES_H

#include "table.h"

void names_print(const table *names);

#endif
