/** The meaning of the output of a failed installer. */

import { expect, it } from 'vitest'
import { failureOfStep } from '../../../../src/engine/torch/setup/failures.ts'

const step = { command: 'python3', args: ['-m', 'pip', 'install', 'torch'] }

it.each([
  [
    'The virtual environment was not created successfully because ensurepip is not available.  On Debian/Ubuntu',
    'this Python has no module venv',
    'python3-venv',
  ],
  ['/usr/bin/python3: No module named venv', 'this Python has no module venv', 'python3-venv'],
  ['/usr/bin/python3: No module named pip', 'this Python has no module pip', 'python3-pip'],
  [
    'ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device',
    'the disk is full',
    'XDG_DATA_HOME',
  ],
  ['OSError: [Errno 122] Disk quota exceeded', 'the disk is full', 'UV_CACHE_DIR'],
  [
    "WARNING: Retrying after connection broken by 'NewConnectionError(': [Errno -3] Temporary failure in name resolution'\nERROR: No matching distribution found for torch",
    'the package index cannot be reached',
    'PIP_INDEX_URL',
  ],
  [
    'error: Request failed after 3 retries\n  Caused by: error sending request for url\n  dns error: failed to lookup address information',
    'the package index cannot be reached',
    'UV_DEFAULT_INDEX',
  ],
  [
    "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed",
    'the certificate of the package index is not trusted',
    'PIP_CERT',
  ],
  [
    "WARNING: Retrying after connection broken by 'ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407 Proxy Authentication Required'))'",
    'the proxy does not let the installer through',
    'HTTPS_PROXY',
  ],
  [
    'ERROR: Could not find a version that satisfies the requirement torch>=2.6 (from versions: none)',
    'the package index has no PyTorch for this Python and this machine',
    '--python',
  ],
  [
    'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.',
    'a package was damaged on the way',
    'cache purge',
  ],
  ['Killed', 'the installer failed (exit code 1)', 'python3 -m pip install torch'],
])('%s', (printed, message, help) => {
  const failure = failureOfStep(step, 1, printed.split('\n'))
  expect(failure.message).toBe(message)
  expect(failure.help).toContain(help)
})

it('names the index of PyTorch that was not reached, and the way around it', () => {
  const args = ['-m', 'pip', 'install', '--index-url', 'https://example.org/whl/cpu', 'torch']
  const failure = failureOfStep({ command: 'python3', args }, 1, ['Network is unreachable'])
  expect(failure.message).toBe('the package index https://example.org/whl/cpu cannot be reached')
  expect(failure.help).toMatch(/--cuda\.$/)
})
