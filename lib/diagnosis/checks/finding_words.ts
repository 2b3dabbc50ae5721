/** Errors as findings. */

/**
 * Parts an error's message into what is wrong and what to do, which stands behind its last
 * semicolon.
 */
export function findingWords(message: string): { found: string; advice?: string } {
  const [, found, advice] = /^(.*); ([^;]+)$/s.exec(message) ?? [];
  return found === undefined || advice === undefined ? { found: message } : { found, advice };
}
