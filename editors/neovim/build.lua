-- Compiles the tree-sitter grammar: `nvim -l editors/neovim/build.lua`. Plugin managers run this file by themselves.

local here = vim.fs.dirname(debug.getinfo(1, "S").source:sub(2))
package.path = here .. "/lua/?/init.lua;" .. package.path
require("llmpipe").build()
