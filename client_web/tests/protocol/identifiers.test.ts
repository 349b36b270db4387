import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PREFIXES, fromIdentifier, isRole, toIdentifier, type IdentifierKind } from '../../src/protocol/identifiers'
import { codeOf, resultOrRefusal } from './mutations'

const kind = fc.constantFrom(...(Object.keys(PREFIXES) as IdentifierKind[]))

test('an identifier is its prefix and its bytes, and of one kind only', () => {
  fc.assert(fc.property(kind, kind, fc.uint8Array({ minLength: 16, maxLength: 16 }), (one, other, random) => {
    const identifier = toIdentifier(one, random)
    expect(identifier).toMatch(/^[a-z]{3}_[A-Za-z0-9_-]{22}$/)
    expect(fromIdentifier(one, identifier)).toEqual(random)
    if (one !== other) expect(codeOf(() => fromIdentifier(other, identifier))).toBe('malformed')
  }))
})

test('any other text is refused', () => {
  fc.assert(fc.property(kind, fc.string({ maxLength: 30 }), fc.boolean(), (one, tail, prefixed) => {
    const text = prefixed ? `${PREFIXES[one]}_${tail}` : tail
    const random = resultOrRefusal(() => fromIdentifier(one, text))
    if (random !== null) expect(toIdentifier(one, random)).toBe(text)
  }))
  expect(codeOf(() => toIdentifier('person', new Uint8Array(15)))).toBe('malformed')
})

test('roles are short lower-case codes', () => {
  expect(['intern', 'on-call-2', `a${'b'.repeat(47)}`].every(isRole)).toBe(true)
  expect(['', 'Intern', '2nd', 'a b', 'role\n', `a${'b'.repeat(48)}`].some(isRole)).toBe(false)
})
