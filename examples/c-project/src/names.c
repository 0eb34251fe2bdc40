#include "names.h"

#include <stdio.h>

#include "text.h"

static void print_one(const char *name, double number, void *with) {
    text *line = with;
    text_clear(line);
    text_add_number(line, number);
    printf("%s = %s\n", name, line->chars);
}

void names_print(const table *names) {
    text line = { 0 };
    table_each(names, print_one, &line);
    text_free(&line);
}
