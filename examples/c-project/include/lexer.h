#ifndef CALC_LEXER_H
#define CALC_LEXER_H

#include <stddef.h>

typedef enum { TOKEN_END, TOKEN_NUMBER, TOKEN_NAME, TOKEN_SIGN, TOKEN_BAD } token_kind;

typedef struct {
    token_kind kind;
    const char *start;
    size_t length;
    double number;
} token;

typedef struct {
    const char *at;
    token current;
} lexer;

void lexer_open(lexer *l, const char *source);
void lexer_next(lexer *l);
/* Takes the sign if it is the current token. */
int lexer_take(lexer *l, char sign);

#endif
