vim.filetype.add({ extension = { llmpipe = "llmpipe" } })
