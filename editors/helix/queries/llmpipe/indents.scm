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
] @indent

(binding_declaration value: (pipe) @indent)
(op_declaration value: (pipe) @indent)

["}" "]" ")"] @outdent
