/**
 * The JavaScript that patterns are translated to. ES2025 would keep `(?i:…)`, which V8 compiles wrongly once a process has used much memory
 * for regular expressions: from then on `(?i:k|s)` does not match `K` (seen in Node 26.12 with --no-regexp-optimization).
 */
export const target = 'ES2024'
