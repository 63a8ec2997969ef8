/** Tables: long ones sort by any column and filter by a text; lists of answers filter too. */

/** Starts the tables and lists of `root`, which may be one. */
export function startTables(root: Document | Element): void {
  for (const table of root.querySelectorAll<HTMLTableElement>('table[data-long]')) {
    makeSortable(table)
    const rows = [...table.tBodies[0]!.rows]
    if (rows.length > 8) addFilter(table.parentElement!, rows)
  }
  const own = root instanceof HTMLElement && root.matches('.filtered') ? [root] : []
  for (const list of [...own, ...root.querySelectorAll<HTMLElement>('.filtered')])
    if (list.children.length > 5) addFilter(list, [...list.children] as HTMLElement[])
}

function makeSortable(table: HTMLTableElement): void {
  const heads = [...table.tHead!.rows[0]!.cells]
  for (const [column, head] of heads.entries()) {
    if (head.textContent === '') continue
    const button = document.createElement('button')
    button.type = 'button'
    button.append(...head.childNodes)
    head.append(button)
    button.addEventListener('click', () => {
      const isDescending = head.getAttribute('aria-sort') === 'ascending'
      for (const other of heads) other.removeAttribute('aria-sort')
      head.setAttribute('aria-sort', isDescending ? 'descending' : 'ascending')
      const body = table.tBodies[0]!
      const sorted = [...body.rows].sort((a, b) => compare(a.cells[column], b.cells[column], isDescending ? -1 : 1))
      body.append(...sorted)
    })
  }
}

/** Numbers by their values, texts by the alphabet; cells without a number come last in both directions. */
function compare(a: HTMLElement | undefined, b: HTMLElement | undefined, sign: 1 | -1): number {
  const [x, y] = [a?.dataset.by, b?.dataset.by]
  if (x === undefined && y === undefined) return sign * (a?.textContent ?? '').localeCompare(b?.textContent ?? '')
  if (x === undefined || y === undefined) return x === undefined ? 1 : -1
  const difference = Number(x) - Number(y)
  return Number.isNaN(difference) ? 0 : sign * difference
}

/** A field above `list` that hides the items without its text. */
function addFilter(list: HTMLElement, items: readonly HTMLElement[]): void {
  const field = document.createElement('input')
  field.type = 'search'
  field.placeholder = `Search ${items.length}`
  field.setAttribute('aria-label', `Search in ${items.length} rows`)
  const found = document.createElement('span')
  found.setAttribute('role', 'status')
  const box = document.createElement('p')
  box.className = 'search'
  box.dataset.added = ''
  box.append(field, ' ', found)
  list.before(box)
  field.addEventListener('input', () => {
    const wanted = field.value.toLowerCase()
    let shown = 0
    for (const item of items) {
      item.hidden = !(item.textContent ?? '').toLowerCase().includes(wanted)
      if (!item.hidden) shown++
    }
    found.textContent = wanted === '' ? '' : `${shown} of ${items.length}`
  })
}
