export function exponential(_pattern: string): string | undefined {
  return undefined
}
