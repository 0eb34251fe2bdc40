#include "lexer.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void lexer_open(lexer *l, const char *source) {
    l->at = source;
    lexer_next(l);
}

void lexer_next(lexer *l) {
    while (isspace((unsigned char)*l->at)) l->at++;
    token t = { TOKEN_END, l->at, 0, 0 };
    if (*l->at == 0 || *l->at == '#') {
        t.kind = TOKEN_END;
    } else if (isdigit((unsigned char)*l->at) || *l->at == '.') {
        char *end;
        t.number = strtod(l->at, &end);
        t.kind = end == l->at ? TOKEN_BAD : TOKEN_NUMBER;
        t.length = (size_t)(end - l->at);
    } else if (isalpha((unsigned char)*l->at) || *l->at == '_') {
        t.kind = TOKEN_NAME;
        while (isalnum((unsigned char)l->at[t.length]) || l->at[t.length] == '_') t.length++;
    } else {
        t.kind = strchr("+-*/%^(),=", *l->at) != NULL ? TOKEN_SIGN : TOKEN_BAD;
        t.length = 1;
    }
    l->at += t.length;
    l->current = t;
}

int lexer_take(lexer *l, char sign) {
    if (l->current.kind != TOKEN_SIGN || *l->current.start != sign) return 0;
    lexer_next(l);
    return 1;
}
