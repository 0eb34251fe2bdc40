#ifndef CALC_TABLE_H
#define CALC_TABLE_H

#include <stddef.h>

/* A hash table from names to numbers: open addressing, linear probing, at most 3/4 full. */
typedef struct {
    struct table_slot *slots;
    size_t room;
    size_t count;
} table;

void table_free(table *t);
void table_set(table *t, const char *name, size_t length, double number);
/* 1 and *number if the name is known, else 0. */
int table_get(const table *t, const char *name, size_t length, double *number);
int table_remove(table *t, const char *name, size_t length);
/* Calls visit for each entry in order of name. */
void table_each(const table *t, void (*visit)(const char *name, double number, void *with), void *with);

#endif
