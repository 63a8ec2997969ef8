/** Why an installer failed, by what it printed, with the way out. */

import { StageError } from '../../../core/failure.ts'
import { oldestPython } from '../python/faults.ts'
import { type Step, stepInWords } from './steps.ts'

interface Cause {
  readonly pattern: RegExp
  readonly code: string
  readonly message: string
  readonly help: string
}

const unreachableIndex = 'the package index cannot be reached'

const networkHelp =
  'Go online, or name an index that this machine reaches: PIP_INDEX_URL for pip, UV_DEFAULT_INDEX for uv. HTTPS_PROXY names a proxy.'

/** The first cause whose pattern is in the output counts: offline, pip also prints that it found no version. */
const causes: readonly Cause[] = [
  {
    pattern: /ensurepip is not available|No module named '?(venv|ensurepip)/,
    code: 'no-engine',
    message: 'this Python has no module venv',
    help: 'On Debian and Ubuntu: sudo apt install python3-venv. Or install uv, which needs no venv.',
  },
  {
    pattern: /No module named '?pip\b/,
    code: 'no-engine',
    message: 'this Python has no module pip',
    help: 'On Debian and Ubuntu: sudo apt install python3-pip. Or install uv, which needs no pip.',
  },
  {
    pattern: /No space left on device|ENOSPC|Disk quota exceeded|not enough space on the disk/i,
    code: 'disk-full',
    message: 'the disk is full',
    help: 'Make room, then try again. XDG_DATA_HOME names another disk for the environment, PIP_CACHE_DIR or UV_CACHE_DIR one for what is downloaded.',
  },
  {
    pattern: /CERTIFICATE_VERIFY_FAILED|invalid peer certificate|SSLCertVerificationError/,
    code: 'no-engine',
    message: 'the certificate of the package index is not trusted',
    help: 'Behind a proxy that reads the traffic, name its certificate: PIP_CERT=FILE for pip, SSL_CERT_FILE=FILE for uv.',
  },
  {
    pattern: /ProxyError|Tunnel connection failed|407 Proxy/,
    code: 'no-engine',
    message: 'the proxy does not let the installer through',
    help: 'HTTPS_PROXY names the proxy; its user and password belong there too.',
  },
  {
    pattern:
      /name resolution|getaddrinfo|NameResolutionError|NewConnectionError|Failed to establish a new connection|ConnectTimeout|Connection(Error| refused| reset)|Network is unreachable|error sending request|dns error|failed to fetch|403 Client Error|403 Forbidden|Max retries exceeded/i,
    code: 'no-engine',
    message: unreachableIndex,
    help: networkHelp,
  },
  {
    pattern: /No matching distribution found|Could not find a version|No solution found|has no wheels/,
    code: 'no-engine',
    message: 'the package index has no PyTorch for this Python and this machine',
    help: `PyTorch comes some months after a new Python, and none comes any more for Python before ${oldestPython}: name another with --python. If the lines above say that the index was not reached, go online first.`,
  },
  {
    pattern: /THESE PACKAGES DO NOT MATCH THE HASHES|hash mismatch/i,
    code: 'no-engine',
    message: 'a package was damaged on the way',
    help: 'Try again. If it stays so, empty the cache: pip cache purge, or uv cache clean.',
  },
]

/** The failure of a step that ended with `code` after it printed these lines. */
export function failureOfStep(step: Step, code: number | string, lines: readonly string[]): StageError {
  const printed = lines.join('\n')
  const cause = causes.find(({ pattern }) => pattern.test(printed))
  if (cause?.message === unreachableIndex) return notReached(step)
  if (cause !== undefined) return new StageError(cause.code, cause.message, cause.help)
  return new StageError(
    'no-engine',
    `the installer failed (${typeof code === 'number' ? `exit code ${code}` : code})`,
    `Its output is above. To see it again: ${stepInWords(step)}`,
  )
}

/** The failure of a step that did not reach its index. Only builds that the default index does not have are in one of PyTorch's. */
function notReached({ args }: Step): StageError {
  const given = args.indexOf('--index-url')
  if (given < 0) return new StageError('no-engine', unreachableIndex, networkHelp)
  const index = args[given + 1]!
  const other = index.endsWith('/cpu')
    ? ' Or take the larger build of the default index, which computes on the processor too: --cuda.'
    : ''
  return new StageError('no-engine', `the package index ${index} cannot be reached`, `${networkHelp}${other}`)
}
