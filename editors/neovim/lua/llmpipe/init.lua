-- The tree-sitter grammar of llmpipe in Neovim. `nvim -l build.lua` compiles it; without it, colors come from the language server.

local M = {}

local here = vim.fs.dirname(debug.getinfo(1, "S").source:sub(2))
--- The folder of this plugin, and that of the grammar beside it.
M.folder = vim.fs.normalize(here .. "/../..")
M.grammar = vim.fs.normalize(M.folder .. "/../tree-sitter-llmpipe")

--- The compiled grammar.
M.parser = M.folder .. "/parser/llmpipe.so"

local function read(path)
  local file = io.open(path)
  if not file then
    return nil
  end
  local text = file:read("*a")
  file:close()
  return text
end

--- Colors the current buffer by the grammar. Returns false if the grammar is not compiled.
function M.start()
  if not M.ready then
    if not vim.treesitter.language.add("llmpipe", vim.uv.fs_stat(M.parser) and { path = M.parser } or nil) then
      return false
    end
    for _, name in ipairs({ "highlights", "folds", "injections", "indents", "locals", "textobjects" }) do
      local text = read(M.grammar .. "/queries/" .. name .. ".scm")
      if text then
        vim.treesitter.query.set("llmpipe", name, text)
      end
    end
    M.ready = true
  end
  vim.treesitter.start(0, "llmpipe")
  return true
end

--- Compiles the grammar with the C compiler `cc`, or the one that the variable CC names. Throws what the compiler says.
function M.build()
  vim.fn.mkdir(vim.fs.dirname(M.parser), "p")
  local source = M.grammar .. "/src"
  local compiler = os.getenv("CC") or "cc"
  local done = vim
    .system({ compiler, "-O2", "-shared", "-fPIC", "-I", source, source .. "/parser.c", source .. "/scanner.c", "-o", M.parser })
    :wait()
  if done.code ~= 0 then
    error(compiler .. " could not compile the grammar: " .. (done.stderr or ""))
  end
end

return M
