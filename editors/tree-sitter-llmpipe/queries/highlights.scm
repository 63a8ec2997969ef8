; No two patterns match the same node, because editors differ in which of two wins. A test checks it. Names that no pattern matches are left
; to the language server, which knows what they mean.

["param" "data" "tokenizer" "stage" "expect" "export" "to" "test"] @keyword
(let_declaration "let" @keyword)
(binding_declaration "model" @keyword)
["filter" "op" "block"] @keyword.function
(function_declaration "let" @keyword.function)
(model_declaration "model" @keyword.function)
["use"] @keyword.import
(imported_name "as" @keyword.import)
(export_declaration "as" @keyword)
["for" "repeat"] @keyword.repeat
(for_clause "in" @keyword.repeat)
(repeat_statement "as" @keyword.repeat)
["if" "else"] @keyword.conditional
["and" "or" "not"] @keyword.operator
(binary_expression "in" @keyword.operator)

(std_path (identifier) @module)
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
(named_argument name: (identifier) @variable.parameter)
(selected name: (identifier) @variable.parameter)

(type_name (identifier) @type.builtin)
(call function: (identifier) @function.call)
(member name: (identifier) @property)

(boolean) @boolean
(number) @number
(unit) @type.builtin
(string "\"" @string)
(string_content) @string
(escape_sequence) @string.escape
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

(comment) @comment
(doc_comment) @comment.documentation
