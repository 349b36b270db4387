/** Hostile bytes for the parsers, and the one thing that may come of them. */
import fc from 'fast-check'
import { expect } from 'vitest'
import { concat } from '../../src/protocol/encoding'
import { ProtocolError, type FailureCode } from '../../src/protocol/failures'

export const anyBytes = (maxLength = 400) => fc.uint8Array({ maxLength })

/** Bytes with one stretch replaced by others: flips, cuts, insertions and tails. */
export function mutated(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  return fc.tuple(fc.nat(bytes.length), fc.nat(8), anyBytes(8)).map(([at, cut, inserted]) =>
    concat(bytes.subarray(0, at), inserted, bytes.subarray(at + cut)))
}

/** Runs it: a result, or null when it failed in the one permitted way. */
export function resultOrRefusal<T>(run: () => T): T | null {
  try {
    return run()
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError)
    return null
  }
}

export function codeOf(run: () => unknown): FailureCode | 'none' {
  try {
    run()
    return 'none'
  } catch (error) {
    if (error instanceof ProtocolError) return error.code
    throw error
  }
}
