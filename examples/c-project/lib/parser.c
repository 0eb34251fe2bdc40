#include <math.h>
#include <stddef.h>

#include "calc.h"
#include "lexer.h"

#define MOST_ARGUMENTS 16

typedef struct {
    lexer lex;
    table *names;
    const char *error; /* The first one. */
} parser;

static double expression(parser *p);

static double fail(parser *p, const char *text) {
    if (p->error == NULL) p->error = text;
    return 0;
}

static double checked(parser *p, value v) {
    return v.error == NULL ? v.number : fail(p, v.error);
}

static double call(parser *p, token name) {
    double arguments[MOST_ARGUMENTS];
    size_t count = 0;
    if (!lexer_take(&p->lex, ')')) {
        do {
            if (count == MOST_ARGUMENTS) return fail(p, "too many arguments");
            arguments[count++] = expression(p);
        } while (lexer_take(&p->lex, ','));
        if (!lexer_take(&p->lex, ')')) return fail(p, "missing )");
    }
    return checked(p, calc_call(name.start, name.length, arguments, count));
}

static double primary(parser *p) {
    token t = p->lex.current;
    double number;
    if (t.kind == TOKEN_NUMBER) {
        lexer_next(&p->lex);
        return t.number;
    }
    if (t.kind == TOKEN_NAME) {
        lexer_next(&p->lex);
        if (lexer_take(&p->lex, '(')) return call(p, t);
        return table_get(p->names, t.start, t.length, &number) ? number : fail(p, "unknown name");
    }
    if (lexer_take(&p->lex, '(')) {
        number = expression(p);
        return lexer_take(&p->lex, ')') ? number : fail(p, "missing )");
    }
    return fail(p, t.kind == TOKEN_END ? "something is missing at the end" : "unexpected sign");
}

static double factor(parser *p) {
    if (lexer_take(&p->lex, '-')) return -factor(p);
    double base = primary(p);
    return lexer_take(&p->lex, '^') ? pow(base, factor(p)) : base;
}

static double term(parser *p) {
    double left = factor(p);
    for (;;) {
        if (lexer_take(&p->lex, '*')) {
            left *= factor(p);
        } else if (lexer_take(&p->lex, '/')) {
            double right = factor(p);
            left = right == 0 ? fail(p, "division by zero") : left / right;
        } else if (lexer_take(&p->lex, '%')) {
            double right = factor(p);
            left = right == 0 ? fail(p, "division by zero") : fmod(left, right);
        } else {
            return left;
        }
    }
}

static double expression(parser *p) {
    double left = term(p);
    for (;;) {
        if (lexer_take(&p->lex, '+')) left += term(p);
        else if (lexer_take(&p->lex, '-')) left -= term(p);
        else return left;
    }
}

value calc_line(const char *source, table *names) {
    parser p = { .names = names, .error = NULL };
    token target = { TOKEN_END, source, 0, 0 };
    lexer_open(&p.lex, source);
    if (p.lex.current.kind == TOKEN_NAME) {
        lexer ahead = p.lex;
        lexer_next(&ahead);
        if (lexer_take(&ahead, '=')) {
            target = p.lex.current;
            p.lex = ahead;
        }
    }
    value result = value_of(expression(&p));
    if (p.error == NULL && p.lex.current.kind != TOKEN_END) p.error = "unexpected text after the expression";
    if (p.error != NULL) return value_error(p.error);
    if (result.error == NULL && target.kind == TOKEN_NAME) table_set(names, target.start, target.length, result.number);
    return result;
}
