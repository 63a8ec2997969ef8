/** The script of a page that `llmpipe report` wrote. */

import { startPage } from './start.ts'

startPage()
