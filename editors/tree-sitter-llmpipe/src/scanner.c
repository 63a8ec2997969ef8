/* The tokens that depend on the ends of lines. The scanner keeps no state. */

#include "tree_sitter/parser.h"

enum token {
  CALL_PARENTHESIS, /* a `(` on the line of the name before it */
  INDEX_BRACKET,    /* a `[` on the line of the value before it */
  BLOCK_BRACE,      /* a `{` on the line of the call before it */
  NEW_ENTRY,        /* nothing, before a line that begins with `name:` */
  ERROR_RECOVERY,   /* never a token: valid only while the parser recovers from an error */
};

void *tree_sitter_llmpipe_external_scanner_create(void) { return 0; }

void tree_sitter_llmpipe_external_scanner_destroy(void *payload) { (void)payload; }

unsigned tree_sitter_llmpipe_external_scanner_serialize(void *payload, char *buffer) {
  (void)payload;
  (void)buffer;
  return 0;
}

void tree_sitter_llmpipe_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
  (void)payload;
  (void)buffer;
  (void)length;
}

static bool is_blank(int32_t c) { return c == ' ' || c == '\t' || c == '\r' || c == 0xa0 || c == 0xfeff; }

static bool is_letter(int32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

static bool is_digit(int32_t c) { return c >= '0' && c <= '9'; }

/* Whether white space and comments follow, with the end of a line among them, and then `name:`. */
static bool at_new_entry(TSLexer *lexer) {
  bool new_line = false;
  for (;;) {
    if (lexer->eof(lexer)) return false;
    if (is_blank(lexer->lookahead)) {
      lexer->advance(lexer, false);
    } else if (lexer->lookahead == '\n') {
      new_line = true;
      lexer->advance(lexer, false);
    } else if (lexer->lookahead == '/') {
      lexer->advance(lexer, false);
      if (lexer->lookahead != '/') return false;
      while (!lexer->eof(lexer) && lexer->lookahead != '\n') lexer->advance(lexer, false);
    } else {
      break;
    }
  }
  if (!new_line || !is_letter(lexer->lookahead)) return false;
  while (is_letter(lexer->lookahead) || is_digit(lexer->lookahead)) lexer->advance(lexer, false);
  while (is_blank(lexer->lookahead) || lexer->lookahead == '\n') lexer->advance(lexer, false);
  return lexer->lookahead == ':';
}

bool tree_sitter_llmpipe_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
  (void)payload;
  bool opens = valid[CALL_PARENTHESIS] || valid[INDEX_BRACKET] || valid[BLOCK_BRACE];
  bool may_be_entry = valid[NEW_ENTRY] && !valid[ERROR_RECOVERY];
  if (!opens && !may_be_entry) return false;

  lexer->mark_end(lexer);
  /* Blanks before a bracket are not part of it. They do not matter for NEW_ENTRY, which is empty. */
  while (is_blank(lexer->lookahead)) lexer->advance(lexer, true);
  enum token bracket;
  switch (lexer->lookahead) {
    case '(': bracket = CALL_PARENTHESIS; break;
    case '[': bracket = INDEX_BRACKET; break;
    case '{': bracket = BLOCK_BRACE; break;
    default:
      if (!may_be_entry || !at_new_entry(lexer)) return false;
      lexer->result_symbol = NEW_ENTRY;
      return true;
  }
  if (!valid[bracket]) return false;
  lexer->advance(lexer, false);
  lexer->mark_end(lexer);
  lexer->result_symbol = bracket;
  return true;
}
