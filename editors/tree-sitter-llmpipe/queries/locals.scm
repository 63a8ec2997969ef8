(program) @local.scope
(function_declaration) @local.scope
(filter_declaration) @local.scope
(op_declaration) @local.scope
(block_declaration) @local.scope
(model_declaration) @local.scope
(for_declaration) @local.scope
(test_declaration) @local.scope
(repeat_statement) @local.scope

(param_declaration name: (identifier) @local.definition)
(let_declaration name: (identifier) @local.definition)
(binding_declaration name: (identifier) @local.definition)
(parameter name: (identifier) @local.definition)
(for_clause name: (identifier) @local.definition)
(repeat_statement index: (identifier) @local.definition)
(assignment name: (identifier) @local.definition)

(identifier) @local.reference
