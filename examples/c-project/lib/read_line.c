#include "text.h"

int text_read_line(text *t, FILE *from) {
    int c, any = 0;
    text_clear(t);
    while ((c = getc(from)) != EOF) {
        any = 1;
        if (c == '\n') break;
        char byte = (char)c;
        text_add(t, &byte, 1);
    }
    return any;
}
