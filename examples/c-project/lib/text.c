#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static void make_room(text *t, size_t more) {
    size_t wanted = t->length + more + 1;
    if (wanted <= t->room) return;
    size_t room = t->room == 0 ? 32 : t->room;
    while (room < wanted) room *= 2;
    char *chars = realloc(t->chars, room);
    if (chars == NULL) abort();
    t->chars = chars;
    t->room = room;
}

void text_add(text *t, const char *chars, size_t count) {
    make_room(t, count);
    memcpy(t->chars + t->length, chars, count);
    t->length += count;
    t->chars[t->length] = 0;
}

void text_add_number(text *t, double number) {
    char digits[32];
    int count = snprintf(digits, sizeof digits, "%.10g", number);
    text_add(t, digits, (size_t)count);
}

void text_clear(text *t) {
    make_room(t, 0);
    t->length = 0;
    t->chars[0] = 0;
}

void text_free(text *t) {
    free(t->chars);
    t->chars = NULL;
    t->length = t->room = 0;
}

size_t text_trim(const char **start, size_t length) {
    while (length > 0 && isspace((unsigned char)**start)) {
        (*start)++;
        length--;
    }
    while (length > 0 && isspace((unsigned char)(*start)[length - 1])) length--;
    return length;
}

int text_equal_fold(const char *a, const char *b, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (tolower((unsigned char)a[i]) != tolower((unsigned char)b[i])) return 0;
    return 1;
}
