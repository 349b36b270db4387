import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allocate, leafCount } from '../../src/protocol/leaves'
import { codeOf } from './mutations'

const sitting = (...devices: string[]) => new Map(devices.map((device, leaf) => [leaf, device]))

test('removes first, then adds from the left', () => {
  expect([...allocate(sitting('a', 'b', 'c', 'd'), [2, 1], ['e', 'f', 'g'])]).toEqual([[0, 'a'], [1, 'e'], [2, 'f'], [3, 'd'], [4, 'g']])
})

test('a blank leaf cannot be removed, and no device sits twice', () => {
  expect(codeOf(() => allocate(sitting('a'), [1], []))).toBe('roster_mismatch')
  expect(codeOf(() => allocate(sitting('a', 'b'), [1, 1], []))).toBe('roster_mismatch')
  expect(codeOf(() => allocate(sitting('a'), [], ['a']))).toBe('roster_mismatch')
  expect(codeOf(() => allocate(sitting('a'), [], ['b', 'b']))).toBe('roster_mismatch')
  expect([...allocate(sitting('a', 'b'), [1], ['b'])]).toEqual([[0, 'a'], [1, 'b']])
})

test('the tree is the smallest power of two that reaches the last device', () => {
  expect([[], [0], [1], [2], [3], [4], [149]].map((leaves) => leafCount(new Map(leaves.map((leaf) => [leaf, 'x']))))).toEqual([1, 1, 2, 4, 4, 8, 256])
})

test('everyone who stays keeps their leaf', () => {
  fc.assert(fc.property(fc.nat(20), fc.nat(20), fc.nat(20), (count, added, removed) => {
    const before = sitting(...Array.from({ length: count }, (_, i) => `old ${i}`))
    const removes = [...before.keys()].filter((leaf) => leaf % 3 === removed % 3)
    const after = allocate(before, removes, Array.from({ length: added }, (_, i) => `new ${i}`))
    for (const [leaf, device] of before) if (!removes.includes(leaf)) expect(after.get(leaf)).toBe(device)
    expect(after.size).toBe(count - removes.length + added)
  }))
})
