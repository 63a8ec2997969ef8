; The colors of Helix, whose names differ from those of editors/tree-sitter-llmpipe/queries. No two patterns match the same node.

["param" "data" "tokenizer" "stage"] @keyword.storage.type
(let_declaration "let" @keyword.storage.type)
(binding_declaration "model" @keyword.storage.type)
["expect" "export" "to" "test"] @keyword
(export_declaration "as" @keyword)
["filter" "op" "block"] @keyword.function
(function_declaration "let" @keyword.function)
(model_declaration "model" @keyword.function)
["use"] @keyword.control.import
(imported_name "as" @keyword.control.import)
["for" "repeat"] @keyword.control.repeat
(for_clause "in" @keyword.control.repeat)
(repeat_statement "as" @keyword.control.repeat)
["if" "else"] @keyword.control.conditional
["and" "or" "not"] @keyword.operator
(binary_expression "in" @keyword.operator)

(std_path (identifier) @namespace)
(param_declaration name: (identifier) @constant)
(let_declaration name: (identifier) @variable)
(binding_declaration name: (identifier) @variable)
(function_declaration name: (identifier) @function)
(filter_declaration name: (identifier) @function)
(op_declaration name: (identifier) @function)
(block_declaration name: (identifier) @function)
(model_declaration name: (identifier) @type)
(export_declaration as: (identifier) @constant.builtin)
(assignment name: (identifier) @variable)

(parameter name: (identifier) @variable.parameter)
(for_clause name: (identifier) @variable.parameter)
(repeat_statement index: (identifier) @variable.parameter)
(named_argument name: (identifier) @variable.other.member)
(selected name: (identifier) @variable.other.member)

(type_name (identifier) @type.builtin)
(call function: (identifier) @function)
(member name: (identifier) @variable.other.member)

(boolean) @constant.builtin.boolean
(number) @constant.numeric
(unit) @type.builtin
(string "\"" @string)
(string_content) @string
(escape_sequence) @constant.character.escape
(interpolation ["{" "}"] @punctuation.special)
(raw_string ["r\"" "\""] @string.regexp)
(raw_content) @string.regexp

["=" "==" "!=" "<" "<=" ">" ">=" "+" "-" "*" "/" "%" "^" ".." "|>"] @operator
["(" ")" "[" "]"] @punctuation.bracket
(use_declaration ["{" "}"] @punctuation.bracket)
(rules ["{" "}"] @punctuation.bracket)
(body ["{" "}"] @punctuation.bracket)
(declarations ["{" "}"] @punctuation.bracket)
(trailing_block ["{" "}"] @punctuation.bracket)
(conditional_expression ["{" "}"] @punctuation.bracket)
["," ":" "."] @punctuation.delimiter

(comment) @comment.line
(doc_comment) @comment.line.documentation
