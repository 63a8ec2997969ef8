[
  (use_declaration)
  (rules)
  (body)
  (declarations)
  (trailing_block)
  (arguments)
  (parameters)
  (list)
  (conditional_expression)
] @fold
