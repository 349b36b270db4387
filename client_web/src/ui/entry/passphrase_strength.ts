export interface Strength { enough: boolean; words: string; level: 0 | 1 | 2 | 3 }

export const shortestPassphrase = 10

/** A rough count of how many guesses a passphrase resists: length and variety, less what repeats. It advises; only the length is required. */
export function passphraseStrength(passphrase: string): Strength {
  const letters = [...passphrase]
  if (letters.length < shortestPassphrase) return { enough: false, words: `Too short: ${letters.length} of at least ${shortestPassphrase} characters`, level: 0 }
  const bits = new Set(letters.map((letter) => letter.toLowerCase())).size * 2.5 + letters.length * 1.5
  if (bits < 35 || /^(.{1,3})\1+$/u.test(passphrase) || /password|passphrase|qwerty|12345/iu.test(passphrase)) return { enough: true, words: 'Weak: easy to guess. Four words that do not belong together are better.', level: 1 }
  if (bits < 52) return { enough: true, words: 'Fair: another word would make it strong.', level: 2 }
  return { enough: true, words: 'Strong', level: 3 }
}
