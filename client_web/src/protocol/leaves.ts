/** Which device sits at which leaf of a thread's tree (SPEC S6.3; RFC 9420 sections 7.7, 7.8 and 12.1.1). */
import { ProtocolError } from './failures'

/** Leaf -> device. */
export type Leaves = ReadonlyMap<number, string>

/**
 * The leaves after a commit, in order: removes first, then each add at the left-most blank leaf.
 * Throws `roster_mismatch` for a blank leaf removed and a device that would sit twice.
 */
export function allocate(occupied: Leaves, removes: number[], adds: string[]): Leaves {
  const devices = new Map(occupied)
  for (const leaf of removes) {
    if (!devices.delete(leaf)) throw new ProtocolError('roster_mismatch', 'framing')
  }
  let leaf = 0
  for (const device of adds) {
    while (devices.has(leaf)) leaf += 1
    devices.set(leaf, device)
  }
  if (new Set(devices.values()).size !== devices.size) throw new ProtocolError('roster_mismatch', 'framing')
  return new Map([...devices].sort(([a], [b]) => a - b))
}

/** How many leaves the tree has, blank ones too: the smallest power of two that reaches the last device. */
export function leafCount(occupied: Leaves): number {
  let count = 1
  while (count <= Math.max(0, ...occupied.keys())) count *= 2
  return count
}
