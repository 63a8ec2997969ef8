-- The language server of llmpipe, for `vim.lsp.enable("llmpipe")`.

-- The lenses Run, Why, Show and Run the tests open a terminal.
for _, name in ipairs({ "run", "why", "show", "test" }) do
  vim.lsp.commands["llmpipe." .. name] = function(command)
    local file = vim.uri_to_fname(command.arguments[1])
    local words = { "llmpipe", name, file }
    if command.arguments[2] then
      vim.list_extend(words, name == "run" and { "--only", command.arguments[2] } or { command.arguments[2] })
    end
    vim.cmd("botright new")
    vim.fn.jobstart(words, { term = true })
  end
end

return {
  cmd = { "llmpipe", "lsp" },
  filetypes = { "llmpipe" },
  root_markers = { "package.json", ".git" },
}
