#ifndef CALC_VALUE_H
#define CALC_VALUE_H

/* The result of a calculation: a number, or why there is none. */
typedef struct {
    double number;
    const char *error; /* NULL when number is good; otherwise a text that lives for ever. */
} value;

value value_of(double number);
value value_error(const char *text);

#endif
