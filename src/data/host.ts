/** The host of a URL in lower case; `undefined` if the text is not a URL. */
export function hostOf(text: string): string | undefined {
  try {
    return new URL(text).hostname
  } catch {
    return undefined
  }
}
