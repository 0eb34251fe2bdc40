#ifndef CALC_TEXT_H
#define CALC_TEXT_H

#include <stddef.h>
#include <stdio.h>

/* A text that grows. */
typedef struct {
    char *chars; /* Ends in a zero byte once anything was added. */
    size_t length;
    size_t room;
} text;

void text_add(text *t, const char *chars, size_t count);
void text_add_number(text *t, double number);
void text_clear(text *t);
void text_free(text *t);

/* Reads a line without its newline. 0 at the end of the file. */
int text_read_line(text *t, FILE *from);

/* Moves the start past white space, the end before it; returns the new length. */
size_t text_trim(const char **start, size_t length);
int text_equal_fold(const char *a, const char *b, size_t count);

#endif
