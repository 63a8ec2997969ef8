; Neovim (nvim-treesitter). Helix has its own words: editors/helix/queries/llmpipe/indents.scm.
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
] @indent.begin

(binding_declaration value: (pipe) @indent.begin)
(op_declaration value: (pipe) @indent.begin)

["}" "]" ")"] @indent.branch @indent.end
