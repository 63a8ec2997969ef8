-- A session in Neovim without a screen: `nvim --headless -u neovim.lua PROGRAM`. Writes what a user would see to the file RESULT, as JSON.
-- EDITORS is the folder of the configurations, HOME an empty folder.

vim.opt.runtimepath:prepend(vim.env.EDITORS .. "/neovim")
vim.lsp.enable("llmpipe")

local found = {}

local function wait_for(what, ready)
  if not vim.wait(30000, ready, 20) then
    found.failed = "timed out: " .. what
  end
end

local function at(text)
  local number = vim.fn.search("\\V" .. text, "cnw")
  local column = vim.fn.getline(number):find(text, 1, true)
  return { line = number - 1, character = column - 1 }
end

--- The captures of the grammar on the first letter of a text.
local function colors(text)
  local place = at(text)
  local names = {}
  for _, capture in ipairs(vim.treesitter.get_captures_at_pos(0, place.line, place.character)) do
    table.insert(names, capture.capture)
  end
  return names
end

local function request(method, params)
  params.textDocument = vim.lsp.util.make_text_document_params(0)
  local answers = vim.lsp.buf_request_sync(0, method, params, 30000)
  for _, answer in pairs(answers or {}) do
    return answer.result
  end
end

local function session()
  found.filetype = vim.bo.filetype
  found.commentstring = vim.bo.commentstring
  found.colors = {
    stage = colors("stage base"),
    call = colors("pretrain"),
    argument = colors("steps:"),
    number = colors("20"),
    text = colors("*.txt"),
    doc = colors("/// What"),
  }
  found.parsed = not vim.treesitter.get_parser(0, "llmpipe"):parse()[1]:root():has_error()
  found.fold = vim.fn.foldlevel(at("steps:").line + 1)

  wait_for("the server", function()
    return #vim.lsp.get_clients({ bufnr = 0, name = "llmpipe" }) > 0 and vim.lsp.get_clients({ bufnr = 0 })[1].initialized
  end)
  wait_for("the diagnostics", function()
    return #vim.diagnostic.get(0) > 0
  end)
  found.diagnostics = vim.tbl_map(function(each)
    return { code = each.code, line = each.lnum, message = each.message }
  end, vim.diagnostic.get(0))

  -- The fix of the misspelled setting.
  local wrong = vim.diagnostic.get(0)[1]
  local range = {
    start = { line = wrong.lnum, character = wrong.col },
    ["end"] = { line = wrong.end_lnum, character = wrong.end_col },
  }
  local actions = request("textDocument/codeAction", { range = range, context = { diagnostics = {} } })
  found.actions = vim.tbl_map(function(each)
    return each.title
  end, actions or {})
  if actions and actions[1] then
    vim.lsp.util.apply_workspace_edit(actions[1].edit, "utf-16")
  end
  wait_for("no diagnostics after the fix", function()
    return #vim.tbl_filter(function(each)
      return each.severity == vim.diagnostic.severity.ERROR
    end, vim.diagnostic.get(0)) == 0
  end)
  found.fixed = vim.api.nvim_buf_get_lines(0, 0, -1, false)

  local items = request("textDocument/completion", { position = at("steps:") })
  found.completion = vim.tbl_map(function(each)
    return each.label
  end, items and items.items or items or {})
  local hover = request("textDocument/hover", { position = at("pretrain") })
  found.hover = hover and hover.contents.value or ""
  vim.lsp.buf.format({ timeout_ms = 30000 })
  found.formatted = vim.api.nvim_buf_get_lines(0, 0, -1, false)

  found.lenses = vim.tbl_map(function(each)
    return each.command.title
  end, request("textDocument/codeLens", {}) or {})
end

vim.api.nvim_create_autocmd("VimEnter", {
  callback = function()
    vim.schedule(function()
      local done, problem = pcall(session)
      if not done then
        found.failed = problem
      end
      local file = assert(io.open(vim.env.RESULT, "w"))
      file:write(vim.json.encode(found))
      file:close()
      vim.cmd("qall!")
    end)
  end,
})
