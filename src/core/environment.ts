/** What code of a project sees of the environment: what programs need in order to start and to know the machine, and nothing secret. */

/** Variables that every such process gets, if they are set. */
const USUAL: ReadonlySet<string> = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'TMP',
  'TEMP',
  'CUDA_VISIBLE_DEVICES',
  'LD_LIBRARY_PATH',
  'DYLD_LIBRARY_PATH',
  // How Node runs, and where llmpipe keeps its compiled code and what is trusted.
  'NODE_OPTIONS',
  'NODE_DISABLE_COMPILE_CACHE',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'XDG_CACHE_HOME',
  'XDG_STATE_HOME',
  // Without these no process of Windows starts.
  'SYSTEMROOT',
  'WINDIR',
  'COMSPEC',
  'PATHEXT',
  'USERPROFILE',
])

/** The part of an environment that code of a project sees; `named` are further variables, which the program names. */
export function stageEnvironment(whole: NodeJS.ProcessEnv, named: readonly string[]): NodeJS.ProcessEnv {
  const isSeen = (name: string) => USUAL.has(name.toUpperCase()) || /^LC_/i.test(name) || named.includes(name)
  return Object.fromEntries(Object.entries(whole).filter(([name]) => isSeen(name)))
}
