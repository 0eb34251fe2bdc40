#include <string.h>

#include "check.h"
#include "table.h"

void check_table(void) {
    table t = { 0 };
    double number = 0;
    char name[16];
    for (int i = 0; i < 1000; i++) table_set(&t, name, (size_t)snprintf(name, sizeof name, "n%d", i), i);
    CHECK(t.count == 1000);
    for (int i = 0; i < 1000; i += 2) CHECK(table_remove(&t, name, (size_t)snprintf(name, sizeof name, "n%d", i)));
    CHECK(t.count == 500);
    for (int i = 0; i < 1000; i++) {
        int known = table_get(&t, name, (size_t)snprintf(name, sizeof name, "n%d", i), &number);
        CHECK(known == i % 2);
        CHECK(!known || number == i);
    }
    table_free(&t);
    CHECK(!table_get(&t, "n1", 2, &number));
}
