#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"

struct table_slot {
    char *name; /* NULL: free. */
    size_t length;
    double number;
};

static struct table_slot *find(const table *t, const char *name, size_t length) {
    size_t at = hash_bytes(name, length) & (t->room - 1);
    while (t->slots[at].name != NULL) {
        if (t->slots[at].length == length && memcmp(t->slots[at].name, name, length) == 0) break;
        at = (at + 1) & (t->room - 1);
    }
    return &t->slots[at];
}

static void grow(table *t) {
    table bigger = { NULL, t->room == 0 ? 16 : t->room * 2, t->count };
    bigger.slots = calloc(bigger.room, sizeof *bigger.slots);
    if (bigger.slots == NULL) abort();
    for (size_t i = 0; i < t->room; i++)
        if (t->slots[i].name != NULL) *find(&bigger, t->slots[i].name, t->slots[i].length) = t->slots[i];
    free(t->slots);
    *t = bigger;
}

void table_free(table *t) {
    for (size_t i = 0; i < t->room; i++) free(t->slots[i].name);
    free(t->slots);
    t->slots = NULL;
    t->room = t->count = 0;
}

void table_set(table *t, const char *name, size_t length, double number) {
    if ((t->count + 1) * 4 > t->room * 3) grow(t);
    struct table_slot *slot = find(t, name, length);
    if (slot->name == NULL) {
        slot->name = malloc(length + 1);
        if (slot->name == NULL) abort();
        memcpy(slot->name, name, length);
        slot->name[length] = 0;
        slot->length = length;
        t->count++;
    }
    slot->number = number;
}

int table_get(const table *t, const char *name, size_t length, double *number) {
    if (t->room == 0) return 0;
    const struct table_slot *slot = find(t, name, length);
    if (slot->name == NULL) return 0;
    *number = slot->number;
    return 1;
}

int table_remove(table *t, const char *name, size_t length) {
    if (t->room == 0) return 0;
    struct table_slot *slot = find(t, name, length);
    if (slot->name == NULL) return 0;
    free(slot->name);
    slot->name = NULL;
    t->count--;
    /* Those that follow may have been pushed on by the one that left. */
    size_t at = (size_t)(slot - t->slots);
    for (size_t next = (at + 1) & (t->room - 1); t->slots[next].name != NULL; next = (next + 1) & (t->room - 1)) {
        struct table_slot moved = t->slots[next];
        t->slots[next].name = NULL;
        *find(t, moved.name, moved.length) = moved;
    }
    return 1;
}

static int by_name(const void *a, const void *b) {
    const struct table_slot *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

void table_each(const table *t, void (*visit)(const char *name, double number, void *with), void *with) {
    if (t->count == 0) return;
    const struct table_slot **sorted = malloc(t->count * sizeof *sorted);
    if (sorted == NULL) abort();
    size_t count = 0;
    for (size_t i = 0; i < t->room; i++)
        if (t->slots[i].name != NULL) sorted[count++] = &t->slots[i];
    qsort(sorted, count, sizeof *sorted, by_name);
    for (size_t i = 0; i < count; i++) visit(sorted[i]->name, sorted[i]->number, with);
    free(sorted);
}
