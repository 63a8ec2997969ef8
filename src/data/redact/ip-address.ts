/** Decides which IPv4 addresses are public: those that Python's ipaddress calls global. */

/** The blocks of IANA's special-purpose registry that are not global. */
const notGlobal = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '240.0.0.0/4',
].map((block) => {
  const [address = '', bits = ''] = block.split('/')
  return { start: numberOf(address.split('.').map(Number)), size: 2 ** (32 - Number(bits)) }
})

/** Global addresses inside of 192.0.0.0/24. */
const anycast = new Set(['192.0.0.9', '192.0.0.10'])

export function isGlobalAddress(text: string): boolean {
  const parts = text.split('.')
  // A leading zero could mean octal, and Python rejects such addresses.
  if (parts.length !== 4 || parts.some((part) => !/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255)) return false
  if (anycast.has(text)) return true
  const address = numberOf(parts.map(Number))
  return !notGlobal.some(({ start, size }) => address >= start && address < start + size)
}

function numberOf([a = 0, b = 0, c = 0, d = 0]: readonly number[]): number {
  return ((a * 256 + b) * 256 + c) * 256 + d
}
