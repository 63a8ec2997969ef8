/** The environment of a project's code: the variables that programs need to start and to know the machine, and no secrets. */

/** The variables that every process of a project's code gets, if they are set. */
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
  // How Node runs, and where llmpipe keeps its compiled code and the list of trusted code.
  'NODE_OPTIONS',
  'NODE_DISABLE_COMPILE_CACHE',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'XDG_CACHE_HOME',
  'XDG_STATE_HOME',
  // A process on Windows does not start without these.
  'SYSTEMROOT',
  'WINDIR',
  'COMSPEC',
  'PATHEXT',
  'USERPROFILE',
])

/** The part of an environment that the code of a project sees. `named` are further variables, which the program names. */
export function stageEnvironment(whole: NodeJS.ProcessEnv, named: readonly string[]): NodeJS.ProcessEnv {
  const isSeen = (name: string) => USUAL.has(name.toUpperCase()) || /^LC_/i.test(name) || named.includes(name)
  return Object.fromEntries(Object.entries(whole).filter(([name]) => isSeen(name)))
}
