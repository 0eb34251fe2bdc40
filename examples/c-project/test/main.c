#include "check.h"

int check_failures = 0;

int main(void) {
    check_table();
    check_calc();
    return check_failures == 0 ? 0 : 1;
}
