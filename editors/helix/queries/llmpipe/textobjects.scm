; For nvim-treesitter-textobjects and Helix.
[
  (filter_declaration body: (_) @function.inside)
  (block_declaration body: (_) @function.inside)
  (model_declaration body: (_) @function.inside)
  (op_declaration value: (_) @function.inside)
  (function_declaration value: (_) @function.inside)
] @function.around

(test_declaration body: (_) @test.inside) @test.around

(parameters (parameter) @parameter.inside)
(arguments (_) @parameter.inside)

[(comment) (doc_comment)] @comment.inside
