/**
 * The grammar of llmpipe for tree-sitter. grammar/grammar.ebnf is the definition; test/editors/tree-sitter compares the trees of both.
 *
 * Newlines matter in few places, and src/scanner.c looks for them: the `(` of a call, the `[` of an index and the `{` of a trailing block are
 * on the line of what they follow, and a new line before a named entry does as well as a comma.
 */

/** How tightly operators bind: grammar/operators.ts has the same levels. */
const level = {
  pipe: 0,
  or: 1,
  and: 2,
  not: 3,
  compare: 4,
  range: 5,
  sum: 6,
  product: 7,
  minus: 8,
  power: 9,
  postfix: 10,
}

const keywords = [
  'use',
  'param',
  'let',
  'data',
  'tokenizer',
  'model',
  'stage',
  'filter',
  'op',
  'block',
  'expect',
  'export',
  'for',
  'repeat',
  'if',
  'else',
  'as',
  'to',
  'true',
  'false',
  'not',
  'and',
  'or',
  'in',
]

const units = ['%', 'k', 'M', 'B', 'T', 'KiB', 'MiB', 'GiB', 'ms', 's', 'min', 'h', 'd']

/** One or more of a rule, with commas between. */
const listed = (rule) => seq(rule, repeat(seq(',', rule)))

/** Any number of a rule, with a comma between, and perhaps one behind the last. */
const items = (rule) => optional(seq(listed(rule), optional(',')))

/** As `items`, but a new line before a named entry stands for a comma. */
const entries = ($, rule) => optional(seq(rule, repeat(seq(choice(',', $._new_entry), rule)), optional(',')))

/** A name, or a keyword in a place where only a name can stand. */
const anyName = ($) => choice($.identifier, alias(choice(...keywords), $.identifier))

/**
 * The rules of expressions, twice: `name` has them as they are, `name_before_brace` those of a place where a `{` opens a body, and never the
 * trailing block of a call. In the trees both have the same names.
 */
function expressions(suffix) {
  const own = (name) => `${name}${suffix}`
  const rule = ($, name) => (suffix === '' ? $[name] : alias($[own(name)], $[name]))
  const expression = ($) => $[own('_expression')]
  const operation = ($) => $[own('_operation')]
  const comparable = ($) => $[own('_comparable')]
  const operand = ($) => $[own('_operand')]
  const postfix = ($) => $[own('_postfix')]
  const binary = (side, at, left, operator, right) =>
    side(at, seq(field('left', left), field('operator', operator), field('right', right)))
  return {
    [own('_expression')]: ($) => choice(rule($, 'pipe'), operation($)),
    [own('pipe')]: ($) =>
      prec.left(level.pipe, seq(field('left', expression($)), '|>', field('right', rule($, 'call')))),

    [own('_operation')]: ($) =>
      choice(
        alias($[own('_logical')], $.binary_expression),
        alias($[own('_comparison')], $.binary_expression),
        comparable($),
      ),
    [own('_comparable')]: ($) => choice(alias($[own('_range')], $.range), operand($)),
    [own('_operand')]: ($) =>
      choice(alias($[own('_arithmetic')], $.binary_expression), rule($, 'unary_expression'), postfix($)),

    [own('_logical')]: ($) =>
      choice(
        binary(prec.left, level.or, operation($), 'or', operation($)),
        binary(prec.left, level.and, operation($), 'and', operation($)),
      ),
    // Comparisons and ranges do not chain.
    [own('_comparison')]: ($) =>
      binary(prec, level.compare, comparable($), choice('==', '!=', '<', '<=', '>', '>=', 'in'), comparable($)),
    [own('_range')]: ($) => prec(level.range, seq(field('from', operand($)), '..', field('to', operand($)))),
    [own('_arithmetic')]: ($) =>
      choice(
        binary(prec.left, level.sum, operand($), choice('+', '-'), operand($)),
        binary(prec.left, level.product, operand($), choice('*', '/', '%'), operand($)),
        binary(prec.right, level.power, operand($), '^', operand($)),
      ),
    [own('unary_expression')]: ($) =>
      choice(
        prec(level.not, seq(field('operator', 'not'), field('operand', operation($)))),
        prec(level.minus, seq(field('operator', '-'), field('operand', operand($)))),
      ),

    [own('_postfix')]: ($) =>
      choice(rule($, 'member'), rule($, 'index'), rule($, 'selection'), rule($, 'call'), $._primary),
    [own('member')]: ($) => prec(level.postfix, seq(field('object', postfix($)), '.', field('name', anyName($)))),
    [own('index')]: ($) =>
      seq(field('object', postfix($)), alias($._index_bracket, '['), field('index', $._expression), ']'),
    [own('selection')]: ($) => seq(field('object', postfix($)), alias($._index_bracket, '['), listed($.selected), ']'),
    [own('call')]: ($) =>
      seq(
        field('function', $.identifier),
        field('arguments', $.arguments),
        ...(suffix === '' ? [optional(field('block', $.trailing_block))] : []),
      ),
  }
}

module.exports = grammar({
  name: 'llmpipe',

  word: ($) => $.identifier,

  externals: ($) => [$._call_parenthesis, $._index_bracket, $._block_brace, $._new_entry, $._error_recovery],

  extras: ($) => [/[ \t\r\n\u00a0\ufeff]/, $.doc_comment, $.comment],

  reserved: { global: () => keywords },

  supertypes: ($) => [$._declaration],

  rules: {
    program: ($) => repeat($._declaration),

    _declaration: ($) =>
      choice(
        $.use_declaration,
        $.param_declaration,
        $.let_declaration,
        $.function_declaration,
        $.binding_declaration,
        $.model_declaration,
        $.filter_declaration,
        $.op_declaration,
        $.block_declaration,
        $.expect_declaration,
        $.export_declaration,
        $.for_declaration,
        $.if_declaration,
        $.test_declaration,
      ),

    use_declaration: ($) => seq('use', field('source', choice($.std_path, $.string)), '{', items($.imported_name), '}'),
    std_path: ($) => seq(anyName($), repeat(seq('.', anyName($)))),
    imported_name: ($) => seq(field('name', $.identifier), optional(seq('as', field('alias', $.identifier)))),

    param_declaration: ($) => seq('param', field('name', $.identifier), '=', field('value', $._expression)),
    let_declaration: ($) => seq('let', field('name', $.identifier), '=', field('value', $._expression)),
    function_declaration: ($) =>
      seq('let', field('name', $.identifier), field('parameters', $.parameters), '=', field('value', $._expression)),
    binding_declaration: ($) =>
      seq(
        field('keyword', choice('data', 'tokenizer', 'model', 'stage')),
        listed(field('name', $.identifier)),
        '=',
        field('value', $._expression),
      ),
    model_declaration: ($) =>
      seq('model', field('name', $.identifier), field('parameters', $.parameters), field('body', $.body)),
    filter_declaration: ($) =>
      seq('filter', field('name', $.identifier), field('parameters', $.parameters), field('body', $.rules)),
    rules: ($) => seq('{', repeat(seq($._expression, optional(','))), '}'),
    op_declaration: ($) =>
      seq('op', field('name', $.identifier), field('parameters', $.parameters), '=', field('value', $._expression)),
    block_declaration: ($) =>
      seq('block', field('name', $.identifier), field('parameters', $.parameters), field('body', $.body)),
    expect_declaration: ($) => seq('expect', field('value', $._expression)),
    export_declaration: ($) =>
      seq(
        'export',
        field('value', $._expression),
        'to',
        field('to', $._expression),
        optional(seq('as', field('as', $.identifier), optional(field('arguments', $.arguments)))),
      ),
    for_declaration: ($) => seq('for', listed($.for_clause), field('body', $.declarations)),
    for_clause: ($) => seq(listed(field('name', $.identifier)), 'in', field('values', $._expression_before_brace)),
    if_declaration: ($) =>
      seq(
        'if',
        field('condition', $._expression_before_brace),
        field('then', $.declarations),
        optional(seq('else', field('otherwise', choice($.if_declaration, $.declarations)))),
      ),
    test_declaration: ($) => seq('test', field('name', $.string), field('body', $.declarations)),
    declarations: ($) => seq('{', repeat($._declaration), '}'),

    parameters: ($) => seq('(', entries($, $.parameter), ')'),
    parameter: ($) =>
      seq(
        field('name', $.identifier),
        optional(seq(':', choice(field('shape', $.list), field('type', choice($.type_name, $.text_choices))))),
        optional(seq('=', field('default', $._expression))),
      ),

    type_name: ($) => anyName($),
    text_choices: ($) => seq($.string, repeat(seq('or', $.string))),

    body: ($) => seq('{', repeat($._statement), '}'),
    _statement: ($) => choice($.repeat_statement, $.assignment, $.result),
    repeat_statement: ($) =>
      seq(
        'repeat',
        field('count', $._expression_before_brace),
        optional(seq('as', field('index', $.identifier))),
        field('body', $.body),
      ),
    assignment: ($) => seq(listed(field('name', $.identifier)), '=', field('value', $._expression)),
    result: ($) => $._expression,

    ...expressions(''),
    ...expressions('_before_brace'),

    _primary: ($) =>
      choice(
        $.identifier,
        $.number,
        $.string,
        $.raw_string,
        $.boolean,
        $.list,
        $.parenthesized_expression,
        $.conditional_expression,
      ),
    parenthesized_expression: ($) => seq('(', $._expression, ')'),
    conditional_expression: ($) =>
      seq(
        'if',
        field('condition', $._expression_before_brace),
        '{',
        field('then', $._expression),
        '}',
        'else',
        choice(field('otherwise', $.conditional_expression), seq('{', field('otherwise', $._expression), '}')),
      ),
    list: ($) => seq('[', items($._expression), ']'),

    arguments: ($) => seq(alias($._call_parenthesis, '('), entries($, choice($.named_argument, $._expression)), ')'),
    trailing_block: ($) => seq(alias($._block_brace, '{'), entries($, $.named_argument), '}'),
    named_argument: ($) => seq(field('name', anyName($)), ':', field('value', $._expression)),
    selected: ($) => seq(field('name', $.identifier), '=', field('value', $._expression)),

    boolean: () => choice('true', 'false'),
    number: ($) => seq(/[0-9][0-9_]*(\.[0-9][0-9_]*)?([eE][+-]?[0-9]+)?/, optional($.unit)),
    // Before the operator `%`.
    unit: () => token.immediate(prec(1, choice(...units))),

    string: ($) => seq('"', repeat(choice($.string_content, $.escape_sequence, $.interpolation)), token.immediate('"')),
    // Before comments, as in "http://…".
    string_content: () => token.immediate(prec(1, /[^"\\{\n]+/)),
    escape_sequence: () => token.immediate(/\\([ntr"\\{}]|u\{[0-9a-fA-F]{1,6}\})/),
    interpolation: ($) => seq(token.immediate('{'), $._expression, '}'),
    raw_string: ($) => seq('r"', optional($.raw_content), token.immediate('"')),
    raw_content: () => token.immediate(prec(1, /([^"\\\n]|\\[^\n])+/)),

    identifier: () => /[A-Za-z_][A-Za-z0-9_]*/,

    comment: () => token(seq('//', /[^\n]*/)),
    doc_comment: () => token(prec(1, seq('///', /[^\n]*/))),
  },
})
