/* calc: reads lines, prints what they come to. `?` lists the names. */
#include <stdio.h>
#include <string.h>

#include "calc.h"
#include "names.h"
#include "options.h"
#include "text.h"

int main(int argc, char **argv) {
    options chosen = options_read(argc, argv);
    if (chosen.done) return chosen.code;
    table names = { 0 };
    text line = { 0 };
    int failures = 0;
    while (text_read_line(&line, stdin)) {
        const char *start = line.chars;
        size_t length = text_trim(&start, line.length);
        if (length == 0 || *start == '#') continue;
        if (length == 1 && *start == '?') {
            names_print(&names);
            continue;
        }
        value v = calc_line(start, &names);
        if (v.error != NULL) failures++;
        if (v.error != NULL) printf("error: %s\n", v.error);
        else printf("%.*g\n", chosen.digits, v.number);
    }
    text_free(&line);
    table_free(&names);
    return chosen.strict && failures > 0 ? 1 : 0;
}
