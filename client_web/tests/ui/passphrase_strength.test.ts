import { describe, expect, it } from 'vitest'
import { passphraseStrength } from '../../src/ui/entry/passphrase_strength'

describe('how strong a passphrase is, in words', () => {
  it('counts characters as a person does', () => {
    expect(passphraseStrength('123456789').enough).toBe(false)
    expect(passphraseStrength('🦴🦴🦴🦴🦴').enough).toBe(false)
    expect(passphraseStrength('ten letter').enough).toBe(true)
  })
  it.each([['aaaaaaaaaaaa', 1], ['abcabcabcabc', 1], ['password2026!', 1], ['river stone', 2], ['four words apart here', 3]])('%s is level %i', (passphrase, level) => {
    expect(passphraseStrength(passphrase).level).toBe(level)
  })
})
